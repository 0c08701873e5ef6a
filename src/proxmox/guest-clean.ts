/**
 * The script that makes the inside of a VM ready to be handed on: every copy of it boots as a machine of its own. Builds and
 * recognises text; runs nothing.
 *
 * What is left alone: what was installed, accounts, and phx's own layers. Keys of ssh go only where cloud-init makes new
 * ones; elsewhere a clone gets its own by its step `identity`. The machine id is emptied, not removed: a missing one would
 * make systemd think that it starts for the very first time, and set all units to their presets.
 */

import { cleanedPath } from './guest-boot.ts';

/** First line of the script; the twin knows it by this. */
export const cleanMark = '# phx-clean 1';

/** What the script prints last, once it has looked that nothing is left. */
export const cleanSaid = 'clean';

export const cleanScript = `${cleanMark}
set -eu
: >${cleanedPath}
if command -v cloud-init >/dev/null; then
  cloud-init clean --logs >/dev/null
  rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
fi
[ ! -e /etc/machine-id ] || : >/etc/machine-id
if [ -f /var/lib/dbus/machine-id ] && [ ! -L /var/lib/dbus/machine-id ]; then rm -f /var/lib/dbus/machine-id; fi
rm -f /var/lib/dhcp/*.leases /var/lib/phx/stdin
[ ! -s /etc/machine-id ] && [ ! -e /var/lib/cloud/instance ]
sync
echo ${cleanSaid}
`;
