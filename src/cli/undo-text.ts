/** What `phx undo` says: what it would put back, what it did, and what stays. It touches nothing. */

import type { TakenBack } from '../core/undo.ts';

/** One task of a run that was taken back. */
export interface TakenTask extends TakenBack {
  readonly task: string;
  readonly stays: readonly string[];
}

/** What taking a run back would do. */
export function planText(run: string, tasks: readonly TakenTask[]): string {
  const lines = [`phx · undo of ${run}`];
  for (const { task, done, left, stays } of tasks) {
    if (done.length + left.length + stays.length === 0) continue;
    lines.push('', task);
    for (const what of done) lines.push(`    would: ${what}`);
    for (const what of left) lines.push(`    would leave ${what}`);
    for (const what of stays) lines.push(`    stays: ${what}`);
  }
  return `${lines.join('\n')}\n`;
}

/** What became of one task, line by line; empty when there was nothing. */
export function takenText({ task, done, left, stays }: TakenTask): string {
  const lines = [
    ...done.map((what) => `    ✓ ${what}`),
    ...left.map((what) => `    ✗ ${what}`),
    ...stays.map((what) => `    stays: ${what}`),
  ];
  return lines.length === 0 ? '' : `\n${[task, ...lines].join('\n')}\n`;
}

export function endText(done: number, left: number, name: string): string {
  const rest = left > 0 ? ` · ${left} left as they are (--force takes back what was changed since, too)` : '';
  if (done === 0) return `\nnothing put back${rest}\n`;
  return [
    '',
    `${done} put back${rest}`,
    'The configuration still asks for what was taken back: edit it before the next run.',
    `phx undo ${name} would take this back again`,
    '',
  ].join('\n');
}
