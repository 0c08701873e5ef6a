/** Known messages, by the exact texts that Proxmox and its neighbours print. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { diagnose } from '../../src/proxmox/messages.ts';
import { shippedRecording } from '../conformance/recording.ts';

/** Text, whether it goes away by itself, part of the cause, part of the way out. */
const cases: readonly (readonly [text: string, transient: boolean, cause: string, way?: string])[] = [
  [
    "trying to acquire lock...\ncan't lock file '/run/lock/lxc/pve-config-900.lock' - got timeout\n",
    true,
    'another command holds /run/lock/lxc/pve-config-900.lock',
    'run again when it has ended',
  ],
  ['CT is locked (disk)\n', true, 'locked by a running clone', 'pct unlock'],
  ['CT is locked (snapshot)\n', true, 'locked by a running snapshot'],
  ['CT is locked (snapshot-delete)\n', true, 'locked by a running snapshot-delete'],
  ['CT is locked (backup)\n', true, 'locked by a running backup'],
  ['VM is locked (backup)\n', true, 'locked by a running backup'],
  ['CT is locked (create)\n', false, 'locked (create) and that lock does not go away', 'pct unlock'],
  ['CT is locked (migrate)\n', false, 'locked (migrate) and that lock does not go away'],
  ["cfs-lock 'storage-quick' error: got lock request timeout\n", true, 'cluster file system is busy'],
  [
    'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (apt)\n',
    true,
    'another apt holds /var/lib/dpkg/lock-frontend',
  ],
  ['useradd: cannot lock /etc/passwd; try again later.\n', true, 'another program changes /etc/passwd'],
  [
    'exportfs: Failed to stat /tank/a: No such file or directory\n',
    false,
    '/tank/a is not there',
    'zfs mount -a',
  ],
  ['exportfs: /mnt/x does not support NFS export\n', false, 'no number of its own for NFS', 'fsid=1'],
  ['exportfs: /mnt/x requires fsid= for NFS export\n', false, 'under /mnt/x', 'fsid=1'],
  ["storage 'nostore' does not exist\n", false, 'no storage nostore', 'phx run hypervisor/storage'],
  [
    "400 Parameter verification failed.\nstorage: storage 'b2' does not support container directories\npct create <vmid> <ostemplate> [OPTIONS]\n",
    false,
    'storage b2 lacks the content type rootdir',
    "Add 'rootdir'",
  ],
  [
    "unable to create CT 901 - volume 'local:vztmpl/nope.tar.zst' does not exist\n",
    false,
    'template local:vztmpl/nope.tar.zst is not on the node',
    'phx run hypervisor/template',
  ],
  [
    "unable to create CT 950 - CT 950 already exists on node 'pve'\n",
    false,
    'id 950 was taken in the meantime',
    'what 950 is on pve now',
  ],
  ["VM 100 already exists on node 'pve'\n", false, 'containers and VMs share their ids', 'another id'],
  [
    'unable to create template, because CT contains snapshots\n',
    false,
    'no template of a guest that has snapshots',
    'pct delsnapshot',
  ],
  ["you can't start a CT if it's a template\n", false, 'a template never starts', 'clone it'],
  [
    "base volume 'quick:basevol-900-disk-0' is still in use by linked cloned\n",
    false,
    'linked clones lie upon quick:basevol-900-disk-0',
    'go first',
  ],
  [
    "Linked clone feature for 'local:900/vm-900-disk-0.raw' is not available\n",
    false,
    'cannot link it',
    'full: false',
  ],
  [
    'Cannot do full clones on a running container without snapshots\n',
    false,
    'the source runs and has no snapshot',
    "state: 'stopped'",
  ],
  [
    "Template feature is not available for 'thick:vm-900-disk-0'\n",
    false,
    'storage of thick:vm-900-disk-0 has no base volumes',
    'another storage',
  ],
  ['snapshot feature is not available\n', false, 'keeps this guest from being snapshotted', 'Move the mount'],
  [
    "unable to clone mountpoint 'mp0' (type bind)\n",
    false,
    'mp0 is a bind mount',
    'Give the mount to the clones',
  ],
  ["bridge 'vmbr7' does not exist\n", false, 'no bridge vmbr7', 'phx run hypervisor/network'],
  [
    "400 Parameter verification failed.\nnet1: unable to hotplug net1: bridge 'vmbr7' does not exist\n",
    false,
    'no bridge vmbr7',
  ],
  ['unable to shrink disk size\n', false, 'only grows volumes', 'Set the size back'],
  [
    'mount point type bind is only allowed for root@pam\nonly root@pam can set it\n',
    false,
    'needs root',
    'Run phx as root',
  ],
  ["cannot create 'tank/x': out of space\n", false, 'the storage is full', 'Make room'],
  ['tar: write error: No space left on device\n', false, 'the storage is full'],
  [
    "Err:1 http://deb.debian.org Temporary failure resolving 'deb.debian.org'\n",
    false,
    'names are not resolved',
  ],
  ['curl: (6) Temporary failure in name resolution\n', false, 'names are not resolved'],
];

for (const [text, transient, cause, way] of cases) {
  test(text.trim().split('\n').at(-1) ?? '', () => {
    const diagnosis = diagnose(text);
    assert.ok(diagnosis);
    assert.equal(diagnosis.transient ?? false, transient);
    assert.ok(diagnosis.cause?.includes(cause), diagnosis.cause);
    const told = `${diagnosis.hint ?? ''} ${diagnosis.command ?? ''}`;
    assert.ok(way === undefined || told.includes(way), told);
  });
}

test('what is not known is not explained', () => {
  for (const text of [
    '',
    'CT 900 already running\n',
    "snapshot 'nosuch' does not exist\n",
    "Configuration file 'nodes/pve/lxc/901.conf' does not exist\n",
    'CT 900 not running\n',
    'trying to acquire lock...\n OK\n',
  ])
    assert.equal(diagnose(text), undefined, text);
});

test('only locks and changes by others are taken for something that goes away, in everything that was recorded', () => {
  let transient = 0;
  const folder = new URL('../fixtures/pve/', import.meta.url);
  for (const name of readdirSync(folder)) {
    for (const { exit, stderr = '' } of shippedRecording(name.replace('.json', '')).steps) {
      if (exit === 0 || !diagnose(stderr)?.transient) continue;
      transient++;
      assert.match(
        stderr,
        /is locked \((backup|disk|snapshot|snapshot-delete)\)|got timeout|detected modified configuration|checksum mismatch/,
      );
    }
  }
  assert.ok(transient > 10, String(transient));
});
