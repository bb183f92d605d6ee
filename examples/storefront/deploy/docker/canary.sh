#!/bin/sh
# A few of the new version beside the old ones. Watch them; then go on, or stop them.
#   canary.sh start    one canary (CANARIES=2 for two), which is watched for WATCH seconds
#   canary.sh promote  all others follow it
#   canary.sh abort    the canaries leave
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales} to=${TO:-2}
canaries() { docker ps -q --no-trunc --filter "label=$storefront=$service" --filter "label=canary=$to"; }

case ${1:-start} in
start)
    for _ in $(seq "${CANARIES:-1}"); do start "$service" "$to" --label "canary=$to" >/dev/null; done
    well $(canaries)
    say "watching for ${WATCH:-5} s"
    for _ in $(seq "${WATCH:-5}"); do sleep 1; well $(canaries); done
    who "$service"
    ;;
promote)
    kept=$(canaries)
    for old in $(running "$service"); do
        case $kept in *$old*) continue ;; esac
        # As many as before: each canary takes the place of an old one.
        if [ -n "$kept" ] && [ "${placed:-0}" -lt "$(echo "$kept" | wc -l)" ]; then placed=$((${placed:-0} + 1))
        else well "$(start "$service" "$to")"; fi
        leave "$old"
    done
    who "$service"
    ;;
abort) leave $(canaries) && who "$service" ;;
esac
