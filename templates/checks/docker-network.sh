#!/usr/bin/env bash
# A container finds a name and gets an answer from there. Argument: the name (deb.debian.org).
# phx-check 1
# needs unit:docker
# needs dns
set -euo pipefail
name=${1:-deb.debian.org}
inside() { timeout 180 docker run --rm busybox:1.37 "$@" >/dev/null 2>&1; }
inside true || { echo 'busybox:1.37 cannot be started' >&2; exit 1; }
inside timeout 20 nslookup "$name" || { echo "inside of a container $name is not found" >&2; exit 1; }
inside wget -q -T 20 -O /dev/null "http://$name/" || { echo "inside of a container $name does not answer" >&2; exit 1; }
echo "a container finds $name and gets an answer"
