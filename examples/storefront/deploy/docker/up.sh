#!/bin/sh
# The storefront with plain Docker: a catalogue, two instances of each shop, nginx.
. "$(dirname "$0")/words.sh"

docker network create "$storefront" >/dev/null
docker run -d --name "$storefront-catalogue" --network "$storefront" --network-alias catalogue \
    --label "$storefront=catalogue" storefront/catalogue:1 >/dev/null
for service in sales customers; do
    for _ in $(seq "${COUNT:-2}"); do ready "$(start "$service" "${VERSION:-1}")"; done
done
ready "$(start nginx "${VERSION:-1}" ${PUBLISH:+-p "$PUBLISH:80"})"
who nginx
