#!/bin/sh
# Fewer instances: Podman sends SIGTERM, the pilot does the rest. (kubectl scale deployment sales --replicas 2)
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales}

leave $(running "$service" | tail -n "${COUNT:-2}")
running "$service"
