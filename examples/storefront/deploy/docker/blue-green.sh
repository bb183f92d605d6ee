#!/bin/sh
# As many of the new version as there are of the old one, then the old ones are stopped, not deleted.
#   blue-green.sh        to version TO
#   blue-green.sh back   the stopped ones are started again, and the new ones stopped
#   blue-green.sh done   the stopped ones are deleted
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales}
stopped() { docker ps -aq --no-trunc --filter "label=$storefront=$service" --filter status=exited; }

case ${1:-over} in
over)
    blue=$(running "$service") green=
    for _ in $blue; do green="$green $(start "$service" "${TO:-2}")"; done
    well $green
    say "version ${TO:-2} is well, the other is stopped"
    docker stop $blue >/dev/null
    ;;
back)
    green=$(running "$service") blue=$(stopped)
    docker start $blue >/dev/null
    well $blue
    say "the old ones are back, version ${TO:-2} is stopped"
    docker stop $green >/dev/null
    ;;
done) docker rm $(stopped) >/dev/null ;;
esac
who "$service"
