/** Rules of firewall files: the lines that Proxmox wrote are printed as they were read, and what it refuses is told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nameProblem, ruleProblems } from '../../src/proxmox/firewall-problems.ts';
import {
  type FilterRule,
  type FirewallRule,
  logLevels,
  parseRule,
  printRule,
} from '../../src/proxmox/firewall-rule.ts';
import { macroName, macros } from '../../src/proxmox/firewall-words.ts';

const accept = { type: 'in', action: 'ACCEPT' } as const;

/** As recorded from Proxmox VE 8.4, which wrote them. */
const recorded: readonly (readonly [line: string, rule: FirewallRule])[] = [
  ['IN ACCEPT', accept],
  [
    'IN SSH(ACCEPT) -source 10.77.0.0/24 # admin access',
    { ...accept, macro: 'SSH', source: '10.77.0.0/24', comment: 'admin access' },
  ],
  [
    'IN SSH(ACCEPT) -source +admins -log nolog # ssh',
    { ...accept, macro: 'SSH', source: '+admins', log: 'nolog', comment: 'ssh' },
  ],
  ['|IN ACCEPT -p udp -dport 53', { ...accept, proto: 'udp', dport: '53', enable: false }],
  [
    '|OUT REJECT -dest 192.0.2.1 -p udp -dport 53,5353 -sport 1024:65535',
    {
      ...{ type: 'out', action: 'REJECT', dest: '192.0.2.1', proto: 'udp' },
      ...{ dport: '53,5353', sport: '1024:65535', enable: false },
    },
  ],
  ['IN DROP -i vmbr0 # changed', { type: 'in', action: 'DROP', iface: 'vmbr0', comment: 'changed' }],
  ['IN ACCEPT -i net0 -p tcp -dport 80,443', { ...accept, iface: 'net0', proto: 'tcp', dport: '80,443' }],
  [
    '|IN ACCEPT -p icmp -icmp-type echo-request',
    { ...accept, proto: 'icmp', icmpType: 'echo-request', enable: false },
  ],
  ['|IN ACCEPT # with # hash | and ä', { ...accept, comment: 'with # hash | and ä', enable: false }],
  ['GROUP web -i net0', { group: 'web', iface: 'net0' }],
  ['|GROUP web', { group: 'web', enable: false }],
];

test('recorded lines are read and printed without a difference', () => {
  for (const [line, rule] of recorded) {
    assert.deepEqual(parseRule(line), rule, line);
    assert.equal(printRule(rule), line);
  }
});

test('lines that people write are the same rules', () => {
  for (const [line, same] of [
    ['in ssh(ACCEPT)', 'IN SSH(ACCEPT)'],
    ['  IN   ACCEPT   -p tcp   -dport 22  ', 'IN ACCEPT -p tcp -dport 22'],
    ['IN ACCEPT -dport 22 -p tcp -source lan', 'IN ACCEPT -source lan -p tcp -dport 22'],
    [
      'IN ACCEPT --proto tcp --dport 22 --sport 1 --log info',
      'IN ACCEPT -p tcp -dport 22 -sport 1 -log info',
    ],
    ['IN ACCEPT -proto tcp', 'IN ACCEPT -p tcp'],
    ['IN NOSUCH(ACCEPT)', 'IN NOSUCH(ACCEPT)'],
    ['group web #x', 'GROUP web # x'],
    ['IN ACCEPT #', 'IN ACCEPT'],
  ] as const) {
    const rule = parseRule(line);
    assert.ok(rule, line);
    assert.equal(printRule(rule), same);
  }
});

test('what is no rule of ours is not taken for one', () => {
  for (const line of [
    ...['', '# IN ACCEPT', 'IN', 'some nonsense', 'IN accept', 'IN MAYBE', '[RULES', '| IN ACCEPT'],
    ...['FORWARD DROP', 'IN ACCEPT -dport', 'IN ACCEPT -colour red', 'IN ACCEPT 22', 'IN ACCEPT -log loud'],
    ...['GROUP web -dport 22', 'IN ACCEPT -source', 'IN SSH(MAYBE)'],
  ])
    assert.equal(parseRule(line), undefined, line);
});

test('a comment cannot begin a line of its own (B143)', () => {
  for (const comment of ['two\nIN ACCEPT', 'two\r\nIN ACCEPT', 'two\u2028IN ACCEPT', '\ntwo\tIN ACCEPT\n'])
    assert.equal(printRule({ ...accept, comment }), 'IN ACCEPT # two IN ACCEPT');
  assert.equal(printRule({ ...accept, comment: ' \n ' }), 'IN ACCEPT');
});

test('no other value can change the rule it stands in', () => {
  for (const rule of [
    { ...accept, source: '10.0.0.1\nIN ACCEPT' },
    { ...accept, dport: '22 -source 10.0.0.1' },
    { ...accept, iface: 'vmbr0#' },
    { ...accept, macro: 'SSH (' },
    { group: 'web x' },
    { group: '' },
  ] as const)
    assert.throws(() => printRule(rule), /cannot contain/, JSON.stringify(rule));
});

const word = (...words: string[]) => fc.constantFrom(...words);
const comment = fc
  .string({ unit: 'binary' })
  .map((text) => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim())
  .filter((text) => text !== '');
const common = {
  iface: word('vmbr0', 'net0', 'bond0.100'),
  enable: fc.constant(false as const),
  comment,
};
const filter = fc.record(
  {
    type: fc.constantFrom('in', 'out'),
    action: fc.constantFrom('ACCEPT', 'DROP', 'REJECT'),
    macro: word(...macros.keys()),
    source: word('10.0.0.0/24', '+dc/admins', 'dc/lan', '10.0.0.1-10.0.0.9', 'fd00::/8', '10.0.0.1,10.0.0.2'),
    dest: word('10.0.0.1', 'guest/me'),
    proto: word('tcp', 'udp', '47'),
    dport: word('22', '80,443', '5900:5999', 'http'),
    sport: word('1024:65535'),
    icmpType: word('echo-request'),
    log: fc.constantFrom(...logLevels),
    ...common,
  },
  { requiredKeys: ['type', 'action'], noNullPrototype: true },
) as fc.Arbitrary<FilterRule>;
const group = fc.record(
  { group: word('web', 'a-b_9'), ...common },
  { requiredKeys: ['group'], noNullPrototype: true },
);

test('a printed rule is read as the same rule, and printed the same again', () => {
  fc.assert(
    fc.property(fc.oneof(filter, group), (rule) => {
      const line = printRule(rule);
      assert.ok(!/[\n\r]/.test(line));
      assert.deepEqual(parseRule(line), rule);
    }),
  );
});

test('macros: any case, all that Proxmox lists, and their ports', () => {
  assert.equal(macros.size, 86);
  for (const [name, expected] of [
    ['ssh', 'SSH'],
    ['PING', 'Ping'],
    ['pptp', 'PPtP'],
    ['NFS', undefined],
    ['', undefined],
  ] as const)
    assert.equal(macroName(name), expected, name);
  assert.deepEqual(macros.get('Web'), [
    { proto: 'tcp', dport: '80' },
    { proto: 'tcp', dport: '443' },
  ]);
  assert.deepEqual(macros.get('SMB')?.[2], { proto: 'udp', dport: '1024:65535', sport: '137' });
  for (const lines of macros.values()) for (const { proto } of lines) assert.match(proto, /^\w+$/);
});

const known = {
  aliases: new Set(['Lan', 'office']),
  ipsets: new Set(['Admins']),
  groups: new Set(['web']),
};

const refused: readonly (readonly [rule: object, problem: RegExp])[] = [
  [{ dport: '22' }, /^dport: needs proto/],
  [{ sport: '22' }, /^sport: needs proto/],
  [{ macro: 'SSH', dport: '2222' }, /^dport: needs proto/],
  [{ dport: '22', proto: 'gre' }, /^dport: the protocol gre has no ports/],
  [{ sport: '22', proto: 'icmp' }, /^sport: the protocol icmp has no ports/],
  [{ dport: '70000', proto: 'tcp' }, /^dport: there is no port 70000/],
  [{ dport: '90:80', proto: 'tcp' }, /^dport: the range 90:80 runs backwards, write 80:90/],
  [{ dport: '22,', proto: 'tcp' }, /^dport: "" is no port/],
  [{ dport: '1,2,3,4,5,6,7,8,9,10,11,12,13,14:15,16', proto: 'tcp' }, /^dport: more than 15 ports/],
  [{ proto: 'nosuch' }, /^proto: there is no protocol "nosuch"/],
  [{ proto: '300' }, /^proto: there is no protocol "300"/],
  [{ icmpType: 'echo-request' }, /^icmpType: needs proto icmp/],
  [{ icmpType: 'echo-request', proto: 'tcp' }, /^icmpType: needs proto icmp/],
  [{ icmpType: 'packet-too-big', proto: 'icmp' }, /^icmpType: icmp has no type packet-too-big/],
  [
    { icmpType: 'echo-reply', dport: 'echo-reply', proto: 'icmp' },
    /^icmpType: cannot be together with dport/,
  ],
  [{ macro: 'Nosuch' }, /^macro: there is no macro Nosuch/],
  [{ macro: 'ssh', proto: 'udp' }, /^proto: the macro SSH says tcp already/],
  [{ macro: 'SSH', proto: 'tcp', dport: '2222' }, /^dport: the macro SSH says 22 already/],
  [{ source: 'not/an/address' }, /^source: "not\/an\/address" is no address/],
  [{ source: '10.0.0.0/33' }, /^source: "10.0.0.0\/33" is no address/],
  [{ source: '1.2.3' }, /^source: "1.2.3" is no address/],
  [{ source: '10.0.0.7/24' }, /^source: 10.0.0.7\/24 is an address of a network, write 10.0.0.0\/24$/],
  [{ source: '10.0.0.9-10.0.0.1' }, /^source: "10.0.0.9-10.0.0.1" is no address/],
  [{ source: '10.0.0.1,10.0.0.2-10.0.0.9' }, /^source: a range cannot stand in a list/],
  [{ source: '10.0.0.1,fd00::1' }, /mix IPv4 and IPv6/],
  [{ source: '10.0.0.1', dest: 'fd00::1' }, /mix IPv4 and IPv6/],
  [{ source: '10.0.0.1', proto: 'icmpv6' }, /mix IPv4 and IPv6/],
  [{ source: 'nosuchalias' }, /^source: there is no alias nosuchalias/],
  [{ dest: 'dc/nosuchalias' }, /^dest: there is no alias nosuchalias/],
  [{ dest: 'guest/nosuchalias' }, /^dest: there is no alias nosuchalias/],
  [{ source: '+nosuchset' }, /^source: there is no IP set nosuchset/],
  [{ source: '+dc/nosuchset' }, /^source: there is no IP set nosuchset/],
  [{ source: '+Admins' }, /^source: write admins: /],
  [{ source: '+1' }, /^source: "1" is no name/],
  [{ iface: 'bad iface' }, /^iface: "bad iface" is no name/],
  [{ action: 'accept' }, /^action: accept is none of ACCEPT, DROP, REJECT/],
  [{ type: 'forward' }, /^type: forward is neither in nor out/],
  [{ log: 'loud' }, /^log: there is no level loud/],
  [{ comment: 'two\nlines' }, /^the comment has a line break/],
];

test('what Proxmox refuses is told, one problem each (B144, B145)', () => {
  for (const [rule, problem] of refused) {
    const problems = ruleProblems({ ...accept, ...rule }, known);
    assert.equal(problems.length, 1, `${JSON.stringify(rule)}: ${problems.join('; ')}`);
    assert.match(problems[0] ?? '', problem);
  }
});

test('what Proxmox takes is taken', () => {
  const rules: readonly object[] = [
    ...[{}, { macro: 'ssh' }, { macro: 'SSH', proto: 'tcp', dport: '22' }, { macro: 'Ping', proto: 'icmp' }],
    ...[
      { proto: 'tcp', dport: 'http' },
      { proto: '6', dport: '22,80:90' },
      { proto: 'sctp', sport: '1' },
    ],
    ...[
      { proto: 'icmp', dport: 'echo-request' },
      { proto: 'icmpv6', icmpType: 'packet-too-big' },
    ],
    ...[
      { source: '10.0.0.1,10.0.0.0/8' },
      { source: '10.0.0.1-10.0.0.9' },
      { source: 'fd00::/8', dest: '::1' },
    ],
    ...[{ source: 'LAN' }, { source: 'dc/Office' }, { source: '+dc/admins' }, { source: '+sdn/vnet0-all' }],
    ...[{ iface: 'nosuch0' }, { iface: 'bond0.100' }, { comment: 'with # hash' }, { log: 'nolog' }],
  ];
  for (const rule of rules)
    assert.deepEqual(ruleProblems({ ...accept, ...rule }, known), [], JSON.stringify(rule));
});

test('uses of groups, and the interfaces of guests', () => {
  for (const [rule, where, problem] of [
    [{ group: 'web' }, undefined, undefined],
    [{ group: 'web', iface: 'net3' }, 'guest', undefined],
    [{ group: 'web', iface: 'eth0' }, 'guest', /^iface: a guest's interface is net0, net1 …, not eth0$/],
    [{ group: 'web', iface: 'vmbr0' }, undefined, undefined],
    [{ group: 'missing' }, undefined, /^group: there is no security group missing$/],
    [{ group: 'Web' }, undefined, /^group: write web: /],
    [{ group: 'w b' }, undefined, /^group: "w b" is no name/],
  ] as const) {
    const problems = ruleProblems(rule, known, where);
    assert.equal(problems.length, problem ? 1 : 0, problems.join());
    if (problem) assert.match(problems[0] ?? '', problem);
  }
});

test('names of aliases, sets and groups', () => {
  for (const [kind, name, problem] of [
    ['alias', 'lan', undefined],
    ['alias', '1bad', /no name/],
    ['alias', 'x', /no name/],
    ['ipset', 'ipfilter-net0', undefined],
    ['ipset', 'a'.repeat(65), /longer than 64/],
    ['group', 'a'.repeat(18), undefined],
    ['group', 'a'.repeat(19), /longer than 18/],
  ] as const) {
    const told = nameProblem(kind, name);
    if (problem) assert.match(told ?? '', problem);
    else assert.equal(told, undefined, name);
  }
});
