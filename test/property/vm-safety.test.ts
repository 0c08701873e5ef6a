/**
 * A VM that an edited layer leaves unwell, on the twin, reached through its agent: it goes back by each means. What befalls
 * it at each command is in test/faults.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench, type BenchRun, sampleFleet, tasksOf } from '../bench.ts';
import { assertBack as assertSame, dockerHost, layersIn as layersOf, quick, sick as sickOn } from './sick.ts';

const id = 8001;
const target = `vmid:${id}`;
const layer = `${target}/feature:docker`;
const health = `${target}/health`;
const means = ['snapshot', 'dataset', 'backup'] as const;
const fleet = await sampleFleet(quick.vm);
const built = Bench.fresh(fleet, {}, () => {});
assert.deepEqual((await built.run(await tasksOf(fleet), [target])).troubles, []);
const layersIn = ({ twin }: Bench) => layersOf(twin, dockerHost);
const old = layersIn(built);
const unwell = sickOn(dockerHost, old);
const sick = ({ twin }: Bench) => unwell(twin, twin);
const assertBack = ({ twin }: Bench, words: string) => assertSame(dockerHost, twin, built.twin, words);

const edited = async (by: string, version = '28.5.0', ...more: string[]) => {
  const docker = `{ name: 'docker', params: { storage_driver: 'overlay2', version: '${version}' } }`;
  return tasksOf(
    await sampleFleet([
      ...quick.vm,
      `guests.8001.layers=['base_setup', ${docker}]`,
      `guests.8001.safety.by='${by}'`,
      "guests.8001.rollback='on-failure'",
      ...more,
    ]),
  );
};

const troublesOf = ({ troubles }: BenchRun) => troubles.map((line) => line.split(': ')[0]);

for (const by of means) {
  test(`by ${by}: it goes back and is well again; the layer waits for an edit, or for a word`, async () => {
    const tasks = await edited(by);
    const bench = built.copy();
    const first = await bench.run(tasks, [target], { host: sick(bench) });
    assert.deepEqual(troublesOf(first), [health]);
    assert.match(
      first.troubles[0] ?? '',
      /gone back to: safety-1; feature:docker is as before; now: it is well again/,
    );
    assertBack(bench, 'first');
    const blocked = await bench.run(tasks, [target], { host: sick(bench) });
    assert.deepEqual([troublesOf(blocked), blocked.commands], [[layer], []]);

    const permits = (kind: string, name: string) => kind === 'retry' && name === target;
    const again = await bench.run(tasks, [target], { host: sick(bench), terms: { permits } });
    assert.match(again.troubles[0] ?? '', /gone back to: safety-2;/);
    assertBack(bench, 'again');
    const well = await bench.run(tasks, [target], { terms: { permits } });
    // Another generation: each layer is asked for once more.
    assert.deepEqual([well.troubles, well.done], [[], [`${target}/feature:base_setup`, layer, health]]);
    assert.notDeepEqual(layersIn(bench), old);
    const last = await bench.run(tasks, [target]);
    assert.deepEqual([last.done, last.troubles], [[], []]);
  });
}

test('a script that fails is gone back from, too', async () => {
  const bench = built.copy();
  bench.twin.addFault({
    match: 'qm guest exec 8001 --timeout 25 --pass-stdin 1 -- sh -c',
    nth: 1,
    exit: 3,
    stderr: 'no route',
  });
  const first = await bench.run(await edited('snapshot'), [target]);
  assert.match(
    first.troubles[0] ?? '',
    /feature:docker: .*no route.*feature:docker is as before; now: it is well/,
  );
  assertBack(bench, 'a failed script');
});

test('without health checks a point is taken by what the VM itself tells of its layers', async () => {
  const tasks = await edited('snapshot', '28.5.0', 'guests.8001.health=null');
  const bench = built.copy();
  bench.stamps.delete(health);
  const { troubles, commands } = await bench.run(tasks, [target]);
  assert.deepEqual(troubles, []);
  assert.equal(commands.filter((command) => command.startsWith('qm snapshot 8001 safety-1')).length, 1);
});

test('beside data of its own no snapshot and no backup is gone back to; the root disk alone is', async () => {
  const data = "guests.8001.scsi1={ storage: 'quickOS-vm-disks', size: 5 }";
  const bench = built.copy();
  assert.deepEqual((await bench.run(await edited('dataset', '28.4.0', data), [target])).troubles, []);
  const before = bench.copy();
  const first = await bench.run(await edited('dataset', '28.5.0', data), [target], { host: sick(bench) });
  assert.match(first.troubles[0] ?? '', /gone back to: safety-1; .* it is well again/);
  assert.ok(first.commands.includes('zfs rollback quickOS/vm-disks/vm-8001-disk-0@phx-safety-1'));
  // By hand, since the configuration would refuse it.
  await before.twin.run({ argv: ['qm', 'set', '8001', '--scsi2', 'quickOS-vm-disks:1'], deadline: 1000 });
  for (const by of ['snapshot', 'backup']) {
    const other = before.copy();
    const refused = await other.run(await edited(by), [target]);
    assert.match(refused.troubles[0] ?? '', /no safety point of it can be taken because: .*scsi2/, by);
    assert.deepEqual(layersIn(other), layersIn(before));
  }
});
