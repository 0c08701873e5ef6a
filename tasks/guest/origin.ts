/** Where a guest comes from that was there before phx: nobody knows, so nothing is compared with it and nothing made of it. Pure. */

import type { Guest } from '../../src/config/fleet.ts';
import type { Problem } from '../../src/core/event.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { stateOf } from './conf.ts';
import { targetOf } from './names.ts';

/** As the mark says it. */
export const unknownOrigin = 'adopted';

/** What nobody knows is no other origin than the one that is named: whoever finds out may write it down. */
export function isSameOrigin(present: string, wanted: string): boolean {
  return present === wanted || present === unknownOrigin || wanted === unknownOrigin;
}

/** Why one that was adopted cannot be made: it is gone, or asked for anew. */
export function unmakeable(guest: Guest, facts: Facts, recreate: boolean): Problem | undefined {
  if (!guest.adopted) return undefined;
  const stands = ['running', 'stopped'].includes(stateOf(facts, guest.id));
  if (stands && !recreate) return undefined;
  const [noun, key] = guest.kind === 'ct' ? ['container', 'ostemplate'] : ['VM', 'image'];
  return {
    title: stands
      ? `${noun} ${guest.id} was adopted: nobody knows what to make it of anew`
      : `${noun} ${guest.id} was adopted, and is not there: nobody knows what to make it of`,
    facts: [],
    hint: `Restore a backup of it, or write ${key} or clone in the place of adopted.`,
    command: `phx config ${targetOf(guest)}`,
  };
}
