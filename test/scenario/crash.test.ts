/** Runs that are killed, fail or hang, and the next run: it ends in the same world as one that nobody disturbed. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ofTheTwin } from './over-ssh.ts';
import { type Ended, Project } from './rig.ts';

const target = 'ctid:953';
let calm: unknown;

function undisturbed(): unknown {
  if (calm === undefined) {
    const project = Project.known();
    project.run([target]);
    calm = project.world();
  }
  return calm;
}

/** A few of each kind, for the files that a real process leaves; `test/faults` disturbs every command. */
const points: [match: string, when: 'before' | 'during' | 'after'][] = [
  ['zpool create', 'after'],
  ['pveam download', 'during'],
  ['pct create 900', 'before'],
  ['pct create 900', 'during'],
  ['pct exec 900', 'after'],
  ['pct snapshot 900', 'during'],
  ['pct clone 900', 'after'],
];

for (const [match, when] of points) {
  test(`killed ${when} ${match}: the next run ends in the same world`, () => {
    const project = Project.known();
    project.phx('twin', 'fault', match, '--kill', when);
    const killed = project.phx('run', target, '--plain');
    const next = project.phx('run', target, '--json');
    assert.equal(next.code, 0, `${killed.out}\n${next.out}\n${next.err}`);
    if (killed.code === null) assert.match(next.out, /took over the lock/);
    assert.deepEqual(project.world(), undisturbed());
    assert.equal(project.run([target]).summary.done, 0);
  });
}

test('SIGKILL at arbitrary moments', async () => {
  // Which command they hit does not matter. The run has no end of its own, however slow the machine is that kills it.
  for (const lines of [3, 9, 17, 24, 31, 38]) {
    const project = Project.known();
    project.phx('twin', 'fault', 'pct start 953', '--hang');
    const child = project.start('run', target, '--json', '--twin-latency', '0.001');
    let seen = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      seen += String(chunk).split('\n').length - 1;
      if (seen >= lines) child.kill('SIGKILL');
    });
    await once(child, 'close');
    assert.equal(child.signalCode, 'SIGKILL', `ended after ${seen} lines`);
    project.phx('twin', 'fault', '--clear');
    project.run([target]);
    assert.deepEqual(project.world(), undisturbed());
  }
});

test('a half-made container that no run of ours meant to make is left alone', () => {
  const project = Project.known();
  project.run(['ctid:900']);
  project.phx('twin', 'fault', 'pct clone 900 953', '--kill', 'during');
  project.phx('twin', 'exec', '--', 'pct', 'clone', '900', '953', '--full', '1');
  const refused = project.phx('run', target, '--plain');
  assert.equal(refused.code, 8, refused.out);
  assert.match(refused.out, /half made, and not by a run of ours/);
});

test('a failing command is told with its cause, and a later run mends it', () => {
  const project = Project.known();
  const refusal = ['--exit', '255', '--stderr', "bridge 'vmbr0' does not exist"];
  for (const nth of ['1', '2', '3']) project.phx('twin', 'fault', 'pct start 900', '--nth', nth, ...refusal);
  const failed = project.phx('run', target, '--plain');
  assert.equal(failed.code, 1);
  assert.match(failed.out, /said\s+bridge 'vmbr0' does not exist/);
  assert.match(failed.out, /cause\s+the node has no bridge vmbr0/);
  assert.match(failed.out, /phx run hypervisor\/network/);
  const next = project.run([target]);
  assert.equal(
    next.of('started').find(({ task }) => task === 'ctid:900/feature:base_setup')?.because[0]?.why,
    'failed',
  );
  assert.deepEqual(project.world(), undisturbed());
});

test('a lock that goes away is waited for, by looking again and not by repeating blindly', () => {
  const project = Project.known();
  project.phx('twin', 'fault', 'pct snapshot 900', '--exit', '255', '--stderr', 'CT is locked (backup)');
  const run = project.run([target]);
  assert.deepEqual(
    run.of('started').flatMap(({ task, attempt }) => (task === 'ctid:900/snapshot:sealed' ? [attempt] : [])),
    [1, 2],
  );
  assert.deepEqual(project.world(), undisturbed());
});

test('--keep-going does all that does not depend on the failure', () => {
  const project = Project.known();
  project.phx(
    'twin',
    'fault',
    'zpool create -o ashift=12 -o autotrim=on -O compression=lz4 -O atime=off fastData',
    '--exit',
    '1',
  );
  const stopped = project.copy().run(['hypervisor'], 1);
  const went = project.run(['hypervisor', '--keep-going'], 1);
  assert.ok(stopped.summary.cancelled > went.summary.cancelled);
  assert.ok(went.tasks('done').includes('hypervisor/storage:quickOS-lxc-disks'));
  assert.ok(went.tasks('done').includes('hypervisor/samba:shared-prod-data'));
  assert.ok(
    went
      .tasks('cancelled')
      .every((task) => /fastData|template|backup:weekly|(nfs|samba|samba:shared-.*)$/.test(task)),
  );
});

test('the second of two runs is told who is at work; the first Ctrl-C drains', async () => {
  const project = Project.known();
  const child = project.start('run', target, '--json', '--twin-latency', '0.02');
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += String(chunk);
  });
  while (!out.includes('"started"')) await once(child.stdout ?? child, 'data');
  const second: Ended = project.phx('run', target);
  assert.equal(second.code, 5);
  assert.match(second.err, new RegExp(`process ${child.pid} on`));
  child.kill('SIGINT');
  await once(child, 'close');
  assert.equal(child.exitCode, 130);
  const events = out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  assert.ok(
    events.some(({ type }) => type === 'done'),
    'what ran has ended',
  );
  assert.equal(events.at(-1).type, 'summary');
  assert.equal(project.phx('run', target).code, 0);
});

test('the second Ctrl-C ends what hangs, and the next run says that it was interrupted', async () => {
  const project = Project.known();
  project.phx('twin', 'fault', 'pct start 900', '--hang');
  // Slow enough that somebody can press a key.
  const child = project.start('run', target, '--json', '--twin-latency', '0.02');
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += String(chunk);
  });
  while (!/"started","task":"ctid:900\/feature/.test(out)) await once(child.stdout ?? child, 'data');
  const said = once(child.stderr ?? child, 'data');
  child.kill('SIGINT');
  assert.match(String((await said)[0]), /press Ctrl-C again/);
  child.kill('SIGINT');
  await once(child, 'close');
  assert.equal(child.exitCode, 130);
  const next = project.run([target]);
  const feature = next.of('started').find(({ task }) => task === 'ctid:900/feature:base_setup');
  assert.equal(feature?.because[0]?.why, 'interrupted');
  assert.deepEqual(project.world(), undisturbed());
});

test('independent guests overlap, clones of one source never do', () => {
  const project = Project.known();
  project.run(['ctid:900']);
  project.run(['ctid:901', 'ctid:902', 'ctid:953', '-j', '8', '--twin-latency', '0.01']);
  const spans = journalSpans(project);
  const clones = spans.filter(({ argv }) => argv.startsWith('pct clone 900'));
  assert.equal(clones.length, 3);
  for (const [at, clone] of clones.entries()) {
    for (const other of clones.slice(at + 1))
      assert.ok(!overlap(clone, other), `${clone.argv} and ${other.argv}`);
  }
  const guests = spans.filter(({ argv }) => /^pct \w+ 9(01|02|53) /.test(`${argv} `));
  const differing = guests.some((one) =>
    guests.some((other) => one.argv.split(' ')[2] !== other.argv.split(' ')[2] && overlap(one, other)),
  );
  assert.ok(differing, 'no two guests were worked on at once');
});

interface Span {
  readonly argv: string;
  readonly from: number;
  readonly to: number;
}

function overlap(a: Span, b: Span): boolean {
  return a.from < b.to && b.from < a.to;
}

/** Every command of the last run with its begin and end in the journal's order, so that no clock is needed. */
function journalSpans(project: Project): Span[] {
  const journals = project.phx('cache', 'list').out;
  assert.match(journals, /journals/);
  const folder = join(project.root, '.cache', 'journal');
  const open = new Map<string, number>();
  const spans: Span[] = [];
  const name = project.lastOf(folder);
  readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .forEach((line, at) => {
      if (line === '') return;
      const entry = JSON.parse(line) as { entry: string; argv?: string[] };
      const argv = entry.argv?.join(' ') ?? '';
      if (entry.entry === 'intent') open.set(argv, at);
      if (entry.entry === 'outcome') spans.push({ argv, from: open.get(argv) ?? at, to: at });
    });
  return spans;
}

ofTheTwin('a damaged simulated node is one clear error, with the way out', 'its state file', () => {
  const project = Project.known();
  project.run(['hypervisor/zfs']);
  const text = project.read('.cache/twin/state.json');
  project.write('.cache/twin/state.json', text.slice(0, text.length / 2));
  const { code, err } = project.phx('run', target);
  assert.equal(code, 1);
  assert.match(err, /The twin's state cannot be used/);
  assert.match(err, /phx twin reset/);
  assert.doesNotMatch(err, /stumbled/);
  assert.equal(project.phx('twin', 'reset').code, 0);
  project.run([target]);
  assert.deepEqual(project.world(), undisturbed());
});
