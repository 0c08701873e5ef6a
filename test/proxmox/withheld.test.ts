/** What is kept back of a sweep that is shown: nothing but what is secret. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withholdSecrets } from '../../src/proxmox/withheld.ts';

test('passwords in confs, also of snapshots, and texts of files that hold secrets are kept back, all else stands', () => {
  const before = [
    ...[
      '@sweep 1',
      '@guest vm 8001 stopped',
      '|cipassword: $6$a$b',
      '|name: x',
      '|[s1]',
      '|cipassword: $5$c',
    ],
    ...[
      '@file /a/user.yaml',
      '|#cloud-config',
      '|# Managed by phx. It holds secrets.',
      '|password: x',
      '|y: z',
    ],
    ...['@file /a/plain', '|cipassword: told by nobody', '@absent /b', '@end', ''],
  ];
  const after = [
    ...['@sweep 1', '@guest vm 8001 stopped', '|cipassword: (withheld)', '|name: x', '|[s1]'],
    ...['|cipassword: (withheld)', '@file /a/user.yaml', '|#cloud-config'],
    ...['|# Managed by phx. It holds secrets.', '|# (withheld)'],
    ...['@file /a/plain', '|cipassword: told by nobody', '@absent /b', '@end', ''],
  ];
  assert.equal(withholdSecrets(before.join('\n')), after.join('\n'));
});
