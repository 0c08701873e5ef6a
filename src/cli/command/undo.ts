/** `phx undo`: puts back what a run replaced on the host, newest first, and says what it cannot. */

import { createContext } from '../../core/context.ts';
import { type ExitName, PhxError } from '../../core/error.ts';
import { differences } from '../../core/fingerprint.ts';
import { type Journal, silentJournal } from '../../core/journal.ts';
import { askProbes } from '../../core/judge.ts';
import { siteOf } from '../../core/site.ts';
import type { Task } from '../../core/task.ts';
import { takeBack, type Undoing, undoingsOf } from '../../core/undo.ts';
import type { Facts } from '../../proxmox/facts.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { closeNode, type LockOptions, openAlone } from '../locked.ts';
import { type Opened, openNode } from '../open.ts';
import { readAll, readRun } from '../runs.ts';
import { scopeFor } from '../scope.ts';
import { changedAfter, isNoCopy, refuseOtherHost, refuseTwice, runsText } from '../undo-runs.ts';
import { endText, planText, type TakenTask, takenText } from '../undo-text.ts';

export interface UndoOptions extends GlobalOptions, LockOptions {
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** A run that is to be taken back, with all that this needs. */
interface Wish {
  readonly io: Io;
  readonly opened: Opened;
  readonly run: string;
  /** Tasks that later runs changed something with, whoever ran them. */
  readonly later: ReadonlySet<string>;
  readonly undoings: readonly Undoing[];
  readonly options: UndoOptions;
}

export async function undo(io: Io, run: string | undefined, options: UndoOptions): Promise<ExitName> {
  const looks = run === undefined || options.dryRun === true;
  const alone = looks ? undefined : await openAlone(io, options);
  const opened = alone ?? (await openNode(io, options));
  try {
    const { history } = opened;
    if (run === undefined) {
      io.out.write(runsText(await readAll(history)));
      return 'ok';
    }
    const entries = await readRun(history, run);
    refuseOtherHost(await opened.host.identity(), entries);
    const journals = await readAll(history);
    if (!options.force) refuseTwice(journals, run);
    const later = changedAfter(journals, run);
    const wish = { io, opened, run, later, undoings: undoingsOf(entries.filter(isNoCopy)), options };
    if (!alone) return await preview(wish);
    await confirm(wish);
    return await takeAllBack(wish, alone.run);
  } finally {
    await closeNode(opened, alone?.lock);
  }
}

/** What would be done, with all that stands in the way now. */
async function preview(wish: Wish): Promise<ExitName> {
  const { io, run, options } = wish;
  const nothing = silentJournal({ intended: () => undefined });
  const taken = await takeEach({ ...wish, options: { ...options, dryRun: true } }, nothing);
  io.out.write(
    options.json ? `${JSON.stringify({ undo: run, tasks: taken }, null, 2)}\n` : planText(run, taken),
  );
  return 'ok';
}

async function confirm(wish: Wish): Promise<void> {
  const { io, run, options } = wish;
  const { host } = wish.opened;
  if (host.kind === 'twin' || options.yes) return;
  await preview({ ...wish, options: { ...options, json: false } });
  const answer = io.interactive ? await io.ask(`Put this back on ${host.label}? [y/N] `) : '';
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new PhxError('usage', {
    title: 'Nothing was put back',
    hint: io.interactive ? 'You said no.' : 'Read the list above; then say --yes.',
    command: `phx undo ${run} --yes`,
  });
}

/** `name` is that of this run. */
async function takeAllBack(wish: Wish, name: string): Promise<ExitName> {
  const { io, opened, run, options } = wish;
  const host = await opened.host.identity();
  const words = ['undo', run];
  const journal = await opened.history.begin({ at: io.clock(), run: name, words, host }, (text) =>
    io.err.write(`${text}\n`),
  );
  const taken = await takeEach(wish, journal);
  // What stands now is no longer what was recorded: the next run looks and says so.
  opened.stamps.forget(taken.filter(({ done }) => done.length > 0).map(({ task }) => task));
  await journal.write({ at: io.clock(), entry: 'ended', exit: 'ok' });
  await journal.close();
  const left = taken.flatMap((one) => one.left);
  if (options.json) io.out.write(`${JSON.stringify({ undone: run, run: name, tasks: taken }, null, 2)}\n`);
  else io.out.write(endText(taken.flatMap(({ done }) => done).length, left.length, name));
  return left.length > 0 ? 'blocked' : 'ok';
}

async function takeEach(
  { io, opened, run, later, undoings, options }: Wish,
  journal: Journal,
): Promise<TakenTask[]> {
  const { force = false, dryRun = false, json = false } = options;
  const taken: TakenTask[] = [];
  for (const undoing of undoings) {
    const task = taskOf(opened, undoing.task);
    const context = createContext(task, scopeFor(io, opened, journal));
    const { putBack } = task;
    const settings = {
      ...{ force, dry: dryRun, moved: later.has(task.id) || hasMoved(opened, task, run) },
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

/** Somebody changed by hand what the task had left; a record that is older than the run tells nothing of that. */
function hasMoved({ stamps, sites }: Opened, task: Task<Facts>, run: string): boolean {
  const stamp = stamps.get(task.id);
  if (stamp?.state !== 'done' || stamp.run < run) return false;
  const { facts } = siteOf(sites, task);
  return differences(stamp.outputs, askProbes(task.outputs, facts.current(), stamp.outputs)).length > 0;
}

/** The task as the graph has it now; one that left the configuration has only its name. */
function taskOf({ graph, cluster }: Opened, id: string): Task<Facts> {
  const at = graph.index.get(id);
  if (at !== undefined) return graph.at(at);
  const bare = { title: id, revision: '', config: {}, dependencies: [], touches: [] };
  const target = id.replace(/\/.*$/, '');
  const [kind, name = ''] = target.split(':');
  // A guest that is gone has no node: then it is refused.
  const home = (facts: Facts) =>
    kind === 'hypervisor' ? name : (facts.guests.get(Number(name))?.node ?? '');
  const isSomewhere = cluster !== undefined && target !== 'hypervisor';
  return {
    ...{ ...bare, id, target, run: async () => undefined },
    ...(isSomewhere ? { whereabouts: { among: [], now: home } } : {}),
  };
}
