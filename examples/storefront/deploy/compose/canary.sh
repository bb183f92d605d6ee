#!/bin/sh
# A few of the new version beside the old ones. Watch them; then go on, or stop them.
#   canary.sh start    one canary (CANARIES=2 for two), which is watched for WATCH seconds
#   canary.sh promote  all others follow it
#   canary.sh abort    the canaries leave
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales} to=${TO:-2}
of() { for id in $(running "$service"); do
    docker inspect --format '{{.Config.Image}} {{.Id}}' "$id"; done | grep "$@" ":$to " | cut -d' ' -f2; }

case ${1:-start} in
start)
    well $(more "$service" "$to" "${CANARIES:-1}")
    say "watching for ${WATCH:-5} s"
    for _ in $(seq "${WATCH:-5}"); do sleep 1; well $(of -e); done
    ;;
promote)
    # As many as before: each canary takes the place of an old one.
    spare=$(of -e | wc -l)
    for old in $(of -v); do
        if [ "$spare" -gt 0 ]; then spare=$((spare - 1)); else well $(more "$service" "$to" 1); fi
        leave "$old"
    done
    ;;
abort) leave $(of -e) ;;
esac
who "$service"
