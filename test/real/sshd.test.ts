/** A node over ssh, against a real sshd on loopback. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sshHost } from '../../src/host/ssh/ssh.ts';
import { behavesAsHost, hostEnv } from '../host/behaviour.ts';
import { startSshd } from '../sshd.ts';
import { tempFolder } from '../temp.ts';

const sshd = await startSshd();
const folder = tempFolder();
const host = sshHost({
  ...{ label: 'pve1', ssh: sshd.ssh, config: sshd.config, folder },
  ...{ clock: Date.now, sleep: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)) },
  ...{ env: { PATH: process.env.PATH ?? '' }, nodeEnv: hostEnv, runFolder: tempFolder() },
});
after(async () => {
  await host.close();
  await sshd.stop();
});

behavesAsHost(host);

test('it is told by its name and the way there', () => {
  assert.deepEqual([host.kind, host.label], ['ssh', 'pve1 over ssh (node)']);
});
