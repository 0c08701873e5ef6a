/**
 * Whether new volumes find room, on every type of storage. What is thin, or a limit, is told as a warning, with how much
 * was promised too much; a volume that takes its whole size at once is refused where there is less. What the facts do not
 * tell is said, not guessed. Pure.
 */

import type { Guest } from '../config/fleet.ts';
import { targetOf } from '../config/task-names.ts';
import type { ThinPool } from '../proxmox/facts.ts';
import { clonesAsLink } from './clones.ts';
import { type Place, placeOf } from './places.ts';
import { type Conflict, isNew, type Kind } from './scene.ts';
import { volumesOf } from './volumes.ts';

const gibibyte = 1024 ** 3;

interface Need {
  readonly guest: Guest;
  readonly key: string;
  /** GiB. */
  readonly size: number;
  /** It takes all of it at once. */
  readonly whole: boolean;
}

export const space: Kind = (scene) => {
  const places = new Map<string, { readonly place: Place; readonly needs: Need[] }>();
  for (const guest of scene.owned) {
    const linked = isNew(guest, scene) && clonesAsLink(guest, scene);
    for (const { key, storage, size, content, root, fresh } of volumesOf(guest, scene)) {
      const found = fresh && size > 0 && !(root && linked) ? placeOf(storage, scene) : undefined;
      if (!found) continue;
      const known = places.get(found.subject) ?? { place: found, needs: [] };
      known.needs.push({ guest, key, size, whole: found.whole(content) });
      places.set(found.subject, known);
    }
  }
  return [...places.values()].flatMap(({ place, needs }) =>
    place.thin ? promised(place, place.thin, needs) : tooMuch(place, needs),
  );
};

function tooMuch(place: Place, needs: readonly Need[]): Conflict[] {
  const { subject, command } = place;
  const free = place.free === undefined ? undefined : place.free / gibibyte;
  if (free === undefined)
    return [
      {
        ...{ subject, command, facts: volumes(needs), severity: 'warns' },
        title: `new volumes want ${sum(needs)} GiB, and the node does not tell how much is free`,
        hint: 'Whether they fit cannot be said before: look yourself.',
      },
    ];
  const whole = needs.filter((need) => need.whole);
  const refused = sum(whole) > free;
  const told = refused ? whole : needs;
  const wanted = sum(told);
  if (wanted <= free) return [];
  const way = place.otherwise === undefined ? 'or make room' : `make room, or ${place.otherwise}`;
  return [
    {
      ...{ subject, command, facts: volumes(told) },
      title: `new volumes want ${wanted} GiB, and ${Math.floor(free)} GiB are free`,
      hint: refused
        ? `They take their whole size at once: make them smaller, ${way}.`
        : 'They take only what is written to them, so this works until they are full.',
      severity: refused ? 'blocks' : 'warns',
    },
  ];
}

/** A thin pool takes more than it has; one that is full takes nothing any more. */
function promised({ subject, command, free }: Place, pool: ThinPool, needs: readonly Need[]): Conflict[] {
  const facts = [
    ...volumes(needs),
    ['full', percent(pool.data)] as const,
    ['metadata', percent(pool.metadata)] as const,
  ];
  if (free !== undefined && free <= 0)
    return [
      {
        ...{ subject, command, facts, severity: 'blocks' },
        title: 'it is full, so that no new volume can be made',
        hint: 'Make room on it, or give it more.',
      },
    ];
  const size = pool.size / gibibyte;
  const all = pool.promised / gibibyte + sum(needs);
  if (all <= size) return [];
  return [
    {
      ...{ subject, command, facts, severity: 'warns' },
      title: `its volumes could grow to ${Math.ceil(all)} GiB, ${Math.ceil(all - size)} GiB more than it has`,
      hint: 'They take only what is written to them: when it is full, every guest on it stops writing.',
    },
  ];
}

function percent(value: number | undefined): string {
  return value === undefined ? 'the node does not tell' : `${value} %`;
}

function volumes(needs: readonly Need[]): readonly (readonly [string, string])[] {
  return [
    ['volumes', needs.map(({ guest, key, size }) => `${targetOf(guest)} ${key} ${size} GiB`).join(', ')],
  ];
}

function sum(needs: readonly Need[]): number {
  return needs.reduce((total, { size }) => total + size, 0);
}
