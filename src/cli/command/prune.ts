/** `phx prune`: what left the configuration and is still on the node; taken away only where it is named. */

import type { Leftover } from '../../config/project.ts';
import { type ExitName, PhxError } from '../../core/error.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { didYouMean } from '../../core/suggest.ts';
import { parkings } from '../../proxmox/parking.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { closeNode, type LockOptions, openAlone } from '../locked.ts';
import { type Opened, openNode } from '../open.ts';
import { guestsLeft, thingsOf } from '../orphans.ts';
import { runTasks } from '../run-tasks.ts';
import { readAll } from '../runs.ts';
import { act } from './act.ts';

export interface PruneOptions extends GlobalOptions, LockOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** What is left, as it is named on the command line. */
interface Left {
  /** `ctid:960`, `storage:iso`. */
  readonly name: string;
  /** What goes with it, or why it stays. */
  readonly words: string;
  /** The way to be rid of it, where phx does not take it away. */
  readonly byHand?: string;
  readonly leftover?: Leftover;
  /** The task that made it. */
  readonly task?: string;
}

export async function prune(io: Io, words: readonly string[], options: PruneOptions): Promise<ExitName> {
  if (words.length === 0) return list(io, options);
  const guests = words.filter((word) => /^(ctid|vmid):/.test(word));
  // What lies on the node's things goes before them.
  if (guests.length > 0) {
    const left = await withNode(io, options, leftOn);
    requireLeft(left, words);
    const ended = await act(io, 'destroy', guests, { ...options, only: true });
    if (ended !== 'ok') return ended;
  }
  const things = words.filter((word) => !guests.includes(word));
  return things.length === 0 ? 'ok' : takeAway(io, things, options);
}

async function list(io: Io, options: PruneOptions): Promise<ExitName> {
  const left = await withNode(io, options, leftOn);
  if (options.json) {
    const shown = left.map(({ name, words, byHand }) => ({ name, words, ...(byHand ? { byHand } : {}) }));
    io.out.write(`${JSON.stringify({ left: shown }, undefined, 2)}\n`);
    return 'ok';
  }
  io.out.write(left.length === 0 ? 'nothing on the node left the configuration\n' : listText(left));
  return 'ok';
}

function listText(left: readonly Left[]): string {
  const width = Math.max(...left.map(({ name }) => name.length));
  const lines = left.map(
    ({ name, words, byHand }) => `  ${name.padEnd(width)}  ${words}${byHand ? `: ${byHand}` : ''}`,
  );
  const first = left.find(({ byHand }) => byHand === undefined)?.name;
  const next =
    first === undefined ? [] : ['', `nothing is taken away before it is named: phx prune ${first}`];
  return `${['left the configuration, and still on the node:', ...lines, ...next].join('\n')}\n`;
}

async function takeAway(io: Io, words: readonly string[], options: PruneOptions): Promise<ExitName> {
  const opened = await openAlone(io, options);
  try {
    const left = await leftOn(opened);
    const named = requireLeft(left, words);
    await confirm(io, named, options);
    const leftovers = named.flatMap(({ leftover }) => leftover ?? []);
    const tasks = opened.phoenix.plugins.flatMap((plugin) => plugin.prune?.(leftovers) ?? []);
    return await runTasks(io, opened, tasks, ['prune', ...words], options, () => {
      // What was recorded of a thing that is gone says nothing any more.
      const still = new Set(thingsOf(opened, opened.facts.current()).map(({ task }) => task));
      opened.stamps.forget(
        named.flatMap(({ task }) => (task === undefined || still.has(task) ? [] : [task])),
      );
      return [];
    });
  } finally {
    await closeNode(opened, opened.lock);
  }
}

async function confirm(io: Io, named: readonly Left[], { yes, json }: PruneOptions): Promise<void> {
  if (!json) io.out.write(named.map(({ name, words }) => `  ${name}  ${words}\n`).join(''));
  if (yes) return;
  const answer = io.interactive ? await io.ask('Take this away? [y/N] ') : '';
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new PhxError('usage', {
    title: 'Nothing was done',
    hint: io.interactive ? 'You said no.' : 'Read the lines above; then say --yes.',
  });
}

function requireLeft(left: readonly Left[], words: readonly string[]): Left[] {
  return words.map((word) => {
    const found = left.find(({ name }) => name === word);
    if (found?.byHand !== undefined) {
      throw new PhxError('usage', {
        title: `${word} is not taken away by phx: ${found.words}`,
        command: found.byHand,
      });
    }
    if (found) return found;
    throw new PhxError('usage', {
      title: `${word} is nothing that left the configuration`,
      hint:
        didYouMean(
          word,
          left.map(({ name }) => name),
        ) ?? 'What is in the configuration is never pruned: take it out first.',
      command: 'phx prune',
    });
  });
}

async function withNode<T>(io: Io, options: PruneOptions, ask: (opened: Opened) => Promise<T>): Promise<T> {
  const opened = await openNode(io, options);
  try {
    return await ask(opened);
  } finally {
    await opened.history.close();
    await opened.host.close();
  }
}

const wordsOf = {
  'backup-job': 'the job; backups that it took stay',
  storage: 'its definition; what lies on it stays',
  template: 'the file; it can be downloaded again',
  image: 'the file; it can be downloaded again',
} as const;

async function leftOn(opened: Opened): Promise<Left[]> {
  const facts = opened.facts.current();
  const things = thingsOf(opened, facts);
  const made = things.some(({ kind }) => kind === 'dataset')
    ? createdDatasets([...(await readAll(opened.history)).values()].flat())
    : new Set();
  return [
    ...guestsLeft(opened, facts).map((name): Left => ({ name, words: 'the guest, with all its volumes' })),
    ...parkedGuests(opened).map((name): Left => ({ name, words: 'volumes that were kept of it' })),
    ...things.map(({ kind, name: thing, path, task }): Left => {
      const name = `${kind}:${thing}`;
      if (kind === 'pool') return { name, words: 'phx destroys no pool', byHand: `zpool destroy ${thing}` };
      const leftover = { kind, name: thing, ...(path === undefined ? {} : { path }) };
      const common = { name, leftover, ...(task === undefined ? {} : { task }) };
      if (kind !== 'dataset') return { ...common, words: wordsOf[kind] };
      if (made.has(thing))
        return {
          ...common,
          words: 'and all that is in it; refused while it has snapshots or datasets below',
        };
      return { name, words: 'nothing here tells that phx made it', byHand: `zfs destroy ${thing}` };
    }),
  ];
}

/** Guests that are gone, and of which volumes are parked. */
function parkedGuests({ phoenix, config, facts }: Opened): string[] {
  const now = facts.current();
  return parkings(now).flatMap(({ project, of }) => {
    const isLeft =
      project === phoenix.name && config.fleet.guests[String(of)] === undefined && !now.guests.has(of);
    return isLeft ? [`ctid:${of}`] : [];
  });
}

/** Datasets that phx itself created, by its journals: one that was there before it may hold what somebody else needs. */
function createdDatasets(entries: readonly JournalEntry[]): Set<string> {
  return new Set(
    entries.flatMap((entry) => {
      if (entry.entry !== 'outcome' || entry.exit !== 0) return [];
      const [tool, verb] = entry.argv;
      const name = entry.argv.at(-1);
      return tool === 'zfs' && verb === 'create' && name !== undefined ? [name] : [];
    }),
  );
}
