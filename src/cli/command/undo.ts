/** `phx undo`: puts back what a run replaced on the host, newest first, and says what it cannot. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext } from '../../core/context.ts';
import { type ExitName, PhxError } from '../../core/error.ts';
import { differences } from '../../core/fingerprint.ts';
import {
  FileJournal,
  type Journal,
  type JournalEntry,
  parseJournal,
  silentJournal,
} from '../../core/journal.ts';
import { askProbes } from '../../core/judge.ts';
import { didYouMean } from '../../core/suggest.ts';
import type { Task } from '../../core/task.ts';
import { takeBack, type Undoing, undoingsOf } from '../../core/undo.ts';
import type { Facts } from '../../proxmox/facts.ts';
import { backupOf } from '../../proxmox/workspace.ts';
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
    refuseTwice(folder, run, options);
    const undoings = undoingsOf(entries.filter(isNoCopy));
    if (options.dryRun) return await preview(io, opened, run, undoings, options);
    await confirm(io, opened, run, undoings, options);
    return await takeAllBack(io, opened, run, undoings, options);
  } finally {
    opened.stamps.close();
    await opened.host.close();
  }
}

/** Without a name: the runs that changed something that can be taken back, newest first. */
function listRuns(io: Io, folder: string): ExitName {
  const lines = namesOf(folder)
    .reverse()
    .flatMap((run) => {
      const entries = readRun(folder, run);
      const tasks = undoingsOf(entries.filter(isNoCopy));
      const steps = tasks.reduce((sum, { steps }) => sum + steps.length, 0);
      if (steps === 0) return [];
      const words = wordsOf(entries);
      const typed = words[0] === 'undo' ? words : ['run', ...words];
      const taken = undoneBy(folder, run) === undefined ? '' : '  (taken back)';
      return `${run}  phx ${typed.join(' ')}  ${count(steps, 'change')} of ${count(tasks.length, 'task')}${taken}\n`;
    });
  if (lines.length === 0) io.out.write('no run has changed anything that could be taken back\n');
  else
    io.out.write(`${lines.slice(0, 20).join('')}\nphx undo <run> --dry-run shows what it would put back\n`);
  return 'ok';
}

/** The copies of what a person had stay: they may be all that is left of it. */
function isNoCopy(entry: JournalEntry): boolean {
  return entry.entry !== 'wrote' || !entry.path.startsWith(backupOf('/'));
}

function wordsOf(entries: readonly JournalEntry[]): readonly string[] {
  return entries.find((entry) => entry.entry === 'begin')?.words ?? [];
}

/** The run that took this one back, unless that was taken back itself. */
function undoneBy(folder: string, run: string): string | undefined {
  return namesOf(folder).find((name) => {
    const [verb, what] = wordsOf(readRun(folder, name));
    return verb === 'undo' && what === run && undoneBy(folder, name) === undefined;
  });
}

/** What was put back once stands already: a second time could only undo what came after. */
function refuseTwice(folder: string, run: string, { force }: UndoOptions): void {
  const by = undoneBy(folder, run);
  if (by === undefined || force) return;
  throw new PhxError('blocked', {
    title: `The run ${run} was taken back already`,
    facts: [['by', by]],
    hint: 'Nothing was changed. What it did comes again with the next run, as long as the configuration asks for it.',
    command: `phx undo ${by}`,
  });
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

/** What would be done, with all that stands in the way now. */
async function preview(
  io: Io,
  opened: Opened,
  run: string,
  undoings: readonly Undoing[],
  options: UndoOptions,
): Promise<ExitName> {
  const taken = await takeEach(io, opened, run, undoings, silentJournal({ intended: () => false }), {
    ...options,
    dryRun: true,
  });
  io.out.write(
    options.json ? `${JSON.stringify({ undo: run, tasks: taken }, null, 2)}\n` : planText(run, taken),
  );
  return 'ok';
}

async function confirm(
  io: Io,
  opened: Opened,
  run: string,
  undoings: readonly Undoing[],
  options: UndoOptions,
): Promise<void> {
  const { host } = opened;
  if (host.kind === 'twin' || options.yes) return;
  await preview(io, opened, run, undoings, { ...options, json: false });
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
  options: UndoOptions,
): Promise<ExitName> {
  const name = runName(io.clock(), crypto.randomUUID());
  const lock = lockProject(io, opened.cacheDir, name);
  const journal = new FileJournal(join(opened.cacheDir, 'journal'), name);
  let taken: readonly TakenTask[];
  try {
    const host = await opened.host.identity();
    journal.write({ at: io.clock(), entry: 'begin', run: name, words: ['undo', run], host });
    taken = await takeEach(io, opened, run, undoings, journal, options);
    // What stands now is no longer what was recorded: the next run looks and says so.
    opened.stamps.forget(taken.filter(({ done }) => done.length > 0).map(({ task }) => task));
    journal.write({ at: io.clock(), entry: 'ended', exit: 'ok' });
  } finally {
    lock.release();
  }
  const left = taken.flatMap((one) => one.left);
  if (options.json) io.out.write(`${JSON.stringify({ undone: run, run: name, tasks: taken }, null, 2)}\n`);
  else io.out.write(endText(taken.flatMap(({ done }) => done).length, left.length, name));
  return left.length > 0 ? 'blocked' : 'ok';
}

async function takeEach(
  io: Io,
  opened: Opened,
  run: string,
  undoings: readonly Undoing[],
  journal: Journal,
  { force = false, dryRun = false, json = false }: UndoOptions,
): Promise<TakenTask[]> {
  const taken: TakenTask[] = [];
  for (const undoing of undoings) {
    const task = taskOf(opened, undoing.task);
    const context = createContext(task, scopeFor(io, opened, journal));
    const { putBack } = task;
    const settings = {
      ...{ force, dry: dryRun, moved: hasMoved(opened, task, run) },
      ...(putBack ? { putBack: (files: ReadonlyMap<string, string | null>) => putBack(context, files) } : {}),
    };
    const told = {
      task: undoing.task,
      ...(await takeBack(context, undoing, settings)),
      stays: undoing.stays,
    };
    taken.push(told);
    if (!json && !dryRun) io.out.write(takenText(told));
  }
  return taken;
}

/** A later run, or somebody by hand, changed what the task had left. */
function hasMoved({ stamps, facts }: Opened, task: Task<Facts>, run: string): boolean {
  const stamp = stamps.get(task.id);
  if (stamp?.state !== 'done') return false;
  if (stamp.run !== run) return true;
  return differences(stamp.outputs, askProbes(task.outputs, facts.current(), stamp.outputs)).length > 0;
}

/** The task as the graph has it now; one that left the configuration has only its name. */
function taskOf({ graph }: Opened, id: string): Task<Facts> {
  const at = graph.index.get(id);
  if (at !== undefined) return graph.at(at);
  const bare = { title: id, revision: '', config: {}, dependencies: [], touches: [] };
  return { ...bare, id, target: id.replace(/\/.*$/, ''), run: async () => undefined };
}
