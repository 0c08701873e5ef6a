/** The VMs of the sample fleet, with further drives and keys of ssh, disturbed at every command of their build. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench, sampleFleet, tasksOf } from '../bench.ts';
import { calmRun, deaths, disturbed, failures, hitBy } from './faults.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ann@lan';
const fleet = await sampleFleet([
  "guests.8001.scsi1={ storage: 'quickOS-vm-disks', size: 20, discard: 'on' }",
  "guests.8001.efidisk0={ storage: 'quickOS-vm-disks' }",
  "guests.8001.bios='ovmf'",
  // Up to its start: what is done inside of it is told elsewhere.
  'guests.8000.agent=false',
  'guests.8001.agent=false',
  'guests.8001.layers=[]',
  'guests.8001.health=null',
  `guests.8001.sshkeys=['${key}']`,
  // Cards that are made up would be others in each telling.
  "guests.8000.net0.macaddr='52:54:00:00:80:00'",
  "guests.8001.net0.macaddr='52:54:00:00:80:01'",
  // Moved to another storage: a full copy of the template.
  "guests.8001.disk.storage='quickOS-shared-prod-data'",
]);
const tasks = await tasksOf(fleet);
const node = Bench.fresh(fleet, {}, () => {});
const setUp = await node.run(tasks, ['hypervisor']);
assert.deepEqual(setUp.troubles, []);
const story = { tasks, targets: ['vmid:*'], start: () => node.copy() };
const calm = await calmRun(story);

test('the whole list is long enough to mean something', () => {
  assert.ok(calm.asked.length >= 12, calm.asked.join('\n'));
});

for (const kind of [...deaths, ...failures]) {
  test(`${kind}: the next run ends in the same world, the one after has nothing to do`, async () => {
    for (const at of hitBy(kind, calm.asked.length)) await disturbed(story, calm, at, kind);
  });
}
