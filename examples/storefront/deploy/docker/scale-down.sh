#!/bin/sh
# Fewer instances: Docker sends SIGTERM, the pilot does the rest.
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales}

for old in $(running "$service" | tail -n "${COUNT:-2}"); do
    say "$service has one less: $(echo "$old" | cut -c1-12)"
    leave "$old"
done
who "$service"
