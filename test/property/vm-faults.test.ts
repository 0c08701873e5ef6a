/**
 * The VMs of the sample fleet, with further drives and keys of ssh, disturbed at the commands of their build: from the image
 * to the template, its clone, what its agent does inside of it, and its seal. A sample of the commands:
 * every one, from what stood before its task, is in test/faults.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench, sampleOf, tasksOf } from '../bench.ts';
import { builtVms } from './built-vms.ts';
import { calmRun, deaths, disturbed, failures, hitBy } from './faults.ts';

const fleet = await sampleOf([8000, 8001], builtVms);
const tasks = await tasksOf(fleet);
const node = Bench.fresh(fleet, {}, () => {});
const setUp = await node.run(tasks, ['hypervisor']);
assert.deepEqual(setUp.troubles, []);
const story = { tasks, targets: ['vmid:*'], start: () => node.copy() };
const calm = await calmRun(story);
/** The agent is asked again and again until it answers: one of these times stands for all. */
const repeated = (at: number) => calm.asked[at] === calm.asked[at - 1];

test('the whole list is long enough to mean something', () => {
  assert.ok(calm.asked.length >= 40, calm.asked.join('\n'));
});

for (const kind of [...deaths, ...failures]) {
  test(`${kind}: the next run ends in the same world, the one after has nothing to do`, async () => {
    for (const at of hitBy(kind, calm.asked.length, false))
      if (!repeated(at)) await disturbed(story, calm, at, kind);
  });
}
