/** Who decides on a connection to the node, and when a person would lock themselves out (F25). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFirewall } from '../../src/proxmox/firewall-file.ts';
import { decide, lockout, type NamedRules, type NodeFirewall } from '../../src/proxmox/firewall-lockout.ts';
import { type FirewallRule, parseRule } from '../../src/proxmox/firewall-rule.ts';

/** `name: line` as named rules. */
function named(...lines: string[]): NamedRules {
  return lines.map((text) => {
    const [, name = '', line = ''] = /^(\S+): (.*)$/.exec(text) ?? [];
    const rule = parseRule(line);
    assert.ok(rule, text);
    return [name, rule] as const;
  });
}

const node: NodeFirewall = {
  enabled: true,
  hostRules: [],
  clusterRules: [],
  groups: new Map([
    [
      'web',
      named('http: IN HTTP(ACCEPT)', 'off: |IN DROP', 'out: OUT DROP', 'https: IN ACCEPT -p tcp -dport 443'),
    ],
    ['strict', named('all: IN REJECT -p tcp -dport 22,8006')],
  ]),
  aliases: new Map([
    ['Office', '203.0.113.0/24'],
    ['six', 'fd00:1::/32'],
  ]),
  ipsets: new Map([
    ['management', ['198.51.100.7']],
    ['admins', ['10.0.0.0/8', '!10.1.0.0/16', '10.1.2.3', 'Office', '!fd00:2::/32', 'fd00::/8']],
    ['broken', ['10.0.0.0/8', 'nosuch']],
    ['all', ['0.0.0.0/0']],
  ]),
  localNetwork: '10.0.0.0/24',
};

const local = 'the built-in rule for the local network';

// What stands in the rules of the cluster, a connection, and who decides.
const table: readonly (readonly [rules: readonly string[], from: string, port: number, answer: string])[] = [
  [[], '10.0.0.9', 22, `ACCEPT ${local}`],
  [[], '10.0.0.9', 8006, `ACCEPT ${local}`],
  [[], '10.0.0.9', 5999, `ACCEPT ${local}`],
  [[], '10.0.0.9', 3128, `ACCEPT ${local}`],
  [[], '10.0.0.9', 60050, `ACCEPT ${local}`],
  [[], '10.0.0.9', 6000, 'DROP policy_in'],
  [[], '10.0.0.9', 2049, 'DROP policy_in'],
  [[], '10.0.1.9', 22, 'DROP policy_in'],
  [[], '198.51.100.7', 22, 'ACCEPT the built-in rule for the set management'],
  [[], '198.51.100.8', 22, 'DROP policy_in'],
  [[], 'fd00::1', 8006, 'DROP policy_in'],
  // Macros and ports.
  [['ssh: IN SSH(ACCEPT)'], '8.8.8.8', 22, 'ACCEPT rule ssh'],
  [['ssh: IN SSH(ACCEPT)'], 'fd00::1', 22, 'ACCEPT rule ssh'],
  [['ssh: IN SSH(ACCEPT)'], '8.8.8.8', 8006, 'DROP policy_in'],
  [['off: |IN SSH(ACCEPT)'], '8.8.8.8', 22, 'DROP policy_in'],
  [['web: IN Web(ACCEPT)'], '8.8.8.8', 443, 'ACCEPT rule web'],
  [['smb: IN SMB(ACCEPT)'], '8.8.8.8', 445, 'ACCEPT rule smb'],
  [['ping: IN Ping(DROP)'], '10.0.0.9', 22, `ACCEPT ${local}`],
  [['dns: IN DNS(REJECT)'], '10.0.0.9', 53, 'REJECT rule dns'],
  [['odd: IN Nosuch(ACCEPT)'], '8.8.8.8', 22, 'DROP policy_in'],
  [['odd: IN Nosuch(DROP)'], '10.0.0.9', 22, 'DROP rule odd'],
  [['r: IN ACCEPT -p tcp -dport 20:25,8006'], '8.8.8.8', 24, 'ACCEPT rule r'],
  [['r: IN ACCEPT -p 6 -dport 20:25,8006'], '8.8.8.8', 8006, 'ACCEPT rule r'],
  [['r: IN ACCEPT -p tcp -dport 20:25,8006'], '8.8.8.8', 26, 'DROP policy_in'],
  [['r: IN ACCEPT -p tcp -dport ssh'], '8.8.8.8', 22, 'ACCEPT rule r'],
  [['r: IN ACCEPT -p tcp -dport gopher'], '8.8.8.8', 70, 'DROP policy_in'],
  [['r: IN DROP -p tcp -dport gopher'], '10.0.0.9', 22, 'DROP rule r'],
  [['r: IN DROP -p udp'], '10.0.0.9', 22, `ACCEPT ${local}`],
  [['r: IN DROP -p icmp'], '10.0.0.9', 22, `ACCEPT ${local}`],
  [['r: IN ACCEPT'], '8.8.8.8', 12345, 'ACCEPT rule r'],
  [['r: OUT DROP'], '10.0.0.9', 22, `ACCEPT ${local}`],
  // What only a packet would tell: closes, but does not open.
  [['r: IN ACCEPT -p tcp -dport 22 -sport 1024:65535'], '8.8.8.8', 22, 'DROP policy_in'],
  [['r: IN DROP -p tcp -dport 22 -sport 1024:65535'], '10.0.0.9', 22, 'DROP rule r'],
  [['r: IN ACCEPT -dest 10.0.0.13'], '8.8.8.8', 22, 'DROP policy_in'],
  [['r: IN DROP -dest 10.0.0.13'], '10.0.0.9', 22, 'DROP rule r'],
  [['r: IN ACCEPT -i vmbr0'], '8.8.8.8', 22, 'DROP policy_in'],
  [['r: IN DROP -i vmbr9'], '10.0.0.9', 22, 'DROP rule r'],
  // The first rule that matches decides.
  [['a: IN ACCEPT -source 10.0.0.9', 'b: IN DROP'], '10.0.0.9', 22, 'ACCEPT rule a'],
  [['a: IN ACCEPT -source 10.0.0.9', 'b: IN DROP'], '10.0.0.8', 22, 'DROP rule b'],
  [['b: IN DROP', 'a: IN ACCEPT -source 10.0.0.9'], '10.0.0.9', 22, 'DROP rule b'],
  // Sources.
  [['s: IN ACCEPT -source 10.9.0.0/16'], '10.9.255.255', 22, 'ACCEPT rule s'],
  [['s: IN ACCEPT -source 10.9.0.0/16'], '10.10.0.0', 22, 'DROP policy_in'],
  [['s: IN ACCEPT -source 10.9.0.3-10.9.0.5'], '10.9.0.5', 22, 'ACCEPT rule s'],
  [['s: IN ACCEPT -source 10.9.0.3-10.9.0.5'], '10.9.0.6', 22, 'DROP policy_in'],
  [['s: IN ACCEPT -source 10.9.0.3,10.9.1.0/24'], '10.9.1.7', 22, 'ACCEPT rule s'],
  [['s: IN ACCEPT -source fd00:9::/32'], 'fd00:9::1', 22, 'ACCEPT rule s'],
  [['s: IN ACCEPT -source fd00:9::/32'], '10.9.0.1', 22, 'DROP policy_in'],
  [['s: IN ACCEPT -source office'], '203.0.113.200', 22, 'ACCEPT rule s'],
  [['s: IN ACCEPT -source dc/Office'], '203.0.114.1', 22, 'DROP policy_in'],
  [['s: IN ACCEPT -source dc/six'], 'fd00:1::5', 22, 'ACCEPT rule s'],
  [['s: IN ACCEPT -source nosuch'], '10.9.0.1', 22, 'DROP policy_in'],
  [['s: IN DROP -source nosuch'], '10.0.0.9', 22, 'DROP rule s'],
  [['s: IN DROP -source local_network'], '10.0.0.9', 22, 'DROP rule s'],
  [['s: IN ACCEPT -source +management'], '10.0.0.9', 111, 'ACCEPT rule s'],
  [['s: IN ACCEPT -source +admins'], '10.9.0.1', 22, 'ACCEPT rule s'],
  [['s: IN ACCEPT -source +dc/admins'], '203.0.113.1', 22, 'ACCEPT rule s'],
  [['s: IN ACCEPT -source +admins'], '10.1.0.1', 22, 'DROP policy_in'],
  [['s: IN ACCEPT -source +admins'], '10.1.2.3', 22, 'ACCEPT rule s'],
  [['s: IN ACCEPT -source +admins'], 'fd00:3::1', 22, 'ACCEPT rule s'],
  [['s: IN ACCEPT -source +admins'], 'fd00:2::1', 22, 'DROP policy_in'],
  [['s: IN DROP -source +admins'], '10.1.0.1', 22, 'DROP policy_in'],
  [['s: IN ACCEPT -source +nosuch'], '10.9.0.1', 22, 'DROP policy_in'],
  [['s: IN DROP -source +nosuch'], '10.0.0.9', 22, 'DROP rule s'],
  [['s: IN ACCEPT -source +broken'], '10.9.0.1', 22, 'DROP policy_in'],
  [['s: IN ACCEPT -source +all'], '10.9.0.1', 22, 'DROP policy_in'],
  // Groups at their place.
  [['g: GROUP web'], '8.8.8.8', 80, 'ACCEPT rule http of group web'],
  [['g: GROUP web'], '8.8.8.8', 443, 'ACCEPT rule https of group web'],
  [['g: GROUP web'], '10.0.0.9', 22, `ACCEPT ${local}`],
  [['g: |GROUP strict'], '10.0.0.9', 22, `ACCEPT ${local}`],
  [['g: GROUP strict', 'ssh: IN SSH(ACCEPT)'], '10.0.0.9', 22, 'REJECT rule all of group strict'],
  [['ssh: IN SSH(ACCEPT)', 'g: GROUP strict'], '10.0.0.9', 22, 'ACCEPT rule ssh'],
  [['g: GROUP web -i vmbr0'], '8.8.8.8', 80, 'DROP policy_in'],
  [['g: GROUP strict -i vmbr9'], '10.0.0.9', 22, 'REJECT rule all of group strict'],
  [['g: GROUP missing'], '10.0.0.9', 22, `ACCEPT ${local}`],
];

test('the first rule that catches a connection decides, then what is built in, then the policy', () => {
  for (const [rules, source, port, answer] of table) {
    const { action, by } = decide({ ...node, clusterRules: named(...rules) }, { source, port });
    assert.equal(`${action} ${by}`, answer, `${rules.join('; ')} from ${source} to ${port}`);
  }
});

test('the interface of a connection, where it is known', () => {
  for (const [rule, iface, answer] of [
    ['r: IN ACCEPT -i vmbr1', 'vmbr1', 'ACCEPT rule r'],
    ['r: IN ACCEPT -i vmbr1', 'vmbr0', 'DROP policy_in'],
    ['r: IN DROP -i vmbr1', 'vmbr0', 'DROP policy_in'],
    ['g: GROUP strict -i vmbr1', 'vmbr1', 'REJECT rule all of group strict'],
    ['g: GROUP strict -i vmbr1', 'vmbr0', 'DROP policy_in'],
  ] as const) {
    const { action, by } = decide(
      { ...node, clusterRules: named(rule) },
      { source: '8.8.8.8', port: 22, iface },
    );
    assert.equal(`${action} ${by}`, answer, `${rule} by ${iface}`);
  }
});

test('the rules of the node come before those of the cluster', () => {
  const both = {
    ...node,
    hostRules: named('mine: IN SSH(REJECT)'),
    clusterRules: named('ours: IN SSH(ACCEPT)'),
  };
  assert.deepEqual(decide(both, { source: '8.8.8.8', port: 22 }), { action: 'REJECT', by: 'rule mine' });
});

test('the policy is DROP unless it is said; an own local_network takes the place of the one that was found', () => {
  const ask = (firewall: NodeFirewall) => decide(firewall, { source: '10.0.0.9', port: 8006 });
  assert.equal(decide({ ...node, policyIn: 'REJECT' }, { source: '8.8.8.8', port: 22 }).action, 'REJECT');
  assert.equal(decide({ ...node, policyIn: 'ACCEPT' }, { source: '8.8.8.8', port: 22 }).action, 'ACCEPT');
  assert.equal(ask({ ...node, localNetwork: undefined }).by, 'policy_in');
  assert.equal(ask({ ...node, aliases: new Map([['local_network', '192.168.0.0/16']]) }).by, 'policy_in');
  assert.equal(ask({ ...node, aliases: new Map([['local_network', '10.0.0.0/28']]) }).by, local);
  assert.equal(ask({ ...node, ipsets: new Map() }).by, local);
});

test('a firewall that is off lets all in; a source that is no address is an error', () => {
  const off = { ...node, enabled: false, clusterRules: named('r: IN DROP') };
  assert.equal(decide(off, { source: '8.8.8.8', port: 22 }).action, 'ACCEPT');
  assert.throws(() => decide(node, { source: 'laptop', port: 22 }), /"laptop" is no address/);
});

test('the recorded node decides as pve-firewall simulate did', () => {
  const file = parseFirewall(
    '[ALIASES]\nlan 10.77.0.0/24\n[IPSET admins]\n10.77.0.5\n!10.77.1.0/24\nlan\n[group web]\nIN HTTP(ACCEPT)\n[RULES]\nIN SSH(ACCEPT) -source +admins -log nolog # ssh\n|IN ACCEPT -p udp -dport 53\nGROUP web -i vmbr0\nOUT ACCEPT\n',
  );
  const rules = (all: readonly (FirewallRule | string)[]): NamedRules =>
    all.flatMap((rule, at) => (typeof rule === 'string' ? [] : [[String(at), rule] as const]));
  const recorded: NodeFirewall = {
    enabled: true,
    policyIn: 'DROP',
    hostRules: [],
    clusterRules: rules(file.rules),
    groups: new Map(Object.entries(file.groups).map(([name, group]) => [name, rules(group.rules)])),
    aliases: new Map(Object.entries(file.aliases).map(([name, { cidr }]) => [name, cidr])),
    ipsets: new Map([['admins', ['10.77.0.5', '!10.77.1.0/24', 'lan']]]),
    localNetwork: '10.77.0.0/24',
  };
  assert.deepEqual(decide(recorded, { source: '10.77.0.5', port: 22 }), { action: 'ACCEPT', by: 'rule 0' });
  assert.equal(decide(recorded, { source: '10.77.1.5', port: 22 }).action, 'DROP');
});

const ports = [22, 8006];

test('switching on cuts everybody but the local network (F25)', () => {
  const cuts = (localNetworks: readonly string[], operator?: string, rules: string[] = []) =>
    lockout({ ...node, clusterRules: named(...rules) }, { operator, localNetworks, ports }).map(
      ({ source, port, by }) => `${source} ${port} ${by}`,
    );
  assert.deepEqual(cuts(['10.0.0.0/24']), []);
  assert.deepEqual(cuts(['10.0.0.0/24'], '192.168.1.5'), [
    '192.168.1.5 22 policy_in',
    '192.168.1.5 8006 policy_in',
  ]);
  assert.deepEqual(cuts(['10.0.0.0/24'], '192.168.1.5', ['s: IN SSH(ACCEPT)']), [
    '192.168.1.5 8006 policy_in',
  ]);
  assert.deepEqual(cuts(['10.0.0.0/24'], '198.51.100.7'), []);
  assert.deepEqual(cuts(['10.0.0.0/24', '192.168.1.0/24', 'fd00:5::/64']), [
    '192.168.1.0/24 22 policy_in',
    '192.168.1.0/24 8006 policy_in',
    'fd00:5::/64 22 policy_in',
    'fd00:5::/64 8006 policy_in',
  ]);
  assert.deepEqual(cuts(['10.0.0.0/24'], undefined, ['all: IN DROP']), [
    '10.0.0.0/24 22 rule all',
    '10.0.0.0/24 8006 rule all',
  ]);
  // One address that a person shuts out is not the network.
  assert.deepEqual(cuts(['10.0.0.0/24'], undefined, ['tv: IN DROP -source 10.0.0.66']), []);
  assert.deepEqual(cuts(['10.0.0.0/24'], '10.0.0.66', ['tv: IN DROP -source 10.0.0.66 -p tcp -dport 22']), [
    '10.0.0.66 22 rule tv',
  ]);
});

test('a firewall that is off cuts nothing', () => {
  const off = { ...node, enabled: false, clusterRules: named('all: IN DROP') };
  assert.deepEqual(lockout(off, { operator: '8.8.8.8', localNetworks: [], ports }), []);
});
