/**
 * Whether the guest of an id is the one that a configuration means: of its kind, made by phx, for this very project. Pure;
 * said before a run and by the step that would make the guest, in the same words.
 */

import type { Problem } from '../core/event.ts';
import type { Facts } from './facts.ts';
import { markOf, nameOf, stateOf } from './guest-conf.ts';

const nouns = { ct: 'container', vm: 'VM' } as const;

/** Why the id is somebody else's; one that is half made is looked at when it is cleared. */
export function ownershipProblem(
  { id, kind }: { readonly id: number; readonly kind: 'ct' | 'vm' },
  project: string,
  facts: Facts,
): Problem | undefined {
  const there = facts.guests.get(id);
  const noun = nouns[kind];
  const refuse = (title: string, hint: string, more: Problem['facts'] = []): Problem => ({
    ...{ title, facts: more, hint },
    command: `phx config ${kind === 'ct' ? 'ctid' : 'vmid'}:${id}`,
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
