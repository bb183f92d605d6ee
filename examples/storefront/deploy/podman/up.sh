#!/bin/sh
# The storefront of ../../kubernetes with Podman.
. "$(dirname "$0")/words.sh"

podman network create "$storefront" >/dev/null
sed -e "s/^  name: catalogue\$/  name: $storefront-catalogue/" -e '/^ *ports: /d' "$files/catalogue.yml" |
    podman kube play --network "$storefront:alias=$storefront-catalogue" - >/dev/null 2>&1
for service in sales customers; do
    for _ in $(seq "${COUNT:-2}"); do ready "$(play "$service" "${VERSION:-1}")"; done
done
ready "$(play nginx "${VERSION:-1}")"
running nginx
