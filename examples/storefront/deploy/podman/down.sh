#!/bin/sh
# Ends all of it, in whatever state it is.
. "$(dirname "$0")/words.sh"

podman pod ps --format '{{.Name}}' | grep "^$storefront-" | xargs -r podman pod rm -f -t 1 >/dev/null 2>&1 || true
podman volume ls -q | grep "^$storefront-" | xargs -r podman volume rm -f >/dev/null 2>&1 || true
podman network rm -f "$storefront" >/dev/null 2>&1 || true
