/** This machine as a host, with real processes. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { localHost } from '../../src/host/local.ts';
import { writeWhole } from '../../src/host/write-file.ts';
import { tempFolder } from '../temp.ts';
import { assertGone, behavesAsHost, hostEnv } from './behaviour.ts';

const dir = tempFolder();

let ticks = 0;
const host = localHost({ hostname: 'here', env: hostEnv, clock: () => ticks++ });

behavesAsHost(host);

test('a child in the background that keeps the output open is bounded, too', async () => {
  const outcome = await host.run({ argv: ['sh', '-c', 'sleep 1000 & echo $!'], deadline: 500 });
  assert.deepEqual([outcome.exit, outcome.ended], [124, 'deadline']);
  await assertGone([Number(outcome.stdout)]);
});

test('what is no readable file is an error, not a missing one', async () => {
  await assert.rejects(host.readFile(dir), { code: 'EISDIR' });
});

test('a machine is known by its machine id', async () => {
  const known = await host.readFile('/etc/machine-id');
  assert.equal(await host.identity(), `node-${known?.trim() || 'here'}`);
});

test('the machine that phx runs on is always reached', async () => {
  assert.equal(await host.reach(), undefined);
});

test('a file system that refuses modes gets the text without them, but never a secret', async () => {
  const refusing = (code: string) => async () => {
    throw Object.assign(new Error(code), { code });
  };
  const path = join(dir, 'cluster', 'x.fw');
  await writeWhole(path, 'old', 0o644);
  await writeWhole(path, 'new', 0o644, refusing('EPERM'));
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.deepEqual(readdirSync(join(dir, 'cluster')), ['x.fw']);
  await assert.rejects(writeWhole(path, 'secret', 0o600, refusing('EPERM')), /EPERM/);
  await assert.rejects(writeWhole(path, 'more', 0o644, refusing('ENOSPC')), /ENOSPC/);
  assert.equal(readFileSync(path, 'utf8'), 'new');
});

test('the way by which the operator came in still has to be there', async () => {
  const setup = { hostname: 'here', env: {}, clock: () => 0 };
  await localHost(setup).reach();
  await localHost({ ...setup, session: '192.0.2.1 50000 127.0.0.1 22' }).reach();
  const gone = localHost({ ...setup, session: '192.0.2.1 50000 192.0.2.7 22' });
  await assert.rejects(gone.reach(), /address 192\.0\.2\.7, which your session came in by, is gone/);
});
