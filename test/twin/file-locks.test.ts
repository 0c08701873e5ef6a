/** Locks of guests' files on the twin: whoever changes a guest waits for them, by the tool or by the interface. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordedNode } from '../conformance/node.ts';

const path = '/run/lock/lxc/pve-config-900.lock';

for (const argv of [
  ['pct', 'set', '900', '--memory', '64'],
  ['pvesh', 'set', '/nodes/pve/lxc/900/config', '--memory', '64'],
]) {
  test(`${argv[0]} waits ten seconds for the lock of a guest, and no longer`, async () => {
    const twin = await recordedNode({ local: 'dir' });
    const template = 'local:vztmpl/alpine-3.20-default_20240908_amd64.tar.gz';
    await twin.run({ argv: ['pct', 'create', '900', template, '--rootfs', 'local:1'] });
    const held = (seconds: string) => twin.run({ argv: ['flock', path, 'sleep', seconds] });
    const [, free] = await Promise.all([held('3'), twin.run({ argv })]);
    assert.deepEqual([free.exit, free.stderr], [0, 'trying to acquire lock...\n OK\n']);
    const [, late] = await Promise.all([held('14'), twin.run({ argv })]);
    assert.equal(late.stderr, `trying to acquire lock...\ncan't lock file '${path}' - got timeout\n`);
    assert.notEqual(late.exit, 0);
  });
}
