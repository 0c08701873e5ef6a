/** `phx undo`: puts back what a run replaced on the host, newest first, and says what it cannot. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext } from '../../core/context.ts';
import { type ExitName, PhxError } from '../../core/error.ts';
import { FileJournal, type JournalEntry, parseJournal } from '../../core/journal.ts';
import { didYouMean } from '../../core/suggest.ts';
import type { Task } from '../../core/task.ts';
import { takeBack, type Undoing, undoingsOf } from '../../core/undo.ts';
import type { Facts } from '../../proxmox/facts.ts';
import { count } from '../../report/words.ts';
import { lockProject, runName } from '../engine.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type Opened, openNode } from '../open.ts';
import { scopeFor } from '../scope.ts';
import { endText, planText, type TakenTask, takenText } from '../undo-text.ts';

export interface UndoOptions extends GlobalOptions {
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export async function undo(io: Io, run: string | undefined, options: UndoOptions): Promise<ExitName> {
  const opened = await openNode(io, options);
  try {
    const folder = join(opened.cacheDir, 'journal');
    if (run === undefined) return listRuns(io, folder);
    const entries = readRun(folder, run);
    await refuseOtherHost(opened, entries);
    const undoings = undoingsOf(entries);
    if (options.dryRun) {
      io.out.write(planText(run, undoings));
      return 'ok';
    }
    await confirm(io, opened, run, undoings, options);
    return await takeAllBack(io, opened, run, undoings, options);
  } finally {
    opened.stamps.close();
    await opened.host.close();
  }
}

/** Without a name: the runs that changed something, newest first. */
function listRuns(io: Io, folder: string): ExitName {
  const runs = namesOf(folder).reverse().slice(0, 20);
  if (runs.length === 0) io.out.write('no run has changed anything yet\n');
  for (const run of runs) {
    const entries = readRun(folder, run);
    const begin = entries.find((entry) => entry.entry === 'begin');
    const tasks = undoingsOf(entries);
    const steps = tasks.reduce((sum, { steps }) => sum + steps.length, 0);
    io.out.write(
      `${run}  ${begin ? `phx ${begin.words.join(' ')}` : ''}  ${count(tasks.length, 'task')}, ${count(steps, 'change')} to take back\n`,
    );
  }
  if (runs.length > 0) io.out.write('\nphx undo <run> --dry-run shows what it would put back\n');
  return 'ok';
}

function namesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => name.slice(0, -'.jsonl'.length))
      .sort();
  } catch {
    return [];
  }
}

function readRun(folder: string, run: string): JournalEntry[] {
  const names = namesOf(folder);
  if (names.includes(run)) return parseJournal(readFileSync(join(folder, `${run}.jsonl`), 'utf8'));
  throw new PhxError('usage', {
    title: `There is no journal of a run ${run}`,
    hint: didYouMean(run, names) ?? 'The journals of the last 50 runs that changed something are kept.',
    command: 'phx undo',
  });
}

async function refuseOtherHost({ host }: Opened, entries: readonly JournalEntry[]): Promise<void> {
  const begin = entries.find((entry) => entry.entry === 'begin');
  const here = await host.identity();
  if (begin === undefined || begin.host === here) return;
  throw new PhxError('blocked', {
    title: 'That run changed another host',
    facts: [
      ['it ran on', begin.host],
      ['this is', here],
    ],
    hint: 'Nothing was changed. Name the host with --host.',
  });
}

async function confirm(
  io: Io,
  { host }: Opened,
  run: string,
  undoings: readonly Undoing[],
  options: UndoOptions,
): Promise<void> {
  if (host.kind === 'twin' || options.yes) return;
  io.out.write(planText(run, undoings));
  const answer = io.interactive ? await io.ask(`Put this back on ${host.label}? [y/N] `) : '';
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new PhxError('usage', {
    title: 'Nothing was put back',
    hint: io.interactive ? 'You said no.' : 'Read the list above; then say --yes.',
    command: `phx undo ${run} --yes`,
  });
}

async function takeAllBack(
  io: Io,
  opened: Opened,
  run: string,
  undoings: readonly Undoing[],
  { force = false, json = false }: UndoOptions,
): Promise<ExitName> {
  const name = runName(io.clock(), crypto.randomUUID());
  const lock = lockProject(io, opened.cacheDir, name);
  const journal = new FileJournal(join(opened.cacheDir, 'journal'), name);
  const document: TakenTask[] = [];
  try {
    const host = await opened.host.identity();
    journal.write({ at: io.clock(), entry: 'begin', run: name, words: ['undo', run], host });
    for (const undoing of undoings) {
      const task = taskOf(opened, undoing.task);
      const context = createContext(task, scopeFor(io, opened, journal));
      const { putBack } = task;
      const own = putBack
        ? { putBack: (files: ReadonlyMap<string, string | null>) => putBack(context, files) }
        : {};
      const taken = await takeBack(context, undoing, { force, ...own });
      const told = { task: undoing.task, ...taken, stays: undoing.stays };
      document.push(told);
      if (!json) io.out.write(takenText(told));
    }
    // What stands now is no longer what was recorded: the next run looks and says so.
    opened.stamps.forget(document.filter(({ done }) => done.length > 0).map(({ task }) => task));
    journal.write({ at: io.clock(), entry: 'ended', exit: 'ok' });
  } finally {
    lock.release();
  }
  const left = document.flatMap((one) => one.left);
  if (json) io.out.write(`${JSON.stringify({ undone: run, run: name, tasks: document }, null, 2)}\n`);
  else io.out.write(endText(document.flatMap(({ done }) => done).length, left.length, name));
  return left.length > 0 ? 'blocked' : 'ok';
}

/** The task as the graph has it now; one that left the configuration has only its name. */
function taskOf({ graph }: Opened, id: string): Task<Facts> {
  const at = graph.index.get(id);
  if (at !== undefined) return graph.at(at);
  const bare = { title: id, revision: '', config: {}, dependencies: [], touches: [] };
  return { ...bare, id, target: id.replace(/\/.*$/, ''), run: async () => undefined };
}
