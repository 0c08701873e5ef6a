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
  const target = `${kind === 'ct' ? 'ctid' : 'vmid'}:${id}`;
  const refuse = (
    title: string,
    hint: string,
    more: Problem['facts'] = [],
    command = `phx config ${target}`,
  ): Problem => ({ title, facts: more, hint, command });
  if (!there) return undefined;
  if (there.kind !== kind)
    return refuse(`id ${id} is a ${nouns[there.kind]}`, `Give the ${noun} another id.`);
  if (stateOf(facts, id) === 'half-made') return undefined;
  const mark = markOf(facts, id);
  if (!mark) {
    return refuse(
      `${noun} ${id} exists, but phx did not make it`,
      `phx adopt ${target} takes it over, if it is the one that is meant; else give this one another id.`,
      [['name', nameOf(there)]],
      `phx adopt ${target}`,
    );
  }
  if (mark.project === project) return undefined;
  return refuse(`${noun} ${id} belongs to the project ${mark.project}`, 'Give this one another id.');
}
