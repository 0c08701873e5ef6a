#!/usr/bin/env bash
# Docker keeps its images with the storage driver that it was set up with. Argument: the driver.
# phx-check 1
# needs unit:docker
# needs file:/etc/docker/daemon.json
set -euo pipefail
have=$(timeout 60 docker info --format '{{.Driver}}')
[ "$have" = "$1" ] || { echo "the storage driver is $have, not $1" >&2; exit 1; }
echo "the storage driver is $have"
