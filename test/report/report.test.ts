/** The reporters: events in, text out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Problem, RunEvent } from '../../src/core/event.ts';
import { createReporter, type ReporterKind } from '../../src/report/create.ts';
import type { ReporterOptions } from '../../src/report/reporter.ts';

const summary = { done: 0, fresh: 0, kept: 0, failed: 0, outdated: 0, blocked: 0, cancelled: 0, ms: 600 };
const problem: Problem = {
  title: 'pct set failed with exit code 2',
  facts: [
    ['command', 'pct set 950 --memory x'],
    ['exit', '2 after 0.4s'],
    ['said', "400 Parameter verification failed.\nmemory: type check ('integer') failed"],
  ],
  hint: 'memory is a number of MiB',
  command: 'phx why ctid:950/configure',
};

function planned(tasks: readonly string[]): RunEvent {
  return {
    type: 'planned',
    run: 'r1',
    host: 'twin (simulated node)',
    hostKind: 'twin',
    jobs: 4,
    tasks: tasks.map((task) => ({ task, target: task.replace(/\/.*/, ''), title: task })),
  };
}
const fresh = (task: string): RunEvent => ({ type: 'fresh', task });
const memory = [{ why: 'changed', key: 'memory', from: '72000', to: '65536' }] as const;
const ran = (...argv: string[]) => ({ argv, exit: 0, ms: 400 });

async function report(
  kind: ReporterKind,
  events: readonly RunEvent[],
  options: ReporterOptions = {},
  colour = false,
) {
  let text = '';
  const out = {
    write: (more: string) => {
      text += more;
    },
    columns: 80,
    isTTY: false,
    colour,
  };
  const reporter = await createReporter(kind, out, options);
  for (const [at, event] of events.entries()) reporter.event(event, at * 1000);
  reporter.close();
  reporter.close();
  return text;
}

const host = ['hypervisor/repos', 'hypervisor/zfs'];
const edit: RunEvent[] = [
  planned([...host, 'ctid:950/define', 'ctid:950/configure']),
  ...host.map(fresh),
  fresh('ctid:950/define'),
  { type: 'started', task: 'ctid:950/configure', because: memory, attempt: 1 },
  { type: 'line', task: 'ctid:950/configure', stream: 'stdout', text: 'said' },
  {
    type: 'done',
    task: 'ctid:950/configure',
    ms: 412,
    because: memory,
    commands: [ran('pct', 'set', '950', '--memory', '65536')],
  },
  { ...summary, type: 'summary', done: 1, fresh: 3 },
];
const broken: RunEvent[] = [
  planned([
    'ctid:900/define',
    'ctid:950/configure',
    'ctid:950/start',
    'ctid:951/define',
    'ctid:951/start',
    'ctid:952/define',
  ]),
  { type: 'outdated', task: 'ctid:900/define', message: 'made from image 1, now 2' },
  { type: 'started', task: 'ctid:950/configure', because: [{ why: 'never-ran' }], attempt: 2 },
  { type: 'notice', text: 'took over the lock of a dead run' },
  {
    type: 'failed',
    task: 'ctid:950/configure',
    ms: 400,
    because: [],
    error: problem,
    commands: [
      ran('pct', 'unlock', '950'),
      { argv: ['pct', 'set', '950', '--memory', 'x y'], exit: 2, ms: 300 },
    ],
  },
  { type: 'cancelled', task: 'ctid:950/start', cause: 'ctid:950/configure' },
  { type: 'cancelled', task: 'ctid:951/start', cause: 'ctid:950/start' },
  {
    type: 'blocked',
    task: 'ctid:951/define',
    error: { title: 'template changed', facts: [], command: 'phx run ctid:951 --recreate ctid:951' },
  },
  { type: 'cancelled', task: 'ctid:952/define', cause: 'interrupted' },
  { ...summary, type: 'summary', failed: 1, blocked: 1, cancelled: 3, outdated: 1, ms: 125_000 },
];

test('plain: an edit runs one task, and the rest is folded', async () => {
  assert.equal(
    await report('plain', edit),
    `phx · twin (simulated node) · 4 tasks · 4 jobs
  hypervisor    2 fresh
  ctid:950      configure  memory: 72000 → 65536
                ✓ configure  0.4s   pct set 950 --memory 65536
1 done · 3 fresh · 0.6s
`,
  );
});

test('plain: failures, what they hold up, and what to type', async () => {
  assert.equal(
    await report('plain', broken),
    `phx · twin (simulated node) · 6 tasks · 4 jobs
  ctid:900      ~ define  outdated: made from image 1, now 2
  ctid:950      configure  never ran  (attempt 2)
  note: took over the lock of a dead run
  ctid:950      ✗ configure  0.4s   pct unlock 950
                                    pct set 950 --memory 'x y' → exit 2
  ctid:951      ! define  blocked: template changed

✗ ctid:951/define: template changed
  → type: phx run ctid:951 --recreate ctid:951

✗ ctid:950/configure: pct set failed with exit code 2
    command  pct set 950 --memory x
    exit     2 after 0.4s
    said     400 Parameter verification failed.
             memory: type check ('integer') failed
  memory is a number of MiB
  → type: phx why ctid:950/configure
  not run because of it: ctid:950 (1), ctid:951 (1)

- not run, interrupted: ctid:952 (1)

1 failed · 1 blocked · 3 not run · 1 outdated · 2m 05s
`,
  );
});

test('plain: everything fresh, kept or nothing at all', async () => {
  const all = [...host, 'ctid:950/define', 'ctid:950/start'];
  const kept: RunEvent = { type: 'kept', task: 'ctid:950/start', because: memory };
  assert.equal(
    await report('plain', [
      planned(all),
      ...all.slice(0, 3).map(fresh),
      kept,
      { ...summary, type: 'summary', fresh: 3, kept: 1 },
    ]),
    `phx · twin (simulated node) · 4 tasks · 4 jobs
  hypervisor    2 fresh
  ctid:950      1 fresh · 1 stale but not needed
1 stale but not needed · 3 fresh · 0.6s
`,
  );
  assert.equal(
    await report('plain', [planned([]), { ...summary, type: 'summary' }]),
    'phx · twin (simulated node) · 0 tasks · 4 jobs\nnothing to do · 0.6s\n',
  );
  assert.equal(await report('plain', []), '');
});

test('plain: two guests at once are told apart, and zero commands is an outcome', async () => {
  const start = (task: string): RunEvent => ({
    type: 'started',
    task,
    because: [{ why: 'interrupted' }],
    attempt: 1,
  });
  const done = (task: string, commands = [] as ReturnType<typeof ran>[]): RunEvent => ({
    type: 'done',
    task,
    ms: 50,
    because: [],
    commands,
  });
  const [a, b] = ['ctid:1/start', 'vmid:22/start'];
  const many = Array.from({ length: 14 }, (_, at) => ran('pct', 'set', String(at)));
  const text = await report('plain', [planned([a, b]), start(a), start(b), done(a), done(b, many)]);
  const lines = text.split('\n');
  assert.deepEqual(lines.slice(1, 5), [
    '  ctid:1        start  interrupted',
    '  vmid:22       start  interrupted',
    '  ctid:1        ✓ start  0.1s   nothing to change',
    '  vmid:22       ✓ start  0.1s   pct set 0',
  ]);
  assert.equal(lines.at(-2), `${' '.repeat(32)}… and 2 more`);
});

test('plain: an aborted run tells what it leaves', async () => {
  const text = await report('plain', edit.slice(0, 5));
  assert.match(text, / {2}1 task left running: ctid:950\/configure\n$/);
});

test('plain: lines of output only when asked, by task and without control characters', async () => {
  const says: RunEvent = {
    type: 'line',
    task: 'ctid:950/configure',
    stream: 'stderr',
    text: '\u001b[31mred\u001b[0m\u0007 x\r',
  };
  assert.equal((await report('plain', [...edit.slice(0, 4), says])).includes('red'), false);
  assert.match(
    await report('plain', [...edit.slice(0, 4), says], { verbose: true }),
    /\nctid:950\/configure \| red x\n/,
  );
});

test('colour changes no word', async () => {
  for (const kind of ['plain', 'quiet'] as const) {
    for (const events of [edit, broken]) {
      const [plain, coloured] = [await report(kind, events), await report(kind, events, {}, true)];
      assert.equal(stripVTControlCharacters(coloured), plain);
    }
  }
  assert.notEqual(await report('plain', edit), await report('plain', edit, {}, true));
});

test('json: one event a line and nothing else', async () => {
  for (const events of [edit, broken]) {
    const lines = (await report('json', events)).split('\n');
    assert.equal(lines.pop(), '');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      events,
    );
  }
  const odd: RunEvent = { type: 'notice', text: 'a\nb' };
  assert.equal((await report('json', [odd])).split('\n').length, 2);
});

test('quiet: counts, and only what is wrong', async () => {
  assert.equal(await report('quiet', edit), '1 done · 3 fresh · 0.6s\n');
  const text = await report('quiet', broken);
  assert.match(text, /^✗ ctid:951\/define: template changed\n/);
  assert.match(text, /✗ ctid:950\/configure: pct set failed/);
  assert.match(text, /\n1 failed · 1 blocked · 3 not run · 1 outdated · 2m 05s\n$/);
  assert.match(await report('quiet', broken.slice(0, -1)), /^✗ ctid:951\/define/);
});
