/** What a person is told and asked before guests are destroyed and built anew by `phx run --recreate`. */

import { backupStorageOf } from '../config/backup-storage.ts';
import { PhxError } from '../core/error.ts';
import type { Selection } from '../core/execute.ts';
import type { Host } from '../core/host.ts';
import { parseConf } from '../proxmox/conf.ts';
import { readMark } from '../proxmox/mark.ts';
import { guestTitle } from './guest-words.ts';
import type { Io } from './io.ts';
import type { Opened } from './open.ts';
import { dataOf } from './snapshots-text.ts';

/** A guest is made anew as a whole: a step of one would leave it half built. */
export function requireWholeGuests(words: readonly string[]): void {
  const part = words.find((word) => word.includes('/'));
  if (part === undefined) return;
  const target = part.replace(/\/.*$/, '');
  throw new PhxError('usage', {
    title: `--recreate is for whole guests, and ${part} names a part of one`,
    hint: 'Nothing was run.',
    command: `phx run ${target} --recreate`,
  });
}

interface Asked {
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** One guest that is named by its own id, on the twin, needs no question; several do, and one on a real node. */
export function isAskedAbout(ids: readonly number[], words: readonly string[], host: Host['kind']): boolean {
  const [first, ...more] = ids;
  const named = more.length === 0 && words.includes(`ctid:${first}`);
  return first !== undefined && !(named && host === 'twin');
}

/** Where nobody can be asked it wants --yes. */
export async function confirmRecreate(
  io: Io,
  opened: Opened,
  selection: Selection,
  words: readonly string[],
  options: Asked,
): Promise<void> {
  const ids = recreated(opened, selection);
  const first = ids[0];
  if (first === undefined || options.yes || !isAskedAbout(ids, words, opened.host.kind)) return;
  const known = { fleet: opened.config.fleet, facts: opened.facts.current() };
  const lines = ids.map((id) => `  ${fateOf(opened, id)}`);
  if (!options.json) io.out.write(`${lines.join('\n')}\n`);
  const all = ids.length === 1 ? guestTitle(known, first) : `these ${ids.length} guests`;
  const answer = io.interactive ? await io.ask(`Recreate ${all}? [y/N] `) : '';
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new PhxError('usage', {
    title: 'Nothing was run',
    ...(options.json ? { facts: lines.map((line) => ['would be', line.trim()] as const) } : {}),
    ...(io.interactive
      ? { hint: 'You said no.' }
      : {
          hint: `It would make ${ids.map((id) => `ctid:${id}`).join(', ')} anew. If that is meant, say --yes.`,
          command: `phx run ${words.join(' ')} --recreate --yes`,
        }),
  });
}

/** Containers of ours that stand, and whose making is part of the run. */
function recreated({ graph, config, facts, phoenix, terms }: Opened, { demanded }: Selection): number[] {
  return Object.values(config.fleet.guests).flatMap(({ id, kind }) => {
    const at = graph.index.get(`ctid:${id}/define`);
    const guest = facts.current().guests.get(id);
    if (kind !== 'ct' || at === undefined || !demanded.has(at) || !guest) return [];
    const ours = readMark(parseConf(guest.conf, guest.kind).description, id)?.project === phoenix.name;
    return ours && terms.permits('recreate', `ctid:${id}`) ? [id] : [];
  });
}

function fateOf({ config, facts }: Opened, id: number): string {
  const known = { fleet: config.fleet, facts: facts.current() };
  const data = dataOf(known.facts, id);
  const storage = backupStorageOf(config.fleet.guests[String(id)], config.fleet);
  const root = storage ? `its root is backed up on ${storage} first` : 'there is no way back';
  const kept = data.length > 0 ? `the data under ${data.join(', ')} is kept, ` : '';
  return `${guestTitle(known, id)} is destroyed and made anew: ${kept}${root}`;
}
