#!/bin/sh
# A new nginx beside the old one; then the old one leaves.
. "$(dirname "$0")/words.sh"

update --image "storefront/nginx:${TO:-2}" "${storefront}_nginx"
who nginx
