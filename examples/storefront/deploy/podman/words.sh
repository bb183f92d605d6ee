# The Kubernetes files with Podman, which plays pods and knows neither services nor rollouts. Read by each deploy.
set -eu
storefront=${STOREFRONT:-storefront}
files=$(dirname "$0")/../../kubernetes

# play FILE VERSION: one more pod of it; says its name. Podman would publish ports on the host and share an emptyDir among
# pods, and knows no names of Services: here each pod is a Deployment of its own, with names of its own.
play() {
    name=$storefront-$1-$(date +%s%N)
    sed -e "s/^  name: $1\$/  name: $name/" -e 's/replicas: .*/replicas: 1/' -e '/^ *ports: /d' -e "s/name: run\([ ,]\)/name: $name-run\1/" \
        -e "s|image: storefront/$1:.*|image: storefront/$1:$2|" -e "s/value: catalogue }/value: $storefront-catalogue }/" \
        "$files/$1.yml" | podman kube play --network "$storefront:alias=$name" - >/dev/null 2>&1
    echo "$name-pod-0"
}

# running SERVICE: its pods, the oldest first.
running() { podman pod ps --filter "label=app=$1" --filter status=running --format '{{.Name}}' | grep "^$storefront-" | sort; }

# container POD: the one in it that is not the pod's own.
container() { podman ps -a --filter "pod=$1" --format '{{.Names}}' | grep "^$1-"; }

# ready POD...: waits until its pilot says that it offers its service.
ready() {
    for pod; do podman exec "$(container "$pod")" gyropilot status --ready --wait 30s >/dev/null || return; done
}

# stop POD...: out of the catalogue, no more clients, stopped. The pod comes after its container: Podman would take
# its network away meanwhile, which Kubernetes does not.
stop() {
    for pod; do podman stop -t 25 "$(container "$pod")" & done
    wait
    podman pod stop "$@"
} >/dev/null 2>&1

# leave POD...: the same, and gone.
leave() { stop "$@" && podman pod rm "$@"; } >/dev/null 2>&1

say() { echo "$(date +%T) $*"; }
