/** What the node's Proxmox VE is too old for: told before any command is sent. Pure. */

import type { Guest } from '../../src/config/fleet.ts';
import type { Assessment } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { atLeast } from '../../src/proxmox/version.ts';
import { targetOf } from './names.ts';

export function tooOld(
  guest: Pick<Guest, 'id' | 'kind'>,
  keys: readonly string[],
  facts: Facts,
): Assessment | undefined {
  const { packages } = facts.host;
  if (keys.length === 0 || atLeast(packages, '9.2') !== false) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `${guest.kind === 'ct' ? 'container' : 'VM'} ${guest.id} asks for what this Proxmox VE does not know yet`,
      facts: [
        ['keys', keys.join(', ')],
        ['need', 'Proxmox VE 9.2'],
        ['node', `pve-manager ${packages.get('pve-manager')}`],
      ],
      hint: 'Upgrade the node, or leave these keys out. Nothing was changed.',
      command: `phx config ${targetOf(guest)}`,
    },
  };
}
