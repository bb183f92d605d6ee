#!/bin/sh
# A few of the new version beside the old ones. Watch them; then go on, or stop them.
#   canary.sh start    one canary (CANARIES=2 for two)
#   canary.sh promote  all others follow it
#   canary.sh abort    the canaries leave
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales} next=${storefront}_${SERVICE:-sales}-next

case ${1:-start} in
start) update --image "storefront/$service:${TO:-2}" --replicas "${CANARIES:-1}" "$next" ;;
promote)
    update --image "storefront/$service:${TO:-2}" "${storefront}_$service"
    scale "$next=0"
    ;;
abort) scale "$next=0" ;;
esac
who "$service"
