/** The firewall: what its program says, and what would cut the operator off. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firewallCuts } from '../../src/twin/firewall/cuts.ts';
import { freshState } from '../../src/twin/fresh.ts';
import { writeNodeFile } from '../../src/twin/node-files.ts';
import { freshTwin, hardware } from './node.ts';
import { type Scene, tell } from './story.ts';

const stories: Readonly<Record<string, readonly Scene[]>> = {
  'pve-firewall runs, stops and tells a packet': [
    ['pve-firewall status', { out: 'Status: disabled/running\n' }],
    ['pve-firewall stop'],
    ['systemctl is-active pve-firewall', { exit: 3 }],
    ['pve-firewall restart'],
    [
      '/etc/pve/firewall/cluster.fw <- [OPTIONS]\nenable: 1\n[RULES]\nIN DROP -p tcp -dport 22 -source 10.0.0.7\n',
    ],
    ['pve-firewall status', { out: 'Status: enabled/running\n' }],
    ['pve-firewall simulate --to host --source 10.0.0.7 --dport 22', { out: /ACTION: DROP\n$/ }],
    ['pve-firewall simulate --to host --source 10.0.0.8 --dport 22', { out: /ACTION: ACCEPT\n$/ }],
    ['pve-firewall simulate --to host --source 192.0.2.1 --dport 8006', { out: /ACTION: DROP\n$/ }],
    ['/etc/pve/nodes/pve1/host.fw <- [RULES]\nIN ACCEPT -source 10.0.0.7 -p tcp -dport 22\n'],
    ['pve-firewall simulate --to host --source 10.0.0.7 --dport 22', { out: /ACTION: ACCEPT\n$/ }],
    ['cat /etc/pve/local/host.fw', { out: /^\[RULES\]/ }],
    ['pve-firewall compile', { out: /-A PVEFW-HOST-IN -s 10\.0\.0\.7 -p tcp --dport 22 -j RETURN/, err: '' }],
    ['pve-firewall compile', { out: /\nno changes\n$/ }],
    ['pve-firewall stop'],
    ['pve-firewall compile', { out: /\ndetected changes\n$/ }],
    ['/etc/pve/local/host.fw <- [RULES]\nIN SSHH(ACCEPT)\n'],
    ['pve-firewall compile', { err: /^\/etc\/pve\/nodes\/pve1\/host\.fw \(line 2\)/ }],
    ['rm /etc/pve/nodes/pve1/host.fw'],
    ['cat /etc/pve/local/host.fw', { exit: 1 }],
    ['pve-firewall set enable', { exit: 255, err: /^ERROR: unknown command 'pve-firewall set'/ }],
    [
      'pve-firewall simulate --to host --protocol smtp',
      { exit: 255, err: /protocol: value does not match the regex pattern/ },
    ],
  ],
};

for (const [name, scenes] of Object.entries(stories)) test(name, () => tell(freshTwin(), scenes));

/** Files and the door that they shut; the operator's address where it is not just any of the local network. */
const cuts: readonly (readonly [
  name: string,
  files: { readonly cluster: string; readonly host?: string },
  expected: RegExp | undefined,
  from?: string,
])[] = [
  ['a firewall that is off', { cluster: '[RULES]\nIN DROP\n' }, undefined],
  ['only the built-in rules', { cluster: '[OPTIONS]\nenable: 1\n' }, undefined],
  [
    'a rule that drops all',
    { cluster: '[OPTIONS]\nenable: 1\n[RULES]\nIN DROP\n' },
    /10\.0\.0\.0\/24 to port 22 .* 'IN DROP' \(line 4 of/,
  ],
  [
    'a rule before it that lets in',
    { cluster: '[OPTIONS]\nenable: 1\n[RULES]\nIN ACCEPT -source 10.0.0.5 -p tcp -dport 22,8006\nIN DROP\n' },
    undefined,
  ],
  [
    'a rule before it for the shell only',
    { cluster: '[OPTIONS]\nenable: 1\n[RULES]\nIN SSH(ACCEPT)\nIN DROP\n' },
    /to port 8006 would be cut/,
  ],
  ['a rule that is switched off', { cluster: '[OPTIONS]\nenable: 1\n[RULES]\n|IN DROP\n' }, undefined],
  [
    'the host rule first',
    { cluster: '[OPTIONS]\nenable: 1\n[RULES]\nIN DROP\n', host: '[RULES]\nIN ACCEPT -p tcp\n' },
    undefined,
  ],
  [
    'the host firewall off',
    { cluster: '[OPTIONS]\nenable: 1\n[RULES]\nIN DROP\n', host: '[OPTIONS]\nenable: 0\n' },
    undefined,
  ],
  [
    'an operator from elsewhere',
    { cluster: '[OPTIONS]\nenable: 1\n' },
    /from 192\.0\.2\.4 to port 22 would be cut \(DROP\) by policy_in DROP/,
    '192.0.2.4',
  ],
  [
    'an operator who is in the management set',
    { cluster: '[OPTIONS]\nenable: 1\n[IPSET management]\n192.0.2.0/24\n' },
    undefined,
    '192.0.2.4',
  ],
  ['an open policy', { cluster: '[OPTIONS]\nenable: 1\npolicy_in: ACCEPT\n' }, undefined, '192.0.2.4'],
  [
    'a local network set elsewhere',
    { cluster: '[OPTIONS]\nenable: 1\n[ALIASES]\nlocal_network 192.0.2.0/24\n' },
    /cut/,
    '10.0.0.5',
  ],
  [
    'a group that drops',
    { cluster: '[OPTIONS]\nenable: 1\n[RULES]\nGROUP shut\n[group shut]\nIN REJECT -p tcp -dport 22\n' },
    /port 22 would be cut \(REJECT\)/,
  ],
];

for (const [name, files, expected, from] of cuts)
  test(`what cuts the operator off: ${name}`, () => {
    const state = freshState(hardware, 0, () => 0.5);
    writeNodeFile(state, '/etc/pve/firewall/cluster.fw', files.cluster);
    if (files.host !== undefined) writeNodeFile(state, '/etc/pve/nodes/pve1/host.fw', files.host);
    const reason = firewallCuts(state, from);
    if (expected) assert.match(reason ?? 'nothing is cut', expected);
    else assert.equal(reason, undefined);
  });
