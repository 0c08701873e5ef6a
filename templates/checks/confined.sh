#!/usr/bin/env bash
# For `from: 'node'`: AppArmor confines what runs in a container. Argument: its id.
# phx-check 1
# needs file:/etc/pve/lxc/$1.conf
set -euo pipefail
pid=$(timeout 30 lxc-info --name "$1" --pid --no-humanize)
label=$(cat "/proc/$pid/attr/current")
case $label in
  unconfined*) echo "container $1 is not confined" >&2; exit 1 ;;
esac
echo "container $1 is confined by $label"
