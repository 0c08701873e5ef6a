/** What a report finds in journals: the chain, what is usual, what was waited for; and the same as Chrome's trace events. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Course } from '../../src/core/event.ts';
import { pastRun } from '../../src/core/history.ts';
import type { JournalEntry } from '../../src/core/journal.ts';
import { slowerThanUsual, waitsOf } from '../../src/page/findings.ts';
import { lanesOf } from '../../src/page/lanes.ts';
import { reportOf } from '../../src/page/report.ts';
import { traceText } from '../../src/page/trace.ts';

/** A task that sent one command and ended at `at`, after `ms`. */
function task(id: string, at: number, ms: number, course?: Partial<Course>): JournalEntry[] {
  const argv = ['pct', 'start', id];
  return [
    { at: at - ms, entry: 'intent', task: id, argv },
    { at, entry: 'outcome', task: id, argv, exit: 0, ms },
    {
      at,
      entry: 'task',
      task: id,
      state: 'done',
      ms,
      ...(course ? { course: { waited: 0, tries: 1, ...course } } : {}),
    },
  ];
}

function journal(
  began: number,
  entries: readonly JournalEntry[],
  exit: 'ok' | undefined = 'ok',
): JournalEntry[] {
  const last = Math.max(began, ...entries.map(({ at }) => at));
  return [
    { at: began, entry: 'begin', run: 'r', words: ['run', 'all'], host: 'h' },
    ...[...entries].sort((a, b) => a.at - b.at),
    ...(exit ? [{ at: last, entry: 'ended', exit } as const] : []),
  ];
}

function reported(entries: readonly JournalEntry[], earlier: readonly (readonly JournalEntry[])[] = []) {
  return reportOf({
    ...{ name: 'fleet', typed: 'phx run all', ending: 'ok', run: pastRun('r', entries), said: () => [] },
    earlier: earlier.map((one, at) => pastRun(`r${at}`, one)),
  });
}

test('a task begins so long before its end as it took, counted from the beginning of the run', () => {
  const page = reported(journal(1000, task('ctid:1/define', 5000, 3000)));
  assert.deepEqual(
    page.tasks.map(({ id, target, step, start, ms }) => ({ id, target, step, start, ms })),
    [{ id: 'ctid:1/define', target: 'ctid:1', step: 'define', start: 1000, ms: 3000 }],
  );
  assert.equal(page.ms, 4000);
});

test('the chain goes from whose end let the last one go on, back to the first', () => {
  const page = reported(
    journal(0, [
      ...task('ctid:1/define', 100, 100, {}),
      ...task('ctid:2/define', 150, 150, {}),
      ...task('ctid:1/start', 300, 200, { after: 'ctid:1/define' }),
      ...task('ctid:3/define', 900, 500, { after: 'ctid:1/start', waited: 100, on: 'clone:1' }),
    ]),
  );
  assert.deepEqual(
    page.chain.map((at) => page.tasks[at]?.id),
    ['ctid:1/define', 'ctid:1/start', 'ctid:3/define'],
  );
  assert.deepEqual(waitsOf(page), [['clone:1', 100]]);
});

test('journals of earlier versions have a timeline, and no chain', () => {
  assert.deepEqual(reported(journal(0, task('ctid:1/define', 100, 100))).chain, []);
});

test('slower than usual: by half, and by a second; usual is the middle one of the last ten that did something', () => {
  const before = (ms: number) => journal(0, task('ctid:1/define', ms, ms));
  const idle: JournalEntry[] = journal(0, [
    { at: 1, entry: 'task', task: 'ctid:1/define', state: 'done', ms: 1 },
  ]);
  const earlier = [before(90_000), idle, ...Array.from({ length: 10 }, (_, at) => before(2000 + at))];
  const page = reported(journal(0, task('ctid:1/define', 4000, 4000)), earlier);
  assert.equal(page.tasks[0]?.usual, 2005);
  assert.deepEqual(
    slowerThanUsual(page).map(({ id }) => id),
    ['ctid:1/define'],
  );
  assert.deepEqual(slowerThanUsual(reported(journal(0, task('ctid:1/define', 2900, 2900)), earlier)), []);
});

test('of a task that never came to its end its commands tell when it was at work', () => {
  const entries: JournalEntry[] = [
    ...task('ctid:1/define', 100, 100),
    { at: 200, entry: 'intent', task: 'ctid:1/start', argv: ['pct', 'start', '1'] },
    { at: 700, entry: 'wrote', task: 'ctid:1/start', path: '/x' },
  ];
  const page = reported(journal(0, entries, undefined));
  const { state, start, ms, commands } = page.tasks[1] ?? {};
  assert.deepEqual({ state, start, ms }, { state: 'unfinished', start: 200, ms: 500 });
  assert.deepEqual(commands, [{ words: 'pct start 1', start: 200 }]);
});

test('what overlaps lies in lanes below each other, what does not shares one', () => {
  const spans = [
    { start: 0, ms: 10 },
    { start: 5, ms: 10 },
    { start: 10, ms: 1 },
    { start: 12, ms: 1 },
  ];
  assert.deepEqual(lanesOf(spans), [0, 1, 0, 0]);
});

test('a trace has a process for each target and a span for each task and command, in microseconds', () => {
  const page = reported(
    journal(1000, [...task('ctid:1/define', 5000, 3000, {}), ...task('ctid:2/define', 6000, 1000, {})]),
  );
  const { traceEvents } = JSON.parse(traceText(page)) as { traceEvents: Record<string, unknown>[] };
  const spans = traceEvents.filter(({ ph }) => ph === 'X');
  assert.deepEqual(
    spans.map(({ name, cat, ts, dur, pid }) => ({ name, cat, ts, dur, pid })),
    [
      { name: 'define', cat: 'task', ts: 1_000_000, dur: 3_000_000, pid: 1 },
      { name: 'pct start ctid:1/define', cat: 'command', ts: 1_000_000, dur: 3_000_000, pid: 1 },
      { name: 'define', cat: 'task', ts: 4_000_000, dur: 1_000_000, pid: 2 },
      { name: 'pct start ctid:2/define', cat: 'command', ts: 4_000_000, dur: 1_000_000, pid: 2 },
    ],
  );
});
