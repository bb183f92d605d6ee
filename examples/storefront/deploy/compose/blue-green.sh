#!/bin/sh
# As many of the new version as there are of the old one, then the old ones are stopped, not deleted.
#   blue-green.sh        to version TO
#   blue-green.sh back   the stopped ones are started again, and the new ones stopped
#   blue-green.sh done   the stopped ones are deleted
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales} to=${TO:-2}
stopped() {
    docker ps -aq --filter status=exited --filter "label=com.docker.compose.project=$storefront" \
        --filter "label=com.docker.compose.service=$service"
}

case ${1:-over} in
over)
    blue=$(running "$service")
    well $(more "$service" "$to" "$(echo "$blue" | wc -l)")
    say "version $to is well, the other is stopped"
    docker stop -t 25 $blue >/dev/null
    ;;
back)
    green=$(running "$service") blue=$(stopped)
    docker start $blue >/dev/null
    well $blue
    say "the old ones are back, version $to is stopped"
    docker stop -t 25 $green >/dev/null
    ;;
done) docker rm $(stopped) >/dev/null ;;
esac
who "$service"
