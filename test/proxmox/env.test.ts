/** The environment of application containers: what an image brought is laid over, never lost. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConf } from '../../src/proxmox/conf.ts';
import { envLines, envOf, isOfImage, layEnv, printEnv } from '../../src/proxmox/env.ts';

const image = parseConf(
  'lxc.environment.runtime: PATH=/usr/bin:/bin\nlxc.environment.runtime: MODE=a=b\nlxc.environment.runtime: MODE=c\nlxc.mount.entry: x\n',
);

test('read from raw lines and from the key, the last of a name counts', () => {
  assert.deepEqual(
    [...envOf(image)],
    [
      ['PATH', '/usr/bin:/bin'],
      ['MODE', 'c'],
    ],
  );
  const keyed = { keys: new Map([['env', 'MODE=z\0EMPTY=\0=odd\0none']]), lxc: image.lxc };
  assert.deepEqual(
    [...envOf(keyed)],
    [
      ['PATH', '/usr/bin:/bin'],
      ['MODE', 'z'],
      ['EMPTY', ''],
    ],
  );
  assert.deepEqual([...envOf(parseConf(''))], []);
});

test('ours are laid over, the rest of the image stays', () => {
  assert.deepEqual(
    [...layEnv(envOf(image), { MODE: 'ours', PORT: '80' })],
    [
      ['PATH', '/usr/bin:/bin'],
      ['MODE', 'ours'],
      ['PORT', '80'],
    ],
  );
});

test('what the configuration no longer names goes, and nothing else', () => {
  const present = new Map([
    ['PATH', '/bin'],
    ['OLD', '1'],
    ['KEPT', '2'],
  ]);
  assert.deepEqual(
    [...layEnv(present, { KEPT: '3' }, ['OLD', 'KEPT', 'NEVER'])],
    [
      ['PATH', '/bin'],
      ['KEPT', '3'],
    ],
  );
});

test('printed as lines, which read back alike, and as one value', () => {
  const variables = layEnv(envOf(image), { A: 'x y' });
  const lines = envLines(variables);
  assert.deepEqual(lines[0], { key: 'lxc.environment.runtime', value: 'PATH=/usr/bin:/bin' });
  assert.deepEqual([...envOf({ keys: new Map(), lxc: lines })], [...variables]);
  assert.equal(printEnv(variables), 'PATH=/usr/bin:/bin\0MODE=c\0A=x y');
});

test('raw lines of an image are known', () => {
  for (const key of ['lxc.environment.runtime', 'lxc.init.cwd', 'lxc.init.uid', 'lxc.signal.halt'])
    assert.equal(isOfImage(key), true, key);
  for (const key of ['lxc.mount.entry', 'lxc.environment', 'lxc.init.cmd', 'lxc.cgroup2.devices.allow'])
    assert.equal(isOfImage(key), false, key);
});
