/**
 * Every container of the sample fleet in one run, disturbed at a sample of its commands: what one task leaves to the others.
 * Every command, from what stood before its task, is in test/faults.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench, sampleFleet, tasksOf } from '../bench.ts';
import { calmRun, deaths, disturbed, failures } from './faults.ts';

const fleet = await sampleFleet();
const tasks = await tasksOf(fleet);
const node = Bench.fresh(fleet, {}, () => {});
const setUp = await node.run(tasks, ['hypervisor']);
assert.deepEqual(setUp.troubles, []);
const story = { tasks, targets: ['ctid:*'], start: () => node.copy() };
const calm = await calmRun(story);
const kinds = [...deaths, ...failures];
const every = 15 * kinds.length;

test('the whole list is long enough to mean something', async () => {
  assert.ok(calm.asked.length > 150, String(calm.asked.length));
});

for (const [turn, kind] of kinds.entries()) {
  test(`${kind}: the next run ends in the same world, the one after has nothing to do`, async () => {
    for (let at = (turn * 15) % every; at < calm.asked.length; at += every)
      await disturbed(story, calm, at, kind);
  });
}
