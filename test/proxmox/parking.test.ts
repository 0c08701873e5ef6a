/** The parking conf: its id, its text, what counts as data, what is not ours. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataVolumes, parkedWords, parkingId, printParking, readParking } from '../../src/proxmox/parking.ts';
import { setConfKey } from '../../src/proxmox/raw-lines.ts';

const volumes = new Map([['mp0', 'bulk:subvol-900000950-disk-0,mp=/data,size=5G']]);
const parking = { id: 900_000_950, project: 'fleet', of: 950, volumes };

test('the id follows from that of the container, as far as Proxmox takes it', () => {
  assert.equal(parkingId(950), 900_000_950);
  assert.equal(parkingId(99_999_999), 999_999_999);
  assert.equal(parkingId(100_000_000), undefined);
  assert.equal(parkingId(900_000_950), undefined);
});

test('it is read as it was written, and protected except while a mount moves in', () => {
  const text = printParking(parking);
  assert.deepEqual(readParking(parking.id, text), parking);
  assert.match(text, /^protection: 1$/m);
  assert.match(text, /^rootfs: \/nonexistent$/m);
  const value = 'bulk:subvol-950-disk-1,mp=/a: b,size=5G';
  for (const [to, key, open] of [
    ['parking', 'mp1', true],
    ['parking', 'unused1', false],
    ['guest', 'mp1', false],
  ] as const) {
    const move = { to, from: 'mp7', key, value };
    const moving = printParking({ ...parking, move });
    assert.deepEqual(readParking(parking.id, moving), { ...parking, move });
    assert.equal(!/^protection/m.test(moving), open, `${to} ${key}`);
  }
});

test('what is no mark of ours for this very id is none', () => {
  const text = printParking(parking);
  for (const other of [
    text.replace('kind=parking', 'kind=ctid'),
    text.replace('of=950', 'of=951'),
    text.replace('vmid=900000950', 'vmid=900000951'),
    text.replace(/^#.*\n/, ''),
  ])
    assert.equal(readParking(parking.id, other), undefined);
  assert.equal(readParking(900_000_951, text), undefined);
});

test('mounts on storages and unused volumes are data; the root and directories are not', () => {
  const keys = new Map([
    ['rootfs', 'quick:subvol-950-disk-0,size=8G'],
    ['unused0', 'bulk:subvol-950-disk-3'],
    ['mp10', 'bulk:subvol-950-disk-2,mp=/b'],
    ['mp2', 'bulk:subvol-950-disk-1,mp=/a'],
    ['mp1', '/srv/share,mp=/share'],
    ['hostname', 'mp0'],
  ]);
  assert.deepEqual([...dataVolumes(keys).keys()], ['mp2', 'mp10', 'unused0']);
  assert.equal(parkedWords('mp0', volumes.get('mp0') ?? ''), '/data (bulk:subvol-900000950-disk-0, 5G)');
  assert.equal(parkedWords('unused0', 'bulk:x'), 'unused0 (bulk:x)');
});

test('a key of the live section is set and taken out, and nothing else is touched', () => {
  const text = '#a\nmp0: b\nmp00: c\nlxc.x: y\n\n[s1]\nmp0: old\n';
  assert.equal(setConfKey(text, 'mp0', undefined), '#a\nmp00: c\nlxc.x: y\n\n[s1]\nmp0: old\n');
  assert.equal(setConfKey(text, 'mp1', 'z'), '#a\nmp0: b\nmp00: c\nmp1: z\nlxc.x: y\n\n[s1]\nmp0: old\n');
  assert.equal(setConfKey('a: b\n', 'mp1', 'z'), 'a: b\nmp1: z\n');
});
