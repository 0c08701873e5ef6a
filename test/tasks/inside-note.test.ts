/**
 * What is known of stopped guests without a record: a sealed source and a template are believed by the note that lies beside
 * them, as long as it is one of what stands; anything else is looked at from inside, as ever.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Observer } from '../../src/host/observe.ts';
import { layersPath, parseLayers } from '../../src/proxmox/guest-layer.ts';
import { isNamedScope } from '../../src/proxmox/sweep.ts';
import { insidePath } from '../../src/proxmox/workspace.ts';
import { seedTwin } from '../../src/twin/seed.ts';
import { Bench, type BenchRun, sampleOf, tasksOf } from '../bench.ts';
import { testCases } from './cases.ts';

testCases('inside-note');

/** A sealed source and its sealed clone; a template of a VM with a layer, and a clone of it that is sealed and kept stopped. */
const guests = [900, 902, 8000, 8001];
const set = [
  "guests.902.safety={ by: 'none' }",
  "guests.8000.layers=['base_setup']",
  ...["guests.8000.cloudInit={ timezone: 'UTC' }", 'guests.8001.state="stopped"'],
];
const tasksWith = async (...more: readonly string[]) => tasksOf(await sampleOf(guests, [...set, ...more]));

const tasks = await tasksWith();
/** The script of docker in 902 is another one. */
const edited = await tasksWith("guests.902.layers=[{ name: 'docker', params: { gpu: true } }]");
const targets = ['ctid:900', 'ctid:902', 'vmid:8000', 'vmid:8001'];
const built = Bench.fresh(await sampleOf(guests, set));
const first = await built.run(tasks, targets);

/** The same node, and no record of it. */
function colleague(of: Bench = built): Bench {
  const other = of.copy();
  other.stamps.clear();
  return other;
}

async function type(bench: Bench, ...argv: readonly string[]): Promise<void> {
  const { exit, stderr } = await bench.twin.run({ argv });
  assert.equal(exit, 0, stderr);
}

const sent = ({ commands }: BenchRun) => commands.map((line) => line.split(' ').slice(0, 3).join(' '));
const started = ({ commands }: BenchRun) =>
  commands.filter((line) => /^(pct|qm) start /.test(line)).map((line) => line.split(' ')[2]);
const noteOf = (bench: Bench, id: number) => bench.twin.state().files[insidePath(id)]?.text;

test('with no record nothing is sent for what stands, and a second run has nothing to do', async () => {
  assert.deepEqual(first.troubles, []);
  const other = colleague();
  const run = await other.run(tasks, targets);
  assert.deepEqual([run.troubles, run.commands], [[], []]);
  assert.ok(run.done.includes('vmid:8000/feature:base_setup') && run.done.includes('ctid:902/health'));
  assert.deepEqual(
    (await other.stale(tasks)).filter((id) => !id.startsWith('hypervisor/')),
    [],
  );
  for (const task of ['ctid:902/define', 'ctid:902/snapshot:sealed', 'vmid:8001/snapshot:initial'])
    assert.equal(other.stamps.get(task)?.result, built.stamps.get(task)?.result, task);
});

test('what changed since is applied: that source alone is started, and sealed anew', async () => {
  const other = colleague();
  const run = await other.run(edited, targets);
  assert.deepEqual(run.troubles, []);
  assert.deepEqual(started(run), ['902']);
  assert.deepEqual(
    run.events.flatMap((event) => (event.type === 'done' && event.commands.length > 0 ? [event.task] : [])),
    ['ctid:902/feature:docker', 'ctid:902/snapshot:sealed'],
  );
  // Whoever built it knows the former layer; a record that is behind is no reason for a start.
  const behind = other.copy();
  behind.stamps.clear();
  for (const [id, stamp] of built.stamps) behind.stamps.set(id, stamp);
  const later = await behind.run(edited, targets);
  assert.deepEqual([later.troubles, later.commands], [[], []]);
});

test('a layer that another run put in and nobody sealed is found, although the seal says what is wanted', async () => {
  const other = colleague();
  other.twin.addFault({ match: 'pct snapshot 902', nth: 1, exit: 1, stderr: 'no room' });
  const failed = await other.run(edited, ['ctid:902']);
  assert.equal(failed.troubles.length, 1);
  other.twin.clearFaults();
  const run = await colleague(other).run(tasks, targets);
  assert.deepEqual(run.troubles, []);
  assert.deepEqual(started(run), ['902']);
  const script = run.events.find(
    (event) => event.type === 'done' && event.task === 'ctid:902/feature:docker',
  );
  assert.ok(script?.type === 'done' && script.commands.some(({ argv }) => argv[1] === 'exec'));
});

test('one of which somebody took a snapshot since, and may have gone back, is looked into', async () => {
  const other = colleague();
  await type(other, 'pct', 'snapshot', '902', 'mine');
  const run = await other.run(tasks, targets);
  assert.deepEqual(run.troubles, []);
  assert.deepEqual(started(run), ['902']);
});

test('whoever says --force wants it looked at', async () => {
  for (const step of ['feature:docker', 'identity', 'health']) {
    const run = await built.copy().run(tasks, [`ctid:902/${step}`], { forced: true });
    assert.deepEqual(sent(run), ['pct start 902'], step);
  }
});

test('a plan from the facts of a node alone sends nothing either, also into a sealed VM that runs', async () => {
  const fleet = await sampleOf(guests, ["guests.8001.state='running'"]);
  const all = await tasksOf(fleet);
  const node = Bench.fresh(fleet);
  assert.deepEqual((await node.run(all, targets)).troubles, []);
  const scopes = all.flatMap(({ touches }) => touches).filter(isNamedScope);
  const facts = (await Observer.begin(node.twin, scopes)).current();
  const run = await colleague(node).run(all, targets, { host: seedTwin(facts) });
  assert.deepEqual([run.troubles, run.commands], [[], []]);
});

test('a seal from before there were notes gets its own, and nothing else is sent', async () => {
  const other = built.copy();
  await other.twin.removeFile(insidePath(902));
  const run = await other.run(tasks, ['ctid:902/snapshot:sealed'], { forced: true });
  assert.deepEqual(run.commands, []);
  assert.equal(noteOf(other, 902), noteOf(built, 902));
});

test('a note is of one incarnation: of a guest that was made anew it tells nothing', async () => {
  const other = colleague();
  await type(other, 'pct', 'destroy', '902', '--purge');
  assert.ok(noteOf(other, 902));
  const run = await other.run(tasks, targets);
  assert.deepEqual(run.troubles, []);
  assert.deepEqual(started(run), ['902']);
  const layers = other.twin.state().guests[902]?.tree.files[layersPath]?.text ?? '';
  const holds = parseLayers(layers).map(({ name }) => name);
  assert.deepEqual(holds.filter((name) => name !== 'image').sort(), [
    'feature:base_setup',
    'feature:docker',
    'identity',
  ]);
});
