#!/bin/sh
# A new version, one instance after another: the next old one leaves when a new one is well.
# (docker-compose up -d by itself stops all old ones first.)
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales} to=${TO:-2}

for old in $(running "$service"); do
    new=$(more "$service" "$to" 1)
    well "$new"
    say "$(echo "$new" | cut -c1-12) is well, $(echo "$old" | cut -c1-12) leaves"
    leave "$old"
done
who "$service"
