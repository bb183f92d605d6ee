#!/bin/sh
# More instances: nginx sends to each of them as soon as it is well. (kubectl scale deployment sales --replicas 4)
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales}

for _ in $(seq "${COUNT:-2}"); do ready "$(play "$service" "${VERSION:-1}")"; done
running "$service"
