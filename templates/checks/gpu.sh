#!/usr/bin/env bash
# The cards are seen, and the driver in here is that of the node. Argument: how many cards.
# phx-check 1
# needs file:/usr/bin/nvidia-smi
set -euo pipefail
versions=$(timeout 60 nvidia-smi --query-gpu=driver_version --format=csv,noheader) || { echo "$versions" >&2; exit 1; }
cards=$(grep -c . <<<"$versions" || true)
[ "$cards" -eq "$1" ] || { echo "$cards cards are seen, not $1" >&2; exit 1; }
own=$(head -n 1 <<<"$versions")
grep -qF " $own " /proc/driver/nvidia/version || {
  echo "the driver in here is $own, the node has another: $(head -n 1 /proc/driver/nvidia/version)" >&2
  exit 1
}
echo "$cards cards with driver $own"
