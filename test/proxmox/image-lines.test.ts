/** Raw lines of application containers: those that came with the image are told from all others. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOfImage } from '../../src/proxmox/image-lines.ts';

test('raw lines of an image are known', () => {
  for (const key of ['lxc.environment.runtime', 'lxc.init.cwd', 'lxc.init.uid', 'lxc.signal.halt'])
    assert.equal(isOfImage(key), true, key);
  for (const key of ['lxc.mount.entry', 'lxc.environment', 'lxc.init.cmd', 'lxc.cgroup2.devices.allow'])
    assert.equal(isOfImage(key), false, key);
});
