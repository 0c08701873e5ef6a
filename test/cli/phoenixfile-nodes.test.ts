/** How a phoenixfile says that its nodes are reached: each mistake is named, and no token is shown. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldToken, oddNode } from '../../src/cli/phoenixfile-nodes.ts';

const token = { secret: 'env:PHX_API' };
const url = 'https://10.0.0.11:8006';
const fingerprint = Array(32).fill('aB').join(':');

const good: readonly unknown[] = [
  'local',
  { ssh: 'root@10.0.0.11' },
  { ssh: 'root@10.0.0.11', config: 'ssh_config', api: { url, token } },
  { api: { url, token, fingerprint } },
  { api: { url: 'https://[fd00::11]:8006/', token } },
];

const bad: readonly (readonly [unknown, RegExp])[] = [
  ['root@10.0.0.11', /nodes\.pve1 is 'local' or \{ ssh/],
  [null, /nodes\.pve1 is 'local'/],
  [{}, /nodes\.pve1 is 'local'/],
  [{ ssh: '-oProxyCommand=x' }, /nodes\.pve1 is 'local'/],
  [{ ssh: '' }, /nodes\.pve1 is 'local'/],
  [{ ssh: 7 }, /nodes\.pve1 is 'local'/],
  [{ ssh: 'pve1', user: 'root' }, /nodes\.pve1 is 'local'/],
  [{ config: 'ssh_config', api: { url, token } }, /nodes\.pve1 is 'local'/],
  [{ api: url }, /nodes\.pve1\.api\.url is/],
  [{ api: { url: 'http://10.0.0.11:8006', token } }, /api\.url is the address/],
  [{ api: { url: '10.0.0.11:8006', token } }, /api\.url is the address/],
  [{ api: { url: `${url}/api2/json`, token } }, /api\.url is the address/],
  [{ api: { url: 'https://root:hunter2@10.0.0.11:8006', token } }, /api\.url is the address/],
  [{ api: { url, token, finger: fingerprint } }, /api has no key "finger": did you mean fingerprint/i],
  [{ api: { url } }, /api\.token is \{ secret/],
  [{ api: { url, token, fingerprint: 'AB:CD' } }, /api\.fingerprint is SHA-256/],
  [{ api: { url, token, fingerprint: fingerprint.replaceAll(':', '') } }, /api\.fingerprint is SHA-256/],
];

for (const node of good)
  test(`a node that is reached: ${JSON.stringify(node)}`, () => {
    assert.equal(oddNode('pve1', node), undefined);
    assert.equal(heldToken({ pve1: node }), undefined);
  });

for (const [node, says] of bad)
  test(`a node that is not: ${JSON.stringify(node)}`, () => {
    const said = oddNode('pve1', node) ?? '';
    assert.match(said, says);
    assert.doesNotMatch(said, /hunter2/);
  });

test('a token in the file itself is refused before all else, and not shown', () => {
  const said = heldToken({ pve1: { api: { url, token: 'monitor@pve!phx=hunter2' } } }) ?? '';
  assert.match(said, /nodes\.pve1\.api\.token is \{ secret: 'env:PHX_API' \}/);
  assert.doesNotMatch(said, /hunter2/);
});
