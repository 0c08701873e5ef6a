/** What of a running container holds only from its next start on, and the words for it. Pure. */

import type { Container } from '../../src/config/fleet.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import type { Terms } from '../../src/core/terms.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { stepOf, targetOf } from '../guest/names.ts';
import { confOf } from './container.ts';

/**
 * Output of `configure`: in which start of the container it edited the conf itself. What the running container does not
 * have of that, Proxmox does not note as pending; another start has taken it over.
 */
export const editedIn = 'edited in start';

/** Names of what waits; nothing for a container that does not run. */
export function waiting(ct: Container, facts: Facts, stamp: (task: string) => Stamp | undefined): string[] {
  const guest = facts.guests.get(ct.id);
  if (!guest?.running) return [];
  const conf = confOf(guest);
  const names = new Set([...conf.pending.keys.keys(), ...conf.pendingDelete]);
  const edited = stamp(stepOf(ct, 'configure'))?.outputs[editedIn];
  if (guest.start !== undefined && edited === JSON.stringify(guest.start)) names.add('raw lines');
  return [...names].sort();
}

/** Whether what waits gets its restart now. */
export function restarts(ct: Container, { permits }: Pick<Terms, 'permits'>): boolean {
  return ct.state === 'running' && (ct.restart === 'auto' || permits('restart', targetOf(ct)));
}

/** The sentence about what waits, with the way to have it now. */
export function waitsWords(ct: Container, names: readonly string[]): string {
  const verb = names.length === 1 ? 'holds' : 'hold';
  return `${names.join(', ')} ${verb} from the next start: phx run ${targetOf(ct)} --restart`;
}
