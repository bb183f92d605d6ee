#!/bin/sh
# A new version, one instance after another: the next old one leaves when a new one is well.
# (docker-compose up -d by itself stops all old ones first.)
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales} to=${TO:-2}

for old in $(running "$service"); do
    new=$(more "$service" "$to" 1)
    if ! ready "$new"; then
        say "version $to does not come up; the old one stays"
        leave "$new"
        exit 1
    fi
    say "$(echo "$new" | cut -c1-12) is well, $(echo "$old" | cut -c1-12) leaves"
    leave "$old"
done
who "$service"
