/** A plan as a file: what was looked at, and what a run may then do. It compares plans, and runs nothing. */

import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PhxError, whyOf } from '../core/error.ts';
import { commandWords } from '../report/command.ts';
import type { Io } from './io.ts';
import type { PlanDocument, PlannedTask } from './plan-document.ts';
import type { TermOptions } from './terms.ts';

const version = 'plan 1';

/** What of a command line decides which tasks there are, and what they may do. */
export interface PlanTerms extends Omit<TermOptions, 'reboot' | 'operator' | 'update'> {
  readonly env?: string;
  readonly set?: readonly string[];
  readonly except?: readonly string[];
  readonly force?: boolean;
}

export interface SavedPlan extends PlanDocument {
  readonly phx: typeof version;
  /** When it was made, ISO 8601. */
  readonly at: string;
  /** Of the host that it was made for. */
  readonly identity: string;
  readonly targets: readonly string[];
  readonly terms: PlanTerms;
}

/** Those of these options that a plan depends on. */
export function planTerms(options: PlanTerms): PlanTerms {
  const { env, set, except, force, wipeDisk, restart, retry, recreate, wayBack } = options;
  const all = { env, set, except, force, wipeDisk, restart, retry, recreate, wayBack };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export function savePlan(io: Io, path: string, plan: Omit<SavedPlan, 'phx' | 'at'>): void {
  const saved: SavedPlan = { phx: version, at: new Date(io.clock()).toISOString(), ...plan };
  try {
    writeFileSync(resolve(io.cwd, path), `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new PhxError('usage', {
      title: `The plan cannot be written to ${path}`,
      facts: [['why', whyOf(error)]],
    });
  }
}

/** Whether the words of `phx run` name a plan, and no targets. */
export function namesPlan(words: readonly string[]): boolean {
  return words.length === 1 && /\.json$/.test(words[0] ?? '');
}

export function readPlan(io: Io, path: string): SavedPlan {
  try {
    const saved = JSON.parse(readFileSync(resolve(io.cwd, path), 'utf8')) as Partial<SavedPlan> | null;
    const whole = saved?.phx === version && Array.isArray(saved.tasks) && Array.isArray(saved.targets);
    if (!whole) throw new Error('it is another kind of document');
    return saved as SavedPlan;
  } catch (error) {
    throw new PhxError('usage', {
      title: `${path} holds no plan`,
      facts: [['why', whyOf(error)]],
      hint: 'A plan is made with -o; targets have no dot.',
      command: `phx plan all -o ${path}`,
    });
  }
}

/** Refuses where a plan that was made just now is another one than that which was saved. */
export function requireSame(saved: SavedPlan, now: PlanDocument, identity: string, path: string): void {
  const differences = saved.identity === identity ? differencesOf(saved, now) : [];
  if (saved.identity === identity && differences.length === 0) return;
  const named = saved.host === now.host ? [saved.identity, identity] : [saved.host, now.host];
  const elsewhere = [['made for', named[0] ?? ''] as const, ['this is', named[1] ?? ''] as const];
  const shown = differences.slice(0, 8).map(({ task, what }) => [task, what] as const);
  const more = differences.length - shown.length;
  throw new PhxError('blocked', {
    title:
      saved.identity === identity
        ? `What ${path} says is no longer what would be done`
        : `${path} was made for another host`,
    facts: [
      ...(saved.identity === identity ? shown : elsewhere),
      ...(more > 0 ? [['and', `${more} more`] as const] : []),
    ],
    hint: 'Nothing was done. Look at what would be done now.',
    command: `phx plan ${saved.targets.join(' ')} -o ${path}`,
  });
}

interface Difference {
  readonly task: string;
  readonly what: string;
}

/** Task by task, in the order of the newer plan. */
function differencesOf(saved: PlanDocument, now: PlanDocument): Difference[] {
  const before = new Map(saved.tasks.map((task) => [task.task, task]));
  const after = new Map(now.tasks.map((task) => [task.task, task]));
  return [...new Set([...after.keys(), ...before.keys()])].flatMap((task) => {
    const what = difference(before.get(task), after.get(task));
    return what === undefined ? [] : [{ task, what }];
  });
}

function difference(before: PlannedTask | undefined, after: PlannedTask | undefined): string | undefined {
  if (!before || !after) return before ? 'is there no more' : 'is new';
  if (before.verdict !== after.verdict) return `was ${before.verdict}, is ${after.verdict}`;
  const [wanted, found] = [commandsOf(before), commandsOf(after)];
  const other = Math.max(wanted.length, found.length);
  for (let at = 0; at < other; at++)
    if (wanted[at] !== found[at])
      return `planned: ${wanted[at] ?? 'nothing'}; now: ${found[at] ?? 'nothing'}`;
  const [files, newer] = [before, after].map(({ files: changes }) => lasting(JSON.stringify(changes)));
  if (files !== newer)
    return `other changes of ${after.files.map(({ path }) => path).join(', ') || 'no file'}`;
  return before.refusals.join() === after.refusals.join() ? undefined : 'other refusals';
}

function commandsOf({ commands }: PlannedTask): string[] {
  return commands.map(({ argv }) => lasting(commandWords(argv)));
}

/** Without the digests that a conf has only once it is written: they tell of the moment. */
function lasting(text: string): string {
  return text.replace(/(--digest) [0-9a-f]{40}/g, '$1 …');
}
