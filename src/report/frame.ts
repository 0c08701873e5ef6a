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

/** What is expected at one moment, where it is known. */
export interface Expected {
  readonly usual: (task: string) => number | undefined;
  /** Milliseconds until the end. */
  readonly left: number | undefined;
}

const nothingKnown: Expected = { usual: () => undefined, left: undefined };

/** The lines of the moment `now`; `spinner` is the mark of what is running. */
export function frameLines(
  tally: Tally,
  size: FrameSize,
  now: number,
  spinner: string,
  style: Paint,
  expected: Expected = nothingKnown,
): string[] {
  const width = Math.max(20, size.columns - 1);
  const bad = [...tally.in('failed'), ...tally.in('blocked')];
  const active = activeIn(tally);
  const room = Math.max(1, size.rows - 2 - Math.min(bad.length, mostFailures + 1));
  const times = active.slice(0, room).map(({ row }) => {
    const usual = expected.usual(row.task);
    return `${duration(now - row.since)}${usual === undefined ? '' : ` of ${duration(usual)}`}`;
  });
  const line = lineOf(tally, width, Math.max(width < 70 ? 6 : 7, ...times.map((time) => time.length)));
  const lines = active.slice(0, room).map(({ row, others }, at) => {
    const more = others > 0 ? `+${others} more; ` : '';
    return line(spinner, row, times[at] ?? '', more + (row.said || reasonsWords(row.because)), style.dim);
  });
  if (active.length > room) lines.push(oneLine(`    and ${active.length - room} more guests at work`, width));
  for (const row of bad.slice(0, mostFailures)) {
    const mark = row.state === 'failed' ? style.bad(marks.failed) : style.warn(marks.blocked);
    lines.push(line(mark, row, row.state, row.problem?.title ?? '', style.bold));
  }
  if (bad.length > mostFailures) lines.push(`    and ${bad.length - mostFailures} more`);
  lines.push(`  ${oneLine(progress(tally, expected.left), width - 2)}`);
  return lines;
}

/** Guests at work, each with the task that has been longest at it; who began first stands first, so that lines keep their places. */
function activeIn(tally: Tally) {
  return tally
    .targets()
    .flatMap((target) => {
      const running = tally.of(target).filter(({ state }) => state === 'running');
      const [oldest] = running.sort((a, b) => a.since - b.since);
      return oldest ? [{ row: oldest, others: running.length - 1 }] : [];
    })
    .sort((a, b) => a.row.since - b.row.since);
}

/** Columns as wide as the whole run needs them, so that nothing moves; on a narrow screen what is said gets its half. */
function lineOf(tally: Tally, width: number, times: number) {
  const most = Math.max(8, Math.floor(width / 4));
  const column = Math.min(most, Math.max(8, ...tally.targets().map((target) => target.length)));
  const steps = Math.min(26, most, Math.max(9, tally.longestStep));
  return (mark: string, row: Row, time: string, text: string, tint: (text: string) => string) => {
    const name = `${oneLine(row.target, column).padEnd(column)}  ${oneLine(row.step, steps).padEnd(steps)}`;
    const head = oneLine(`${name} ${time.padStart(times)}  `, width - 4);
    return `  ${mark} ${head}${tint(oneLine(text, width - 4 - head.length))}`.trimEnd();
  };
}

/** `[████████░░░░░░░░] 20 of 41 · about 2m 10s left · 3 done · 17 fresh`. */
function progress(tally: Tally, left: number | undefined): string {
  const number = (state: TaskState) => tally.in(state).length;
  const all = tally.targets().reduce((sum, target) => sum + tally.of(target).length, 0);
  const settled = all - number('waiting') - number('running');
  const filled = all === 0 ? 0 : Math.floor((16 * settled) / all);
  const states = ['done', 'failed', 'blocked', 'cancelled', 'outdated', 'kept', 'fresh'] as const;
  const counts = states
    .filter((state) => number(state) > 0)
    .map((state) => `${number(state)} ${words[state] ?? state}`);
  const time = left === undefined || settled === all ? [] : [`about ${duration(left)} left`];
  return [`[${'█'.repeat(filled)}${'░'.repeat(16 - filled)}] ${settled} of ${all}`, ...time, ...counts].join(
    ' · ',
  );
}

const words: Partial<Record<TaskState, string>> = { cancelled: 'not run', kept: 'not needed' };

/** Above so many guests, those on which the same was done share a line. */
const mostLines = 12;

/** What stays on the screen of each guest on which something was done: its steps, on one line. */
export function workLines(tally: Tally, columns: number, style: Paint): string[] {
  const worked = tally.targets().flatMap((target) => {
    const done = tally.of(target).filter(({ state }) => state === 'done');
    return done.length === 0 ? [] : [{ target, steps: done.map(({ step }) => step).join(', ') }];
  });
  const groups = new Map<string, string[]>();
  for (const { target, steps } of worked) {
    // A guest of its own, or all that had the same done.
    const key = worked.length > mostLines ? steps : `${target} ${steps}`;
    groups.set(key, [...(groups.get(key) ?? []), target]);
  }
  const lines = [...groups.values()].map((targets) => {
    const steps = worked.find(({ target }) => target === targets[0])?.steps ?? '';
    return { name: `${targets[0]}${targets.length > 1 ? ` and ${targets.length - 1} more` : ''}`, steps };
  });
  const column = Math.max(8, ...lines.map(({ name }) => name.length));
  return lines.map(
    ({ name, steps }) =>
      `  ${style.good(marks.done)} ${name.padEnd(column)}  ${oneLine(steps, Math.max(10, columns - column - 7))}`,
  );
}
