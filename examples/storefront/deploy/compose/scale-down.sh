#!/bin/sh
# Fewer instances: Compose sends SIGTERM to the newest, the pilots do the rest.
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales}

eval "$(echo "$service" | tr a-z A-Z)_VERSION=${VERSION:-1}" \
    compose up -d --no-deps --no-recreate --scale "$service=${COUNT:-2}" "$service"
who "$service"
