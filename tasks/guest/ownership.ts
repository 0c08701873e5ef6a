/** Whether the guest of an id is the one that the configuration means: of its kind, made by phx, for this very project. Pure. */

import type { Guest } from '../../src/config/fleet.ts';
import type { Assessment } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { markOf, nameOf, stateOf } from './conf.ts';
import { targetOf } from './names.ts';

const nouns = { ct: 'container', vm: 'VM' } as const;

/** Blocked, where the id is somebody else's; one that is half made is looked at when it is cleared. */
export function othersThan(guest: Guest, project: string, facts: Facts): Assessment | undefined {
  const { id, kind } = guest;
  const there = facts.guests.get(id);
  const noun = nouns[kind];
  const refuse = (
    title: string,
    hint: string,
    more: readonly (readonly [string, string])[] = [],
  ): Assessment => ({
    verdict: 'blocked',
    problem: { title, facts: more, hint, command: `phx config ${targetOf(guest)}` },
  });
  if (!there) return undefined;
  if (there.kind !== kind)
    return refuse(`id ${id} is a ${nouns[there.kind]}`, `Give the ${noun} another id.`);
  if (stateOf(facts, id) === 'half-made') return undefined;
  const mark = markOf(facts, id);
  if (!mark) {
    return refuse(
      `${noun} ${id} exists, but phx did not make it`,
      `Give this one another id, or remove the other ${noun} yourself if nobody needs it.`,
      [['name', nameOf(there)]],
    );
  }
  if (mark.project === project) return undefined;
  return refuse(`${noun} ${id} belongs to the project ${mark.project}`, 'Give this one another id.');
}
