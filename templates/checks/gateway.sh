#!/usr/bin/env bash
# nginx takes its configuration, and there is somebody behind each path. Arguments: paths, such as /qdrant/healthz.
# phx-check 1
# needs unit:nginx
# needs port:80
set -euo pipefail
said=$(nginx -t 2>&1) || { echo "$said" >&2; exit 1; }
dead=
for path; do
  # Any answer of a guest will do, also a refusal; these are nginx's own words for nobody being there.
  code=$(curl -sS -o /dev/null --max-time 20 -w '%{http_code}' "http://localhost$path" || true)
  case $code in 000 | 502 | 503 | 504) dead="$dead $path ($code)" ;; esac
done
[ -z "$dead" ] || { echo "nobody answers behind$dead" >&2; exit 1; }
echo "there is somebody behind each of $# paths"
