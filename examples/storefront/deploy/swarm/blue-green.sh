#!/bin/sh
# As many of the new version as there are of the old one, then the old service has no replica, and is still there.
#   blue-green.sh        to version TO
#   blue-green.sh back   the old service is there again, and the new one is not
#   blue-green.sh done   the new version is the service's own
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales} blue=${storefront}_${SERVICE:-sales} green=${storefront}_${SERVICE:-sales}-next

case ${1:-over} in
over)
    update --image "storefront/$service:${TO:-2}" --replicas "$(replicas "$service")" "$green"
    say "version ${TO:-2} is well"
    scale "$blue=0"
    ;;
back)
    scale "$blue=$(replicas "$service-next")"
    scale "$green=0"
    ;;
done)
    count=$(replicas "$service-next")
    [ "$count" = 0 ] || update --image "storefront/$service:${TO:-2}" --replicas "$count" "$blue"
    scale "$green=0"
    ;;
esac
who "$service"
