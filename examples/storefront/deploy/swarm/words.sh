# What the deploys with Docker Swarm are made of; read by each of them.
set -eu
storefront=${STOREFRONT:-storefront}

# service ...: docker service, waiting until Swarm is done.
update() { docker service update --quiet --detach=false "$@" >/dev/null; }
scale() { docker service scale --detach=false "$@" >/dev/null; }
replicas() { docker service inspect --format '{{.Spec.Mode.Replicated.Replicas}}' "$storefront"_"$1"; }

say() { echo "$(date +%T) $*"; }

# who SERVICE: what the catalogue says of it.
who() {
    catalogue=$(docker ps -q --filter "label=com.docker.swarm.service.name=${storefront}_catalogue")
    docker exec "$catalogue" /gyropilot catalog instances "$1" --catalog http://127.0.0.1:8500
}
