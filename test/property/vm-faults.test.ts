/**
 * The VMs of the sample fleet, with further drives and keys of ssh, disturbed at the commands of their build: from the image
 * to the template, its clone, what its agent does inside of it, and its seal. A sample of the commands here, all of them
 * with `npm run faults`.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench, sampleOf, tasksOf } from '../bench.ts';
import { calmRun, deaths, disturbed, failures, hitBy } from './faults.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ann@lan';
/** More than the agent takes at once: it goes into the guest in pieces. */
const pem = `-----BEGIN CERTIFICATE-----\n${`${'A'.repeat(64)}\n`.repeat(1000)}-----END CERTIFICATE-----\n`;
const trusted = JSON.stringify({ name: 'trusted_ca', params: { pem } });
const fleet = await sampleOf(
  [8000, 8001],
  [
    "guests.8001.scsi1={ storage: 'quickOS-vm-disks', size: 20, discard: 'on' }",
    "guests.8001.efidisk0={ storage: 'quickOS-vm-disks' }",
    "guests.8001.bios='ovmf'",
    `guests.8001.sshkeys=['${key}']`,
    // Started for its layer, and cleaned before it becomes a template.
    "guests.8000.cloudInit={ packages: ['jq'] }",
    "guests.8000.layers=['base_setup']",
    `guests.8001.layers=['base_setup', { name: 'docker', params: { storage_driver: 'overlay2' } }, ${trusted}]`,
    "guests.8001.app={ name: 'qdrant', params: { data_dir: '/srv/qdrant' } }",
    // Cards that are made up would be others in each telling.
    "guests.8000.net0.macaddr='52:54:00:00:80:00'",
    "guests.8001.net0.macaddr='52:54:00:00:80:01'",
    // Moved to another storage: a full copy of the template.
    "guests.8001.disk.storage='quickOS-shared-prod-data'",
  ],
);
const tasks = await tasksOf(fleet);
const node = Bench.fresh(fleet, {}, () => {});
const setUp = await node.run(tasks, ['hypervisor']);
assert.deepEqual(setUp.troubles, []);
const story = { tasks, targets: ['vmid:*'], start: () => node.copy() };
const calm = await calmRun(story);
/** The agent is asked again and again until it answers: in `npm test` one of these times stands for all. */
const repeated = (at: number) => process.env.PHX_FAULTS !== 'all' && calm.asked[at] === calm.asked[at - 1];

test('the whole list is long enough to mean something', () => {
  assert.ok(calm.asked.length >= 40, calm.asked.join('\n'));
});

for (const kind of [...deaths, ...failures]) {
  test(`${kind}: the next run ends in the same world, the one after has nothing to do`, async () => {
    for (const at of hitBy(kind, calm.asked.length))
      if (!repeated(at)) await disturbed(story, calm, at, kind);
  });
}
