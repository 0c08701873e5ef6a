/** Lists that Proxmox and ZFS print: an empty one is told from what is no list at all. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseVolumeList } from '../../src/proxmox/volume-list.ts';
import { parseSnapshotList } from '../../src/proxmox/zfs-snapshots.ts';

test('pvesm list: its head stands also above nothing', () => {
  const head = 'Volid Format  Type      Size VMID\n';
  assert.deepEqual(parseVolumeList(head), []);
  assert.deepEqual(
    parseVolumeList(
      `${head}local:backup/a.tar.zst tar.zst backup 1 900\nlocal:900/b.raw raw rootdir 1 900\n`,
    ),
    ['local:backup/a.tar.zst', 'local:900/b.raw'],
  );
  for (const text of ['', '\n', 'local:900/b.raw raw rootdir 1 900\n', 'Segmentation fault\n'])
    assert.equal(parseVolumeList(text), undefined, text);
});

test('zfs list of snapshots: nothing but those of the dataset', () => {
  assert.deepEqual(parseSnapshotList('', 'tank/a'), []);
  assert.deepEqual(parseSnapshotList('tank/a@one\ntank/a@two\n', 'tank/a'), ['one', 'two']);
  for (const text of ['tank/ab@one\n', 'tank/a\n', 'no datasets available\n'])
    assert.equal(parseSnapshotList(text, 'tank/a'), undefined, text);
});
