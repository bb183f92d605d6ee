#!/bin/sh
# The storefront with Docker Compose.
. "$(dirname "$0")/words.sh"

compose up -d --scale "sales=${COUNT:-2}"
for service in sales customers nginx; do ready $(running "$service"); done
who nginx
