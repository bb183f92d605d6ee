#!/bin/sh
# A new nginx beside the old one; then the old one leaves.
. "$(dirname "$0")/words.sh"

# Also when it is the same version: --force.
update --force --image "storefront/nginx:${TO:-2}" "${storefront}_nginx"
who nginx
