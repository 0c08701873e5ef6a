/** What a person is told and asked before guests are acted on. It starts nothing. */

import type { ActionRequest, ActionVerb } from '../config/project.ts';
import { PhxError } from '../core/error.ts';
import { guestTitle, restingOn } from './guest-words.ts';
import type { Io } from './io.ts';
import type { Opened } from './open.ts';
import type { Points } from './points.ts';
import { lossOf, pastOf } from './snapshots-text.ts';

type Known = Parameters<typeof guestTitle>[0];

/** What takes something along, or cannot be taken back, is asked about; where nobody can be asked it wants --yes. */
export async function confirm(
  io: Io,
  { config, facts }: Pick<Opened, 'config' | 'facts'>,
  request: ActionRequest,
  along: readonly number[],
  points: Points,
  options: { readonly json?: boolean; readonly yes?: boolean },
): Promise<void> {
  const { verb, guests } = request;
  const known = { fleet: config.fleet, facts: facts.current() };
  const lines = [...alongLines(known, verb, guests, along), ...lossLines(known, request, points)];
  if (lines.length === 0) return;
  if (!options.json) io.out.write(`${lines.map((line) => `  ${line}`).join('\n')}\n`);
  if (options.yes) return;
  const all = guests.length === 1 ? guestTitle(known, guests[0] ?? 0) : `these ${guests.length} guests`;
  const answer = io.interactive ? await io.ask(`${capital(verb)} ${all}? [y/N] `) : '';
  if (/^y(es)?$/i.test(answer.trim())) return;
  const more = along.length > 0 ? ' --only leaves out what was not named.' : '';
  throw new PhxError('usage', {
    title: 'Nothing was done',
    ...(io.interactive ? { hint: 'You said no.' } : { hint: `Read the lines above; then say --yes.${more}` }),
  });
}

function alongLines(
  known: Known,
  verb: ActionVerb,
  guests: readonly number[],
  along: readonly number[],
): string[] {
  const named = guests.filter((id) => !along.includes(id));
  const titles = (ids: readonly number[]) => ids.map((id) => guestTitle(known, id)).join(', ');
  if (along.length > 0) {
    return verb === 'stop'
      ? [
          `${titles(along)} ${along.length === 1 ? 'rests' : 'rest'} on what is stopped, and ${along.length === 1 ? 'stops' : 'stop'} first`,
        ]
      : [
          `${titles(along)} ${along.length === 1 ? 'is' : 'are'} needed by what is started, and ${along.length === 1 ? 'starts' : 'start'} first`,
        ];
  }
  if (verb !== 'destroy') return [];
  const resting = [...new Set(named.flatMap((id) => restingOn(known.fleet, id)))].filter(
    (id) => !guests.includes(id),
  );
  return resting.length > 0
    ? [
        `${titles(resting)} ${resting.length === 1 ? 'rests' : 'rest'} on what is destroyed, and ${resting.length === 1 ? 'stays' : 'stay'}`,
      ]
    : [];
}

function lossLines(
  known: Known,
  { verb, guests, name, keepVolumes = false }: ActionRequest,
  points: Points,
): string[] {
  if (verb === 'destroy')
    return guests.map((id) => lossOf(known.facts, id, guestTitle(known, id), keepVolumes));
  if (verb !== 'rollback') return [];
  return guests.map(
    (id) => `${guestTitle(known, id)} goes back to ${pastOf(known.facts, id, name ?? '', points)}`,
  );
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
