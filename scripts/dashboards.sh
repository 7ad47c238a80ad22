#!/bin/bash
# Writes grafana/dashboards, or the directory named, from grafana/generator.
source "$(dirname "$0")/common.sh"

"$root/scripts/venvs.sh"
exec "$BREAKWATER_VENVS/grafana-foundation-sdk-10.1.0/bin/python" -B "$root/grafana/generator" \
  "${1:-$root/grafana/dashboards}"
