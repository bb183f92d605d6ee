#!/bin/sh
# A new version, one instance after another: the next old one leaves when a new one is well.
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales}

for old in $(running "$service"); do
    new=$(start "$service" "${TO:-2}")
    well "$new"
    say "$(echo "$new" | cut -c1-12) is well, $(echo "$old" | cut -c1-12) leaves"
    leave "$old"
done
who "$service"
