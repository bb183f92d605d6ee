# What the deploys with plain Docker are made of; read by each of them.
set -eu
storefront=${STOREFRONT:-storefront}

# start SERVICE VERSION [OPTION...]: one more container; says its id. What -e names without a value is
# handed on where it is set: experiments with the drain, and with a release that is not well.
start() {
    service=$1 version=$2; shift 2
    docker run -d --network "$storefront" --label "$storefront=$service" -e CONSUL="${CONSUL:-catalogue}" \
        --read-only --tmpfs /run --cap-drop ALL --security-opt no-new-privileges --stop-timeout 25 \
        -e DRAIN -e HASTY -e BROKEN "$@" "storefront/$service:$version"
}

# running SERVICE: the ids of its containers, the oldest first.
running() { docker ps -q --no-trunc --filter "label=$storefront=$1" | tac; }

# ready CONTAINER...: waits until its pilot says that it offers its service.
ready() {
    for container; do docker exec "$container" gyropilot status --ready --wait 30s >/dev/null || return; done
}

# leave CONTAINER...: out of the catalogue, no more clients, stopped; then gone.
leave() { docker stop "$@" && docker rm "$@"; } >/dev/null

# well CONTAINER...: ready, or gone again and the deploy given up.
well() {
    ready "$@" && return
    say "what was started is not well, and is stopped; the others are as they were" >&2
    leave "$@"
    exit 1
}

say() { echo "$(date +%T) $*"; }

# who SERVICE: what the catalogue says of it.
who() {
    docker run --rm --network "$storefront" --entrypoint /gyropilot storefront/catalogue:1 \
        catalog instances "$1" --catalog "http://${CONSUL:-catalogue}:8500"
}
