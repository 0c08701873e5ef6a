/** argv of every qm command: word for word. What its options may be is held against the schemas in qm-schema.test.ts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { qm } from '../../src/proxmox/qm.ts';

const clone = { source: 920, name: 'web', storage: 'quick', description: 'phx: x' };

const cases: readonly (readonly [argv: string[], line: string])[] = [
  [
    qm.create(950, { name: 'web', keys: { memory: '512', scsi0: 'a:0' }, description: 'phx: x' }),
    'qm create 950 --name web --memory 512 --scsi0 a:0 --description phx: x',
  ],
  [
    qm.clone(950, { ...clone, full: false, target: 'pve2' }),
    'qm clone 920 950 --name web --full 0 --target pve2 --description phx: x',
  ],
  [qm.clone(950, { ...clone, full: false }), 'qm clone 920 950 --name web --full 0 --description phx: x'],
  [
    qm.clone(950, { ...clone, full: true, snapshot: 'sealed-1', format: 'qcow2' }),
    'qm clone 920 950 --snapname sealed-1 --name web --full 1 --storage quick --format qcow2 --description phx: x',
  ],
  [
    qm.set(950, { memory: '512', net0: 'virtio' }, ['scsi1', 'cores'], 'd'),
    'qm set 950 --memory 512 --net0 virtio --delete scsi1,cores --digest d',
  ],
  [qm.set(950, {}, ['cores']), 'qm set 950 --delete cores'],
  [qm.revert(950, ['memory'], 'd'), 'qm set 950 --revert memory --digest d'],
  [qm.start(950), 'qm start 950'],
  [qm.shutdown(950, 120), 'qm shutdown 950 --timeout 120 --forceStop 1'],
  [qm.resize(950, 'scsi0', 20, 'd'), 'qm resize 950 scsi0 20G --digest d'],
  [qm.snapshot(950, 's1', 'words'), 'qm snapshot 950 s1 --description words'],
  [qm.deleteSnapshot(950, 's1'), 'qm delsnapshot 950 s1'],
  [qm.rollback(950, 's1'), 'qm rollback 950 s1'],
  [qm.restoreOver(950, 'far:backup/b'), 'qmrestore far:backup/b 950 --force 1'],
  [qm.destroy(950), 'qm destroy 950 --destroy-unreferenced-disks 1'],
  [qm.destroy(950, { purge: true }), 'qm destroy 950 --destroy-unreferenced-disks 1 --purge 1'],
  [qm.template(950), 'qm template 950'],
  [qm.unlock(950), 'qm unlock 950'],
  [qm.migrate(950, 'pve2', false), 'qm migrate 950 pve2'],
  [qm.migrate(950, 'pve2', true), 'qm migrate 950 pve2 --online 1 --with-local-disks 1'],
];

for (const [argv, line] of cases) test(line, () => assert.equal(argv.join(' '), line));

test('every builder has a case', () => {
  const verbs = new Set(cases.map(([argv]) => argv[1]));
  const builders = Object.values(qm).filter((value) => typeof value === 'function');
  assert.equal(builders.length, verbs.size + 1, 'revert shares its verb with set');
});
