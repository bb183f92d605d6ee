#!/bin/sh
# A few of the new version beside the old ones. Watch them; then go on, or stop them.
#   canary.sh start    one canary, which is watched for WATCH seconds
#   canary.sh promote  all others follow it
#   canary.sh abort    the canary leaves
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales}
canary() { running "$service" | tail -n 1; }

case ${1:-start} in
start)
    ready "$(play "$service" "${TO:-2}")"
    for _ in $(seq "${WATCH:-5}"); do sleep 1; ready "$(canary)"; done
    ;;
promote)
    # The canary takes the place of the first old one.
    old=$(running "$service" | head -n -1)
    leave $(echo "$old" | head -n 1)
    for pod in $(echo "$old" | tail -n +2); do
        ready "$(play "$service" "${TO:-2}")"
        leave "$pod"
    done
    ;;
abort) leave "$(canary)" ;;
esac
running "$service"
