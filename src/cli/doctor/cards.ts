/** Who has which GPU, by the configuration and by what is on the node now. Pure. */

import type { Fleet } from '../../config/fleet.ts';
import { targetOf } from '../../config/task-names.ts';
import type { Facts } from '../../proxmox/facts.ts';
import type { Finding } from './finding.ts';

export function cardFindings({ guests }: Fleet, facts: Facts): Finding[] {
  const holders = new Map<number, string[]>();
  for (const guest of Object.values(guests))
    for (const card of guest.gpus ?? []) {
      const running = facts.guests.get(guest.id)?.running ?? false;
      holders.set(card, [
        ...(holders.get(card) ?? []),
        `${targetOf(guest)}${running ? '' : ' (not running)'}`,
      ]);
    }
  if (holders.size === 0) return [];
  const rows = [...holders]
    .sort(([a], [b]) => a - b)
    .map(([card, own]): [string, string] => [`GPU ${card}`, own.join(', ')]);
  return [{ about: 'GPUs', level: 'good', title: 'who has which', facts: rows }];
}
