#!/bin/sh
# More instances: nginx sends to each of them as soon as it is well.
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales}

for _ in $(seq "${COUNT:-2}"); do
    new=$(start "$service" "${VERSION:-1}")
    well "$new"
    say "$service has one more: $(echo "$new" | cut -c1-12)"
done
who "$service"
