/** Snapshots of datasets on the twin: beside those of Proxmox, in one order with them, and with the inside of a guest. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, furnished, run, template } from './node.ts';

const create = `pct create 900 ${template} --rootfs quickOS-lxc:8 --mp0 quickOS-lxc:2,mp=/data`;
const root = 'fast/lxc/subvol-900-disk-0';
const list = (dataset: string) => `zfs list -H -t snapshot -o name -s createtxg -d 1 ${dataset}`;

test('the root of a guest goes back alone, and only to its newest snapshot', async () => {
  const twin = await furnished();
  await all(twin, create, 'pct start 900', 'pct push 900 /etc/hostname /root/one', `zfs snapshot ${root}@a`);
  await all(twin, 'pct push 900 /etc/hostname /data/two');
  await all(twin, 'pct push 900 /etc/hostname /root/two', `zfs snapshot ${root}@b`);
  assert.equal(await all(twin, list(root)), `${root}@a\n${root}@b\n`);
  assert.match((await run(twin, `zfs snapshot ${root}@b`)).stderr, /dataset already exists/);
  const refused = await run(twin, `zfs rollback ${root}@a`);
  assert.match(
    refused.stderr,
    /more recent snapshots or bookmarks exist[\s\S]*use '-r'[\s\S]*subvol-900-disk-0@b/,
  );
  await all(twin, `zfs destroy ${root}@b`, `zfs rollback ${root}@a`);
  const inside = Object.keys(twin.state().guests['900']?.tree.files ?? {});
  assert.deepEqual([inside.includes('/root/one'), inside.includes('/root/two')], [true, false]);
  assert.ok(inside.includes('/data/two'), 'what lies on another volume stays in the present');
  assert.match(
    (await run(twin, `zfs rollback ${root}@c`)).stderr,
    /cannot open '.*@c': dataset does not exist/,
  );
  assert.match((await run(twin, `zfs destroy ${root}@c`)).stderr, /could not find any snapshots to destroy/);
  assert.match((await run(twin, 'zfs snapshot fast/none@a')).stderr, /cannot open 'fast\/none'/);
});

test('those of Proxmox stand among them: a newer one is in the way of both', async () => {
  const twin = await furnished();
  await all(twin, create, 'pct snapshot 900 mine', `zfs snapshot ${root}@a`);
  assert.equal(await all(twin, list(root)), `${root}@mine\n${root}@a\n`);
  assert.match((await run(twin, 'pct rollback 900 mine')).stderr, /'mine' is not most recent snapshot on/);
  await all(twin, `zfs destroy ${root}@a`, 'pct rollback 900 mine');
  await all(twin, `zfs snapshot ${root}@b`, 'pct destroy 900');
  assert.equal((await run(twin, list(root))).exit, 1);
});

test('any dataset has them, and goes with them only where it is said so', async () => {
  const twin = await furnished();
  await all(twin, 'zfs create fast/x', 'zfs snapshot fast/x@a');
  assert.equal(await all(twin, list('fast/x')), 'fast/x@a\n');
  assert.match((await run(twin, 'zfs destroy fast/x')).stderr, /filesystem has children[\s\S]*fast\/x@a/);
  await all(twin, 'zfs destroy -r fast/x');
});
