/**
 * `--recreate` of a container with two data volumes: the stages, what comes back when the new one fails, and with which
 * mounts. What befalls it at each command is in test/faults.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PhxTask } from '../../src/config/project.ts';
import { Bench, sampleFleet, tasksOf } from '../bench.ts';
import { extra, fill, filled, incarnation, recreating, whole } from './recreate.ts';

const { id } = filled;
const target = `ctid:${id}`;
const tasks = await tasksOf(await sampleFleet([extra]));
const node = Bench.fresh(await sampleFleet(), {}, () => {});
const built = await node.run(tasks, [target, 'hypervisor']);
assert.deepEqual(built.troubles, []);
await fill(node.twin, filled);
const former = incarnation(node.twin, filled);
const run = (bench: Bench, own: readonly PhxTask[], permitted: boolean) =>
  bench.run(own, [target], { terms: permitted ? recreating(id) : {} });

test('it takes the stages in their order', async () => {
  const { commands } = await run(node.copy(), tasks, true);
  const told = commands.filter((line) =>
    /^(pct (shutdown|move|destroy|clone|start|restore)|vzdump)/.test(line),
  );
  assert.deepEqual(
    told.map((line) => line.split(' ').slice(0, 4).join(' ')),
    [
      `pct shutdown ${id} --timeout`,
      `pct move-volume ${id} mp0`,
      `pct move-volume ${id} mp1`,
      `vzdump ${id} --storage fastData-shared-backups`,
      `pct destroy ${id}`,
      `pct clone 902 ${id}`,
      `pct move-volume 900000${id} mp0`,
      `pct move-volume 900000${id} mp1`,
      `pct start ${id}`,
    ],
  );
});

test('a second recreate of what is new keeps the data all the same', async () => {
  const bench = node.copy();
  for (const _ of [1, 2]) assert.deepEqual((await run(bench, tasks, true)).troubles, []);
  whole(bench.twin, filled, 'twice');
  const { files } = bench.twin.state();
  assert.equal(
    Object.keys(files).filter((path) => /dump\/.*\.tar\.zst$/.test(path)).length,
    2,
    'backups stay',
  );
});

/** The new container does not start: the former one comes back. */
const failing = () => {
  const bench = node.copy();
  for (let tries = 0; tries < 3; tries++) bench.twin.addFault({ match: `pct start ${id}`, nth: 1, exit: 1 });
  return bench;
};

test('what fails afterwards brings the container of before back, and says so', async () => {
  const bench = failing();
  const ended = await run(bench, tasks, true);
  assert.match(ended.troubles.join(' '), /ctid:952\/start: pct start failed/);
  const told = ended.events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
  assert.deepEqual(told, [
    'ctid:952 could not be made anew (ctid:952/start: pct start failed with exit code 1); the container of before stands and runs again, with its data. Mend it, then: phx run ctid:952 --recreate',
  ]);
  whole(bench.twin, filled, 'back');
  assert.equal(incarnation(bench.twin, filled), former);
  const twin = bench.twin.state();
  assert.deepEqual(
    twin.guests[id]?.tree.files['/etc/hostname'],
    node.twin.state().guests[id]?.tree.files['/etc/hostname'],
  );
  const next = await run(bench, tasks, false);
  assert.deepEqual(next.troubles, []);
  assert.ok(
    next.commands.every((command) => !/^pct (create|clone|destroy|move)/.test(command)),
    next.commands.join('\n'),
  );
});

test('mounts that the new one has otherwise are those of before again; what only the new one had is kept unused', async () => {
  const other = await tasksOf(
    await sampleFleet([
      `guests.${id}.mp0={ storage: 'quickOS-shared-prod-data-volumes', size: 30, mp: '/elsewhere', backup: true }`,
      `guests.${id}.mp2={ storage: 'quickOS-lxc-disks', size: 2, mp: '/fresh' }`,
      `guests.${id}.app.params.data_dir=/elsewhere`,
    ]),
  );
  const conf = (bench: Bench) => (bench.twin.state().guests[id]?.conf ?? '').match(/^(mp|unused).*$/gm);
  const before = conf(node);
  const bench = failing();
  await run(bench, other, true);
  assert.deepEqual(conf(bench), [
    before?.[0]?.replace('size=20G', 'size=30G'),
    before?.[1],
    'unused0: quickOS-lxc-disks:subvol-952-disk-2',
  ]);
  assert.equal(incarnation(bench.twin, filled), former);
  const well = node.copy();
  assert.deepEqual((await run(well, other, true)).troubles, []);
  assert.deepEqual(conf(well), [
    'mp0: quickOS-shared-prod-data-volumes:subvol-952-disk-0,mp=/elsewhere,backup=1,size=30G',
    'mp2: quickOS-lxc-disks:subvol-952-disk-2,mp=/fresh,size=2G',
    'unused0: quickOS-lxc-disks:subvol-952-disk-1',
  ]);
  assert.equal(well.twin.state().guests[id]?.tree.files['/elsewhere/vectors']?.text, 'kept for years\n');
});

test('a volume that would have to shrink or move stops the new one, and the former one comes back', async () => {
  for (const change of [
    "size: 10, storage: 'quickOS-shared-prod-data-volumes'",
    "size: 20, storage: 'quickOS-lxc-disks'",
  ]) {
    const other = await tasksOf(
      await sampleFleet([`guests.${id}.mp0={ ${change}, mp: '/qdrant/storage' }`, extra]),
    );
    const bench = node.copy();
    const { troubles } = await run(bench, other, true);
    assert.match(troubles.join(), /ctid:952\/volumes: .* would have to (shrink|move)/);
    whole(bench.twin, filled, change);
    assert.equal(incarnation(bench.twin, filled), former);
  }
});
