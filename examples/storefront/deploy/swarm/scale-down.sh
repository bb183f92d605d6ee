#!/bin/sh
# Fewer instances: Swarm sends SIGTERM, the pilots do the rest.
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales}

scale "${storefront}_$service=${COUNT:-2}"
who "$service"
