/** Step `identity`: a clone gets ssh host keys of its own; Proxmox makes new ones for a create only (F10). A VM also its machine id. */

import type { Guest } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { applyLayer } from './inside.ts';
import { insideScopes, isKnownInside } from './inside-note.ts';
import { incarnationOf } from './known.ts';
import { type Enter, layerProbe } from './layer.ts';
import { stepOf, targetOf } from './names.ts';

/**
 * New keys are made beside the old ones and take their place whole, so that a crash never leaves a guest without any.
 * Nothing else is emptied: the machine id of a cloned container is Proxmox's own work (F10).
 */
const ownKeys = `
if [ -d /etc/ssh ] && command -v ssh-keygen >/dev/null; then
  fresh=$(mktemp -d /etc/ssh/.phx-XXXXXX)
  trap 'rm -rf "$fresh"' EXIT
  install -d "$fresh/etc/ssh"
  ssh-keygen -A -f "$fresh" >/dev/null
  for old in /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub; do
    [ -e "$fresh$old" ] || rm -f "$old"
  done
  mv -f "$fresh"/etc/ssh/ssh_host_*_key "$fresh"/etc/ssh/ssh_host_*_key.pub /etc/ssh/
  for unit in ssh sshd; do
    if systemctl is-active --quiet "$unit" 2>/dev/null; then systemctl restart "$unit"; break; fi
    if rc-service --quiet "$unit" status 2>/dev/null; then rc-service --quiet "$unit" restart; break; fi
  done
fi
`;

/**
 * A VM that was cloned as it stood has the machine id of its source, and with it the same name for DHCP. systemd makes one
 * of the UUID that Proxmox gives to every VM; where that was done at its first boot, it is the same. Written in place, since
 * the file may be a mount.
 */
const ownMachine = `
uuid=$(tr -d -- - </sys/class/dmi/id/product_uuid 2>/dev/null | tr A-F a-f) || uuid=
case $uuid in
  '' | *[!0-9a-f]*) ;;
  *)
    if [ -s /etc/machine-id ] && [ "$(cat /etc/machine-id)" != "$uuid" ]; then
      printf '%s\\n' "$uuid" >/etc/machine-id
      if [ -f /var/lib/dbus/machine-id ] && [ ! -L /var/lib/dbus/machine-id ]; then
        cp /etc/machine-id /var/lib/dbus/machine-id
      fi
      echo 'this machine has an id of its own from its next boot on'
    fi
    ;;
esac
`;

export function identityTask(guest: Guest, enter: Enter): PhxTask {
  return {
    id: stepOf(guest, 'identity'),
    target: targetOf(guest),
    title: `own keys of ${guest.id}`,
    revision: '1',
    config: {},
    texts: { script: `${ownKeys}${guest.kind === 'vm' ? ownMachine : ''}`.trim() },
    dependencies: [
      { task: stepOf(guest, 'define'), kind: 'result' },
      { task: stepOf(guest, guest.kind === 'ct' ? 'network' : 'agent'), kind: 'order' },
    ],
    outputs: { layer: layerProbe(guest.id, 'identity') },
    markers: ['layer'],
    pools: [`guest:${guest.id}`],
    touches: [`guest:${guest.id}`, ...insideScopes(guest)],
    run: async (context) => {
      // The incarnation is what makes it another guest: a clone of a clone has another one, and does this again.
      const digest = incarnationOf(context.facts(), guest.id);
      if (digest === undefined) throw new Error(`guest ${guest.id} carries no mark`);
      const layer = { name: 'identity', digest, origin: guest.id };
      const applied = { layer: JSON.stringify(digest) };
      if (isKnownInside(context, guest.id, layer)) return applied;
      await applyLayer(await enter(context), { layer, provides: [], body: context.texts.script ?? '' }, []);
      return applied;
    },
  };
}
