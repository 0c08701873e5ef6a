/** What a container is born with and cannot be changed while it stands: where it came from, its storage, its privilege. Pure. */

import type { Container } from '../../src/config/fleet.ts';
import type { Problem } from '../../src/core/event.ts';
import { parseProperties } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { confOf, markOf } from '../guest/conf.ts';
import { targetOf } from '../guest/names.ts';
import { isSameOrigin, unknownOrigin } from '../guest/origin.ts';

/** Name of the source as the mark of a container says it. */
export function sourceName(ct: Container): string {
  return ct.clone ? `clone:${ct.clone.from}` : (ct.ostemplate ?? unknownOrigin);
}

export interface BirthChange {
  readonly key: 'source' | 'storage' | 'unprivileged';
  readonly from: string;
  readonly to: string;
}

/** What the configuration wants otherwise than the container that stands was made. */
export function birthChanges(ct: Container, facts: Facts): BirthChange[] {
  const guest = facts.guests.get(ct.id);
  if (!guest) return [];
  const { keys } = confOf(guest);
  const root = parseProperties(keys.get('rootfs') ?? '', 'volume').get('volume') ?? '';
  const present = {
    source: (markOf(facts, ct.id)?.from ?? '').replace(/@.*$/, ''),
    storage: root.replace(/:.*$/, ''),
    unprivileged: String(keys.get('unprivileged') === '1'),
  };
  const wanted = {
    source: sourceName(ct),
    storage: ct.rootfs.storage,
    unprivileged: String(ct.unprivileged),
  };
  return (['source', 'storage', 'unprivileged'] as const).flatMap((key) =>
    isSame(key, present[key], wanted[key]) ? [] : [{ key, from: present[key], to: wanted[key] }],
  );
}

function isSame(key: BirthChange['key'], present: string, wanted: string): boolean {
  return key === 'source' ? isSameOrigin(present, wanted) : present === wanted;
}

/** The refusal of such a change, with the way to have it all the same. */
export function madeAnew(ct: Container, changes: readonly BirthChange[]): Problem {
  return {
    title: `container ${ct.id} would have to be made anew`,
    facts: changes.map(({ key, from, to }) => [key, `${from} → ${to}`] as const),
    hint: 'phx destroys nothing unasked. Put the old values back, or have it made anew: its data volumes are kept, its root is backed up first.',
    command: `phx run ${targetOf(ct)} --recreate`,
  };
}
