#!/bin/sh
# Writes who is there now, and has nginx take it when it is sound.
set -eu
nginx() { command nginx -e stderr -c /run/nginx.conf "$@"; }

gyropilot consul-template -once -log-level err -consul "$CONSUL:8500" \
    -template /etc/storefront/nginx.conf.ctmpl:/run/nginx.conf
nginx -q -t
nginx -s reload
