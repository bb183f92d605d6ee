#!/bin/sh
# The storefront on Docker Swarm; waits until every replica is healthy. (docker swarm init, once.)
. "$(dirname "$0")/words.sh"

docker stack deploy -c "$(dirname "$0")/../../swarm/stack.yml" "$storefront"
for _ in $(seq 120); do
    missing=$(docker stack services "$storefront" --format '{{.Replicas}}' | awk -F'[/ ]' '$1 != $2' | wc -l)
    if [ "$missing" = 0 ]; then who nginx; exit; fi
    sleep 0.5
done
docker stack ps "$storefront"
exit 1
