/** Which Proxmox VE a node runs. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atLeast, pveVersion } from '../../src/proxmox/version.ts';

const node = (version: string) => new Map([['pve-manager', version]]);

test('told by pve-manager', () => {
  assert.deepEqual(pveVersion(node('8.4.21')), { major: 8, minor: 4 });
  assert.deepEqual(pveVersion(node('9.10.1~rc1')), { major: 9, minor: 10 });
  assert.equal(pveVersion(new Map()), undefined);
});

test('compared by number', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['9.1.0', '9.1', true],
    ['9.10.0', '9.2', true],
    ['10.0.1', '9.2', true],
    ['9.0.11', '9.1', false],
    ['8.4.1', '9.0', false],
  ];
  for (const [has, wanted, answer] of cases) assert.equal(atLeast(node(has), wanted), answer, has);
  assert.equal(atLeast(new Map(), '9.1'), undefined);
});
