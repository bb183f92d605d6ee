#!/bin/sh
# Ends all of it, in whatever state it is.
. "$(dirname "$0")/words.sh"

docker ps -aq --filter "label=$storefront" | xargs -r docker rm -f >/dev/null
docker network rm "$storefront" >/dev/null 2>&1 || true
