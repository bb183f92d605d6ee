#!/bin/sh
# As many of the new version as there are of the old one, then the old ones are stopped, not deleted.
#   blue-green.sh        to version TO
#   blue-green.sh back   the stopped ones are started again, and the new ones stopped
#   blue-green.sh done   the stopped ones are deleted
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales}
stopped() {
    podman pod ps --filter "label=app=$service" --filter status=exited --filter status=stopped --format '{{.Name}}' |
        grep "^$storefront-"
}

case ${1:-over} in
over)
    blue=$(running "$service") green=
    for _ in $blue; do green="$green $(play "$service" "${TO:-2}")"; done
    ready $green
    stop $blue
    ;;
back)
    green=$(running "$service") blue=$(stopped)
    podman pod start $blue >/dev/null 2>&1
    ready $blue
    stop $green
    ;;
done) podman pod rm $(stopped) >/dev/null ;;
esac
running "$service"
