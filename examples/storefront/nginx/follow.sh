#!/bin/sh
# Writes who is there now, and has nginx take it when it is sound. While the catalogue is away it waits: a change
# that was missed would never be told again.
set -eu

until gyropilot consul-template -once -log-level err -consul "$CONSUL:8500" \
    -template /etc/storefront/nginx.conf.ctmpl:/run/next.conf; do sleep 1; done
nginx -q -t -e stderr -c /run/next.conf
mv /run/next.conf /run/nginx.conf
nginx -e stderr -c /run/nginx.conf -s reload
