#!/usr/bin/env bash
# Qdrant is ready and lists its collections. Argument: port.
# phx-check 1
# needs unit:docker
# needs port:$1
set -euo pipefail
curl -fsS --max-time 30 -o /dev/null "http://localhost:$1/readyz"
collections=$(curl -fsS --max-time 30 "http://localhost:$1/collections" |
  jq -er 'select(.status == "ok") | .result.collections | length') || {
  echo 'the collections are not told' >&2
  exit 1
}
echo "Qdrant is ready and has $collections collections"
