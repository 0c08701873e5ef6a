/** The live reporter on a terminal of paper: what stays on the screen, and that it owns neither signals nor exit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { RunEvent } from '../../src/core/event.ts';
import { createReporter } from '../../src/report/create.ts';

const events: RunEvent[] = [
  {
    type: 'planned',
    run: 'r',
    host: 'twin',
    hostKind: 'twin',
    jobs: 2,
    tasks: ['define', 'start'].map((step) => ({ task: `ctid:1/${step}`, target: 'ctid:1', title: step })),
  },
  { type: 'started', task: 'ctid:1/define', because: [{ why: 'never-ran' }], attempt: 1 },
  { type: 'done', task: 'ctid:1/define', ms: 5, because: [], commands: [] },
  { type: 'notice', text: 'look' },
  { type: 'started', task: 'ctid:1/start', because: [{ why: 'never-ran' }], attempt: 1 },
  {
    type: 'failed',
    task: 'ctid:1/start',
    ms: 5,
    because: [],
    commands: [],
    error: { title: 'no', facts: [] },
  },
  { type: 'summary', done: 1, fresh: 0, kept: 0, failed: 1, outdated: 0, blocked: 0, cancelled: 0, ms: 10 },
];
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit', 'beforeExit'];
const listeners = () => signals.map((name) => process.listenerCount(name));

async function live(some: readonly RunEvent[]) {
  const chunks: string[] = [];
  const out = {
    write: (text: string) => void chunks.push(text),
    columns: 80,
    rows: 24,
    isTTY: true,
    colour: true,
  };
  const reporter = await createReporter('live', out, { now: () => 0 });
  for (const event of some) reporter.event(event, 0);
  reporter.close();
  reporter.close();
  return chunks;
}

test('what was done and what failed stays, and the cursor comes back', async () => {
  const before = listeners();
  const chunks = await live(events);
  assert.deepEqual(listeners(), before);
  assert.equal(chunks[0], '\u001b[?25l');
  assert.equal(chunks.filter((chunk) => chunk === '\u001b[?25h').length, 1);
  assert.equal(
    stripVTControlCharacters(chunks.join('')),
    `phx · twin · 2 tasks · 2 jobs
  note: look
  ✓ ctid:1    define

✗ ctid:1/start: no

1 done · 1 failed · 0.0s
`,
  );
});

test('an aborted or empty run gives the terminal back too', async () => {
  for (const some of [events.slice(0, 2), []]) {
    const chunks = await live(some);
    assert.ok(chunks.includes('\u001b[?25h'));
  }
});

test('a frame is drawn with one write', async () => {
  const frame = await new Promise<string>((resolve, reject) => {
    const write = (text: string) => {
      if (!text.includes('never ran')) return;
      reporter.then((it) => it.close(), reject);
      resolve(text);
    };
    const reporter = createReporter(
      'live',
      { write, columns: 80, rows: 24, isTTY: true, colour: false },
      { now: () => 0 },
    );
    reporter.then((it) => {
      for (const event of events.slice(0, 2)) it.event(event, 0);
    }, reject);
  });
  const lines = stripVTControlCharacters(frame).trimEnd().split('\n');
  assert.match(lines[0] ?? '', /^ {2}\S ctid:1 {4}define {7}0\.0s {2}never ran$/);
  assert.equal(lines[1], '  [░░░░░░░░░░░░░░░░] 0 of 2');
});

test('on a terminal of another width the frame begins anew below the headline: nothing that was wrapped stays', {
  timeout: 20_000,
}, async () => {
  const chunks: string[] = [];
  const out = {
    write: (text: string) => void chunks.push(text),
    columns: 80,
    rows: 24,
    isTTY: true,
    colour: false,
  };
  let now = 0;
  const reporter = await createReporter('live', out, { now: () => now });
  const drawn = async (text: string) => {
    while (!chunks.join('').includes(text)) await new Promise((resolve) => setImmediate(resolve));
  };
  for (const event of events.slice(0, 2)) reporter.event(event, now);
  await drawn('ctid:1    define');
  out.columns = 30;
  now = 5000;
  await drawn('\u001b[2J\u001b[Hphx · twin · 2 tasks · 2 jobs\n\n\n');
  reporter.close();
});
