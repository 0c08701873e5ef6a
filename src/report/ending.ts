/** The end of every report for people: what failed and why, what stood still because of it, and one line of counts. */
import type { RunEvent } from '../core/event.ts';
import { problemLines } from './problem.ts';
import type { Row, Tally } from './tally.ts';
import { count, duration, marks, type Paint } from './words.ts';

type Planned = Extract<RunEvent, { type: 'planned' }>;
type Summary = Extract<RunEvent, { type: 'summary' }>;

/** `phx · twin (simulated node) · 41 tasks · 4 jobs`. */
export function headline({ host, tasks, jobs }: Planned): string {
  return `phx · ${host} · ${count(tasks.length, 'task')} · ${count(jobs, 'job')}`;
}

/** `1 done · 40 fresh · 0.6s`; counts of zero are left out. */
export function countsLine(summary: Summary): string {
  const order = ['done', 'failed', 'blocked', 'cancelled', 'outdated', 'kept', 'fresh'] as const;
  const words = { cancelled: 'not run', kept: 'stale but not needed' } as Partial<Record<string, string>>;
  const counts = order
    .filter((kind) => summary[kind] > 0)
    .map((kind) => `${summary[kind]} ${words[kind] ?? kind}`);
  if (counts.length === 0) counts.push('nothing to do');
  return [...counts, duration(summary.ms)].join(' · ');
}

/** The problems of a run with what did not run because of each: blocked first, failures last, next to the prompt. */
export function problemBlocks(tally: Tally, style: Paint): string[] {
  const lines: string[] = [];
  const held = new Map<string, Row[]>();
  for (const row of tally.in('cancelled')) {
    const cause = tally.rootCause(row);
    held.set(cause, [...(held.get(cause) ?? []), row]);
  }
  for (const row of [...tally.in('blocked'), ...tally.in('failed')]) {
    if (!row.problem) continue;
    lines.push('', ...problemLines(row.problem, style, row.task));
    const waiting = held.get(row.task);
    if (waiting) lines.push(`  ${style.dim(`not run because of it: ${byTarget(waiting)}`)}`);
    held.delete(row.task);
  }
  if (held.size > 0) lines.push('');
  for (const [cause, rows] of held) lines.push(`${marks.cancelled} not run, ${cause}: ${byTarget(rows)}`);
  return lines.length === 0 ? lines : [...lines, ''];
}

/** `ctid:950 (4), ctid:951 (1)`. */
function byTarget(rows: readonly Row[]): string {
  const targets = new Map<string, number>();
  for (const { target } of rows) targets.set(target, (targets.get(target) ?? 0) + 1);
  return [...targets].map(([target, tasks]) => `${target} (${tasks})`).join(', ');
}
