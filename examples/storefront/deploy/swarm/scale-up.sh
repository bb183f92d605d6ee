#!/bin/sh
# More instances: nginx sends to each of them as soon as it is well.
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales}

scale "${storefront}_$service=${COUNT:-4}"
who "$service"
