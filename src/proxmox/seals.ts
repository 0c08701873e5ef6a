/** The seals of a guest, as its snapshots show them. Pure; they are taken by a step. */

import type { Facts } from './facts.ts';
import { confOf } from './guest-conf.ts';

/** Our latest seal of a guest by its name in the configuration: `sealed` is kept as `sealed-3f2a91`. */
export function newestSeal(facts: Facts, id: number, name: string): string | undefined {
  return sealsOf(facts, id, name).at(-1)?.name;
}

export interface Seal {
  readonly name: string;
  /** Epoch seconds. */
  readonly time: number;
}

/** All of them, the oldest first. */
export function sealsOf(facts: Facts, id: number, name: string): Seal[] {
  const guest = facts.guests.get(id);
  if (!guest) return [];
  const ours = [...confOf(guest).snapshots].filter(
    ([snapshot, { keys }]) => isSeal(snapshot, name) && !keys.has('snapstate'),
  );
  const seals = ours.map(([snapshot, { keys }]) => ({
    name: snapshot,
    time: Number(keys.get('snaptime') ?? 0),
  }));
  return seals.sort((a, b) => a.time - b.time || (a.name < b.name ? -1 : 1));
}

function isSeal(snapshot: string, name: string): boolean {
  return snapshot.startsWith(`${name}-`) && /^[0-9a-f]{6}$/.test(snapshot.slice(name.length + 1));
}
