/** What of a running guest holds only from its next start on, and the words for it. Pure. */

import type { Guest } from '../../src/config/fleet.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import type { Terms } from '../../src/core/terms.ts';
import { type GuestConf, splitList } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { confOf } from './conf.ts';
import { stepOf, targetOf } from './names.ts';

/**
 * Output of `configure` and `cloud-init`: in which start of the guest it edited the conf itself, or wrote the drive anew.
 * What the running guest does not have of that, Proxmox does not note as pending; another start has taken it over.
 */
export const editedIn = 'edited in start';

/** What is edited in a conf, in words. */
const editedWhat = { ct: 'raw lines', vm: 'cipassword' } as const;

/** Names of what waits; nothing for a guest that does not run. */
export function waiting(guest: Guest, facts: Facts, stamp: (task: string) => Stamp | undefined): string[] {
  const there = facts.guests.get(guest.id);
  if (!there?.running) return [];
  const conf = confOf(there);
  const names = new Set([...conf.pending.keys.keys(), ...conf.pendingDelete, ...onTheDrive(conf)]);
  const edited = (step: string) => {
    const start = stamp(stepOf(guest, step))?.outputs[editedIn];
    return there.start !== undefined && start === JSON.stringify(there.start);
  };
  if (edited('configure')) names.add(editedWhat[guest.kind]);
  if (edited('cloud-init')) names.add('cloud-init data');
  return [...names].sort();
}

/** What the cloud-init drive of a running VM does not say yet: Proxmox makes it anew at the next start (B93, B95). */
export function onTheDrive({ cloudinit }: GuestConf): string[] {
  const keys = [...(cloudinit?.keys ?? [])];
  return keys.flatMap(([key, value]) => (key === 'added' ? splitList(value) : [key]));
}

/** Whether what waits gets its restart now. */
export function restarts(guest: Guest, { permits }: Pick<Terms, 'permits'>): boolean {
  return guest.state === 'running' && (guest.restart === 'auto' || permits('restart', targetOf(guest)));
}

/** The sentence about what waits, with the way to have it now. */
export function waitsWords(guest: Guest, names: readonly string[]): string {
  const verb = names.length === 1 ? 'holds' : 'hold';
  return `${names.join(', ')} ${verb} from the next start: phx run ${targetOf(guest)} --restart`;
}
