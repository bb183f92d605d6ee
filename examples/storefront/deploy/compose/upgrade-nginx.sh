#!/bin/sh
# A new nginx beside the old one. Whoever finds nginx in the catalogue goes over to it; then the old one leaves.
. "$(dirname "$0")/words.sh"

for old in $(running nginx); do
    well $(more nginx "${TO:-2}" 1)
    leave "$old"
done
who nginx
