/** Reasons, problems, durations and the frames of the live report, by tables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reason, RunEvent } from '../../src/core/event.ts';
import { frameLines, workLines } from '../../src/report/frame.ts';
import { problemLines } from '../../src/report/problem.ts';
import { reasonsWords, reasonWords } from '../../src/report/reason.ts';
import { Tally } from '../../src/report/tally.ts';
import { duration, oneLine, paint } from '../../src/report/words.ts';

test('a reason in words', () => {
  const cases: [Reason, string][] = [
    [{ why: 'never-ran' }, 'never ran'],
    [{ why: 'interrupted' }, 'interrupted'],
    [{ why: 'forced' }, 'forced'],
    [{ why: 'failed' }, 'failed before'],
    [{ why: 'failed', to: 'exit 2' }, 'failed before: exit 2'],
    [{ why: 'changed', key: 'memory', from: '72000', to: '65536' }, 'memory: 72000 → 65536'],
    [{ why: 'changed', key: 'script' }, 'changed script'],
    [{ why: 'changed', key: 'tags', from: '', to: 'gpu' }, "tags: '' → gpu"],
    [{ why: 'changed' }, 'changed'],
    [{ why: 'added', key: 'mp0', to: 'x' }, 'added mp0: x'],
    [{ why: 'added', key: 'mp0' }, 'added mp0'],
    [{ why: 'removed', key: 'swap', from: '512' }, 'removed swap (was 512)'],
    [{ why: 'missing', key: 'conf', from: 'x' }, 'missing conf (was x)'],
    [{ why: 'drifted', key: 'memory', from: '65536', to: '32768' }, 'drifted memory: 65536 → 32768'],
    [{ why: 'rolled-back', key: 'feature:docker' }, 'rolled back feature:docker'],
    [{ why: 'changed', key: 'd', from: 'a\nb', to: 'x'.repeat(99) }, `d: a⏎b → ${'x'.repeat(59)}…`],
  ];
  for (const [reason, wanted] of cases) assert.equal(reasonWords(reason), wanted);
  const five = Array.from({ length: 6 }, (_, at): Reason => ({ why: 'added', key: `k${at}` }));
  assert.equal(reasonsWords(five), 'added k0, added k1, added k2, added k3, and 2 more');
  assert.equal(reasonsWords([]), '');
});

test('a problem is a title, aligned facts, a hint and a command', () => {
  assert.deepEqual(problemLines({ title: 'x', facts: [] }), ['✗ x']);
  assert.deepEqual(
    problemLines(
      {
        title: 'a\nb',
        facts: [
          ['k', 'v'],
          ['long', '1\n2\n'],
        ],
        hint: 'h\ni',
        command: 'c',
      },
      paint(false),
      's',
    ),
    ['✗ s: a', '  b', '    k     v', '    long  1', '          2', '  h', '  i', '  → type: c'],
  );
});

test('durations', () => {
  const cases: [number, string][] = [
    [0, '0.0s'],
    [49, '0.0s'],
    [412, '0.4s'],
    [59_940, '59.9s'],
    [59_960, '1m 00s'],
    [125_000, '2m 05s'],
    [3_599_400, '59m 59s'],
    [3_720_000, '1h 02m'],
  ];
  for (const [ms, wanted] of cases) assert.equal(duration(ms), wanted);
  assert.equal(oneLine('abcdef', 4), 'abc…');
});

const tasks = [
  'hypervisor/a',
  'hypervisor/b',
  ...Array.from({ length: 30 }, (_, at) => `ctid:${900 + at}/feature:docker`),
];
function tally(events: RunEvent[]): Tally {
  const made = new Tally();
  made.take(
    {
      type: 'planned',
      run: '',
      host: '',
      hostKind: 'twin',
      jobs: 4,
      tasks: tasks.map((task) => ({ task, target: task.replace(/\/.*/, ''), title: '' })),
    },
    0,
  );
  for (const event of events) made.take(event, 1000);
  return made;
}
const start = (task: string): RunEvent => ({
  type: 'started',
  task,
  because: [{ why: 'never-ran' }],
  attempt: 1,
});
const size = { columns: 80, rows: 24 };

test('a frame has one row for each guest at work', () => {
  const now = tally([
    start('hypervisor/a'),
    start('hypervisor/b'),
    start('ctid:901/feature:docker'),
    { type: 'line', task: 'ctid:901/feature:docker', stream: 'stdout', text: 'Get:1 http://x' },
    { type: 'fresh', task: 'ctid:902/feature:docker' },
    {
      type: 'failed',
      task: 'ctid:900/feature:docker',
      ms: 1,
      because: [],
      commands: [],
      error: { title: 'no\nnet', facts: [] },
    },
  ]);
  assert.deepEqual(frameLines(now, size, 3100, '*', paint(false)), [
    '  * hypervisor  a                 2.1s  +1 more; never ran',
    '  * ctid:901    feature:docker    2.1s  Get:1 http://x',
    '  ✗ ctid:900    feature:docker  failed  no⏎net',
    '  [█░░░░░░░░░░░░░░░] 2 of 32 · 1 failed · 1 fresh',
  ]);
});

test('what a task usually takes stands beside its time, and what is left beside the bar, where it is known', () => {
  const now = tally([start('ctid:900/feature:docker'), start('ctid:901/feature:docker')]);
  const usual = (task: string) => (task === 'ctid:900/feature:docker' ? 80_000 : undefined);
  assert.deepEqual(frameLines(now, size, 5000, '*', paint(false), { usual, left: 130_000 }), [
    '  * ctid:900    feature:docker 4.0s of 1m 20s  never ran',
    '  * ctid:901    feature:docker           4.0s  never ran',
    '  [░░░░░░░░░░░░░░░░] 0 of 32 · about 2m 10s left',
  ]);
});

test('a frame fits its screen at any size', () => {
  const busy = tally([
    ...tasks.slice(0, 22).map(start),
    ...tasks
      .slice(22)
      .map((task): RunEvent => ({ type: 'blocked', task, error: { title: 'x'.repeat(300), facts: [] } })),
  ]);
  for (const columns of [30, 40, 80, 200]) {
    for (const rows of [10, 24, 60]) {
      const lines = frameLines(busy, { columns, rows }, 9e6, '*', paint(false));
      assert.ok(lines.length <= rows, `${lines.length} lines on ${rows} rows`);
      for (const line of lines) assert.ok(line.length < columns, line);
    }
  }
});

test('what was done stays as one line a guest', () => {
  const done = (task: string): RunEvent => ({ type: 'done', task, ms: 1, because: [], commands: [] });
  assert.deepEqual(
    workLines(
      tally([done('hypervisor/a'), done('hypervisor/b'), done('ctid:900/feature:docker')]),
      80,
      paint(false),
    ),
    ['  ✓ hypervisor  a, b', '  ✓ ctid:900    feature:docker'],
  );
});

test('of many guests those on which the same was done share a line', () => {
  const done = (task: string): RunEvent => ({ type: 'done', task, ms: 1, because: [], commands: [] });
  const many = new Tally();
  for (let id = 100; id < 200; id++) many.take(done(`ctid:${id}/start`), 0);
  many.take(done('ctid:150/app'), 0);
  assert.deepEqual(workLines(many, 80, paint(false)), [
    '  ✓ ctid:100 and 98 more  start',
    '  ✓ ctid:150              start, app',
  ]);
});
