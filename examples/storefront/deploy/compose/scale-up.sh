#!/bin/sh
# More instances: nginx sends to each of them as soon as it is well.
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales} count=${COUNT:-4}

# docker-compose scale is the same, and now and then recreates what is there.
more "$service" "${VERSION:-1}" $((count - $(running "$service" | wc -l))) >/dev/null
ready $(running "$service")
who "$service"
