#!/bin/sh
# Ends all of it, in whatever state it is, and waits until it is gone.
. "$(dirname "$0")/words.sh"
label=com.docker.stack.namespace=$storefront

docker stack rm "$storefront"
for _ in $(seq 120); do
    left=$(docker ps -q --filter "label=$label"; docker network ls -q --filter "label=$label")
    [ -n "$left" ] || exit 0
    sleep 0.5
done
exit 1
