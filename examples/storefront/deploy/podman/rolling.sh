#!/bin/sh
# A new version, one pod after another. (kubectl set image deployment/sales sales=storefront/sales:2)
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales}

for old in $(running "$service"); do
    new=$(play "$service" "${TO:-2}")
    ready "$new"
    say "$new is well, $old leaves"
    leave "$old"
done
