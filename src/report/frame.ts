/**
 * What the live report shows at one moment, as lines that fit the screen: a row for each guest at work, a row for each
 * failure, and one line of counts. Pure; it knows no terminal and no timer.
 */

import { reasonsWords } from './reason.ts';
import type { Row, Tally, TaskState } from './tally.ts';
import { duration, marks, oneLine, type Paint } from './words.ts';

const mostFailures = 6;

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

/** The lines of the moment `now`; `spinner` is the mark of what is running. */
export function frameLines(
  tally: Tally,
  size: FrameSize,
  now: number,
  spinner: string,
  style: Paint,
): string[] {
  const width = Math.max(20, size.columns - 1);
  const bad = [...tally.in('failed'), ...tally.in('blocked')];
  const active = tally.targets().flatMap((target) => {
    const running = tally.of(target).filter(({ state }) => state === 'running');
    const [oldest] = running.sort((a, b) => a.since - b.since);
    return oldest ? [{ row: oldest, others: running.length - 1 }] : [];
  });
  const room = Math.max(1, size.rows - 2 - Math.min(bad.length, mostFailures + 1));
  const column = Math.max(8, ...tally.targets().map((target) => target.length));
  const steps = Math.min(26, Math.max(9, tally.longestStep));
  const line = (mark: string, row: Row, time: string, text: string, tint: (text: string) => string) => {
    const name = `${row.target.padEnd(column)}  ${oneLine(row.step, steps).padEnd(steps)}`;
    const head = oneLine(`${name} ${time.padStart(7)}  `, width - 4);
    return `  ${mark} ${head}${tint(oneLine(text, width - 4 - head.length))}`.trimEnd();
  };
  const lines = active.slice(0, room).map(({ row, others }) => {
    const more = others > 0 ? `+${others} more; ` : '';
    const text = more + (row.said || reasonsWords(row.because));
    return line(spinner, row, duration(now - row.since), text, style.dim);
  });
  if (active.length > room) lines.push(`    and ${active.length - room} more guests at work`);
  for (const row of bad.slice(0, mostFailures)) {
    const mark = row.state === 'failed' ? style.bad(marks.failed) : style.warn(marks.blocked);
    lines.push(line(mark, row, row.state, row.problem?.title ?? '', style.bold));
  }
  if (bad.length > mostFailures) lines.push(`    and ${bad.length - mostFailures} more`);
  lines.push(`  ${oneLine(progress(tally), width - 2)}`);
  return lines;
}

/** `[████████░░░░░░░░] 20 of 41 · 3 done · 17 fresh`. */
function progress(tally: Tally): string {
  const number = (state: TaskState) => tally.in(state).length;
  const all = tally.targets().reduce((sum, target) => sum + tally.of(target).length, 0);
  const settled = all - number('waiting') - number('running');
  const filled = all === 0 ? 0 : Math.floor((16 * settled) / all);
  const states = ['done', 'failed', 'blocked', 'cancelled', 'outdated', 'kept', 'fresh'] as const;
  const counts = states
    .filter((state) => number(state) > 0)
    .map((state) => `${number(state)} ${words[state] ?? state}`);
  return [`[${'█'.repeat(filled)}${'░'.repeat(16 - filled)}] ${settled} of ${all}`, ...counts].join(' · ');
}

const words: Partial<Record<TaskState, string>> = { cancelled: 'not run', kept: 'not needed' };

/** What stays on the screen of each guest on which something was done: its steps, on one line. */
export function workLines(tally: Tally, columns: number, style: Paint): string[] {
  const column = Math.max(8, ...tally.targets().map((target) => target.length));
  return tally.targets().flatMap((target) => {
    const done = tally.of(target).filter(({ state }) => state === 'done');
    if (done.length === 0) return [];
    const steps = done.map(({ step }) => step).join(', ');
    return [
      `  ${style.good(marks.done)} ${target.padEnd(column)}  ${oneLine(steps, Math.max(10, columns - column - 7))}`,
    ];
  });
}
