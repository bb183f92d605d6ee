#!/bin/sh
# A new version, one task after another; the stack file has the order (start-first) and the way back (rollback).
. "$(dirname "$0")/words.sh"
service=${SERVICE:-sales}

update --image "storefront/$service:${TO:-2}" "${storefront}_$service"
who "$service"
