/** `phx destroy --keep-volumes`: the data outlives the container. What befalls it at each command is in test/faults. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PhxTask } from '../../src/config/project.ts';
import { Observer } from '../../src/host/observe.ts';
import { parkings } from '../../src/proxmox/parking.ts';
import { containerActions } from '../../tasks/lxc/actions.ts';
import { Bench, sampleFleet, tasksOf } from '../bench.ts';
import { extra, fill, filled } from './recreate.ts';

const { id } = filled;
const fleet = await sampleFleet([extra]);
const tasks = await tasksOf(fleet);
const node = Bench.fresh(await sampleFleet(), {}, () => {});
assert.deepEqual((await node.run(tasks, [`ctid:${id}`, 'hypervisor'])).troubles, []);
await fill(node.twin, filled);

/** Actions leave no stamps: each begins anew. */
async function destroy(bench: Bench, keepVolumes: boolean) {
  const facts = (await Observer.begin(bench.twin, [])).current();
  const request = { verb: 'destroy', guests: [id], keepVolumes } as const;
  const own: readonly PhxTask[] = containerActions({ project: 'phoenix', fleet }, request, facts);
  const stamps = { ...bench.store(), get: () => undefined, put: () => {} };
  return bench.run(own, [`ctid:${id}`], { stamps });
}

async function parked(bench: Bench) {
  return parkings((await Observer.begin(bench.twin, [])).current());
}

test('the container goes, its volumes stay under an id of their own, and nothing else does', async () => {
  const bench = node.copy();
  const ended = await destroy(bench, true);
  assert.deepEqual(ended.troubles, []);
  assert.equal(ended.commands.at(-1), `pct destroy ${id} --purge 1`);
  const [parking] = await parked(bench);
  assert.deepEqual(
    [...(parking?.volumes ?? [])],
    [
      [
        'mp0',
        'quickOS-shared-prod-data-volumes:subvol-900000952-disk-0,mp=/qdrant/storage,backup=1,size=20G',
      ],
      ['mp1', 'quickOS-lxc-disks:subvol-900000952-disk-0,mp=/extra,backup=1,size=4G'],
    ],
  );
  assert.match(bench.twin.state().guests['900000952']?.conf ?? '', /^protection: 1$/m);
  assert.deepEqual((await destroy(bench, true)).commands, [], 'again is nothing');
});

test('without --keep-volumes what is parked goes, too', async () => {
  const bench = node.copy();
  await destroy(bench, true);
  assert.deepEqual(
    (await destroy(bench, false)).commands.map((line) => line.replace(/ --digest .*/, '')),
    ['pct set 900000952 --protection 0', 'pct destroy 900000952'],
  );
  const { volumes, guests } = bench.twin.state();
  assert.ok(Object.values(volumes).every(({ owner }) => owner !== id && owner < 900_000_000));
  assert.equal(guests['900000952'], undefined);
});
