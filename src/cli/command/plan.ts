/** `phx plan`: what a run would do, found out by running it on a copy of the host. Writes nothing. */

import type { ExitName } from '../../core/error.ts';
import { commandWords } from '../../report/command.ts';
import { reasonWords } from '../../report/reason.ts';
import { count } from '../../report/words.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { selectOf } from '../left-out.ts';
import { openNode } from '../open.ts';
import { type PlanDocument, planDocument } from '../plan-document.ts';
import { conflictLines } from '../preflight.ts';
import { requireWholeGuests } from '../recreate-words.ts';
import { planTerms, savePlan } from '../saved-plan.ts';
import { requireTargets } from '../select.ts';
import type { TermOptions } from '../terms.ts';

export interface PlanOptions extends GlobalOptions, TermOptions {
  readonly except?: readonly string[];
  readonly force?: boolean;
  readonly json?: boolean;
  /** Exit 6 when anything would be done, 8 when something is blocked, or stands in the way. */
  readonly check?: boolean;
  /** Where the plan is kept, for `phx run <file>`. */
  readonly out?: string;
}

export async function plan(io: Io, targets: readonly string[], options: PlanOptions): Promise<ExitName> {
  requireTargets(targets);
  if (options.recreate) requireWholeGuests(targets);
  const opened = await openNode(io, options, targets);
  const selection = selectOf(opened, { ...options, targets });
  const document = await planDocument(io, opened, selection);
  const identity = await opened.knownAs();
  await opened.history.close();
  await opened.host.close();
  if (options.out !== undefined)
    savePlan(io, options.out, { ...document, identity, targets, terms: planTerms(options) });
  io.out.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : planText(document));
  if (!options.check) return 'ok';
  const stops = document.preflight.some(({ severity }) => severity === 'blocks');
  if (stops || document.tasks.some((task) => task.verdict === 'blocked')) return 'blocked';
  return document.tasks.some((task) => task.verdict === 'stale') ? 'changes' : 'ok';
}

/** The plan for reading: fresh tasks only counted, everything else with its reasons, commands and file changes. */
export function planText(document: PlanDocument): string {
  const { tasks, orphans, conflicts, preflight } = document;
  const warnings = conflicts.length - preflight.length;
  const fresh = tasks.filter((task) => task.verdict === 'fresh').length;
  const lines = [
    `phx · plan for ${document.host} · ${count(tasks.length, 'task')}`,
    ...conflictLines(preflight),
  ];
  const held = heldUp(tasks);
  for (const task of tasks) {
    if (task.verdict === 'fresh' || (task.heldUpBy !== undefined && held.of.has(task.task))) continue;
    const may = task.certainty === 'may' ? ' (may run)' : '';
    lines.push('', `${mark[task.verdict]} ${task.task}  ${task.verdict}${may}`);
    if (task.message) lines.push(`    ${task.message.replaceAll('\n', '\n    ')}`);
    for (const reason of task.because) lines.push(`    ${reasonWords(reason)}`);
    for (const { argv } of task.commands) lines.push(`    $ ${commandWords(argv)}`);
    for (const { path, diff, hidden } of task.files)
      lines.push(
        `    file ${path}${hidden ? '  (it holds a secret, and is not shown)' : ''}`,
        ...diff.map((line) => `      ${line}`),
      );
    for (const refusal of task.refusals)
      lines.push(`    would fail: ${refusal.split('\n').join('\n      ')}`);
    const because = held.by.get(task.task);
    if (because) lines.push(`    not run because of it: ${because}`);
  }
  if (warnings > 0) lines.push('', `${warnings} warnings about the configuration: phx validate`);
  for (const orphan of orphans)
    lines.push('', `? ${orphan} is on the node, but no longer in the configuration; it stays`);
  const stale = tasks.filter((task) => task.verdict === 'stale').length;
  const other = tasks.length - fresh - stale;
  const counts = [`${stale} to run`, `${fresh} fresh`, ...(other > 0 ? [`${other} other`] : [])];
  return `${[...lines, '', counts.join(' · ')].join('\n')}\n`;
}

/** What would not run because of another task of the plan: by the one that it comes from in the end, and which those are. */
function heldUp(tasks: PlanDocument['tasks']) {
  const byId = new Map(tasks.map((task) => [task.task, task]));
  const of = new Set<string>();
  const counts = new Map<string, Map<string, number>>();
  for (const task of tasks) {
    let cause = byId.get(task.heldUpBy ?? '');
    while (cause?.heldUpBy !== undefined) cause = byId.get(cause.heldUpBy);
    if (!cause) continue;
    of.add(task.task);
    const own = counts.get(cause.task) ?? new Map<string, number>();
    const target = task.task.replace(/\/.*$/, '');
    counts.set(cause.task, own.set(target, (own.get(target) ?? 0) + 1));
  }
  const words = (own: ReadonlyMap<string, number>) =>
    [...own].map(([target, number]) => `${target} (${number})`).join(', ');
  return { of, by: new Map([...counts].map(([cause, own]) => [cause, words(own)])) };
}

const mark = { stale: '+', outdated: '~', blocked: '!', kept: '-', fresh: '=' } as const;
