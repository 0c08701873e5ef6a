#!/usr/bin/env bash
# Prometheus reaches all that it is told to watch. Argument: port.
# phx-check 1
# needs unit:docker
# needs port:$1
set -euo pipefail
targets=$(curl -fsS --max-time 30 "http://localhost:$1/api/v1/targets?state=active")
down=$(jq -r '.data.activeTargets[] | select(.health != "up") | "\(.scrapeUrl): \(.lastError)"' <<<"$targets")
[ -z "$down" ] || { echo "not reached: $(tr '\n' ' ' <<<"$down")" >&2; exit 1; }
echo "$(jq '.data.activeTargets | length' <<<"$targets") targets are reached"
