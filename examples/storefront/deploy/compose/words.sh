# What the deploys with Docker Compose are made of; read by each of them.
set -eu
storefront=${STOREFRONT:-storefront}

compose() { docker-compose -p "$storefront" -f "$(dirname "$0")/../../compose/docker-compose.yml" "$@" 2>&1; }

# running SERVICE: the ids of its containers, the oldest first.
running() {
    docker ps -q --no-trunc --filter "label=com.docker.compose.project=$storefront" \
        --filter "label=com.docker.compose.service=$1" | tac
}

# more SERVICE VERSION COUNT: so many more of this version beside those that there are; says which.
more() {
    before=$(running "$1") count=$(($(running "$1" | wc -l) + $3))
    eval "$(echo "$1" | tr a-z A-Z)_VERSION=$2" compose up -d --no-deps --no-recreate --scale "$1=$count" "$1" >/dev/null
    for id in $(running "$1"); do case $before in *$id*) ;; *) echo "$id" ;; esac; done
}

# ready CONTAINER...: waits until its pilot says that it offers its service.
ready() {
    for container; do docker exec "$container" gyropilot status --ready --wait 30s >/dev/null || return; done
}

# leave CONTAINER...: out of the catalogue, no more clients, stopped; then gone.
leave() { docker stop -t 25 "$@" && docker rm "$@"; } >/dev/null

# well CONTAINER...: ready, or gone again and the deploy given up.
well() {
    ready "$@" && return
    say "what was started is not well, and is stopped; the others are as they were" >&2
    leave "$@"
    exit 1
}

say() { echo "$(date +%T) $*"; }

# who SERVICE: what the catalogue says of it.
who() { compose exec -T catalogue /gyropilot catalog instances "$1" --catalog http://127.0.0.1:8500; }
