/**
 * Taking a run back: what its journal says that it replaced is put back, newest first; what cannot be is said. Pure
 * planning, and its execution through a context. Knows no Proxmox.
 */

import { digest } from './digest.ts';
import { CommandError, printArgv, problemOf } from './error.ts';
import type { JournalEntry, Wrote } from './journal.ts';
import type { TaskContext } from './task.ts';

/** A file as it was before a task of the run changed it. */
export interface Former {
  readonly path: string;
  readonly mode?: number;
  /** Null: there was none. */
  readonly before: string | null;
  /** Digest of what the run left there; undefined: it removed the file. */
  readonly after?: string;
}

export type UndoStep =
  | { readonly file: Former }
  /** A command that takes another one (`of`) back. */
  | { readonly run: readonly string[]; readonly of: readonly string[] };

/** What one task of a run did, as far as it can be taken back. */
export interface Undoing {
  readonly task: string;
  /** Newest first. */
  readonly steps: readonly UndoStep[];
  /** Reloads, sent once more in their own order when files were put back. */
  readonly again: readonly (readonly string[])[];
  /** What stays as it is, in words. */
  readonly stays: readonly string[];
}

/** What the entries of a run's journal allow to be taken back, a task each, the one that ended last first. */
export function undoingsOf(entries: readonly JournalEntry[]): Undoing[] {
  const byTask = new Map<string, JournalEntry[]>();
  for (const entry of entries) {
    if (!('task' in entry) || entry.entry === 'task') continue;
    const own = byTask.get(entry.task) ?? [];
    // Set anew: tasks that did something last stand last.
    byTask.delete(entry.task);
    byTask.set(entry.task, [...own, entry]);
  }
  return [...byTask].reverse().map(([task, own]) => undoingOf(task, own));
}

function undoingOf(task: string, entries: readonly JournalEntry[]): Undoing {
  const steps: UndoStep[] = [];
  const again = new Map<string, readonly string[]>();
  const stays: string[] = [];
  const places = new Map<string, number>();
  entries.forEach((entry, at) => {
    if (entry.entry === 'wrote') {
      if (entry.before === undefined) stays.push(`${entry.path}: its text is a secret, and was not kept`);
      else noteFile(steps, places, entry);
    } else if (entry.entry === 'intent' && !failed(entries, at)) {
      if (entry.undo === 'again') again.set(entry.argv.join(' '), entry.argv);
      else if (Array.isArray(entry.undo)) steps.push({ run: entry.undo, of: entry.argv });
      else if (entry.undo !== 'nothing') stays.push(`$ ${printArgv(entry.argv)}`);
    }
  });
  return { task, steps: steps.reverse(), again: [...again.values()], stays };
}

/** A file that was written twice is put back once: to what it said first. */
function noteFile(steps: UndoStep[], places: Map<string, number>, entry: Wrote): void {
  const { path, mode, after } = entry;
  const place = places.get(path);
  const known = place === undefined ? undefined : steps[place];
  const before = known && 'file' in known ? known.file.before : (entry.before ?? null);
  const file = { path, before, ...(mode === undefined ? {} : { mode }), ...(after ? { after } : {}) };
  if (place === undefined) places.set(path, steps.push({ file }) - 1);
  else steps[place] = { file };
}

/** Whether this command is known to have failed, so that there is nothing of it to take back. */
function failed(entries: readonly JournalEntry[], at: number): boolean {
  const intent = entries[at];
  if (intent?.entry !== 'intent') return false;
  const outcome = entries
    .slice(at + 1)
    .find((entry) => entry.entry === 'outcome' && entry.argv.join(' ') === intent.argv.join(' '));
  return outcome?.entry === 'outcome' && outcome.exit !== 0;
}

export interface TakenBack {
  readonly done: readonly string[];
  /** What was left as it is, and why. */
  readonly left: readonly string[];
}

export interface TakeBackSettings {
  /** Also what somebody changed since. */
  readonly force: boolean;
  /** Only says what it would do. */
  readonly dry?: boolean;
  /** What the task left does not stand any more as it did after the run: its commands are not taken back, then. */
  readonly moved?: boolean;
  /** The task's own way to put files back, when it has one. */
  readonly putBack?: (files: ReadonlyMap<string, string | null>) => Promise<void>;
}

/** Takes back what one task did; goes on after a step that fails. */
export async function takeBack<Facts>(
  context: TaskContext<Facts>,
  undoing: Undoing,
  { force, putBack, dry = false, moved = false }: TakeBackSettings,
): Promise<TakenBack> {
  const done: string[] = [];
  const left: string[] = [];
  const attempt = (what: string, act: () => Promise<unknown>) =>
    dry ? Promise.resolve(done.push(what) > 0) : attempted(what, act, done, left);
  const files = new Map<string, string | null>();
  for (const step of undoing.steps) {
    if ('run' in step) {
      const line = printArgv(step.run);
      if (moved && !force) left.push(`${line}: what it would take back was changed since`);
      else await attempt(line, () => context.run(step.run, { undo: step.of }));
    } else {
      const { path, before } = step.file;
      const state = await stateOf(context, step.file);
      if (state === 'changed' && !force) left.push(`${path}: it was changed since`);
      else if (state === 'back') continue;
      else if (putBack) files.set(path, before);
      else if (await attempt(words(step.file), () => restore(context, step.file))) files.set(path, before);
    }
  }
  if (files.size === 0) return { done, left };
  if (putBack) {
    const what = [...files].map(([path, before]) => words({ path, before })).join(', ');
    await attempt(what, () => putBack(files));
  } else
    for (const argv of undoing.again)
      await attempt(printArgv(argv), () => context.run(argv, { undo: 'again' }));
  return { done, left };
}

async function stateOf<Facts>(
  context: TaskContext<Facts>,
  { path, before, after }: Former,
): Promise<'back' | 'as-left' | 'changed'> {
  const present = await context.readFile(path);
  if ((present ?? null) === before) return 'back';
  return (present === undefined ? undefined : digest(present)) === after ? 'as-left' : 'changed';
}

async function restore<Facts>(context: TaskContext<Facts>, { path, before, mode }: Former): Promise<void> {
  if (before === null) await context.removeFile(path);
  else await context.writeFile(path, before, mode === undefined ? {} : { mode });
}

function words({ path, before }: Pick<Former, 'path' | 'before'>): string {
  return before === null ? `remove ${path}` : `put back ${path}`;
}

async function attempted(
  what: string,
  act: () => Promise<unknown>,
  done: string[],
  left: string[],
): Promise<boolean> {
  try {
    await act();
    done.push(what);
    return true;
  } catch (error) {
    const said = error instanceof CommandError ? error.outcome.stderr.trim().split('\n').at(-1) : undefined;
    left.push(`${what}: ${said || problemOf(error).title}`);
    return false;
  }
}
