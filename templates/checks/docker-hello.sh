#!/usr/bin/env bash
# Docker starts a container that has nothing but a greeting.
# phx-check 1
# needs unit:docker
set -euo pipefail
said=$(timeout 180 docker run --rm hello-world)
grep -q 'Hello from Docker!' <<<"$said" || {
  echo 'the container ended well, but did not say hello' >&2
  exit 1
}
echo 'a container was started, said hello and is gone'
