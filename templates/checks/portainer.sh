#!/usr/bin/env bash
# Portainer runs and says what it is. Argument: port.
# phx-check 1
# needs unit:docker
# needs port:$1
set -euo pipefail
running=$(timeout 60 docker ps --filter name=portainer --filter status=running --format '{{.Image}}')
[ -n "$running" ] || { echo 'no container portainer runs' >&2; exit 1; }
status=$(curl -fsSk --max-time 30 "https://localhost:$1/api/status")
version=$(jq -er '.Version' <<<"$status") || { echo "no version in: $status" >&2; exit 1; }
echo "Portainer $version runs as $running"
