#!/bin/sh
# Ends all of it, in whatever state it is.
. "$(dirname "$0")/words.sh"

compose down --timeout 1 --remove-orphans
