/** Firewall files: those that Proxmox wrote, those of people, and ours. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalFirewall, parseFirewall, printFirewall } from '../../src/proxmox/firewall-file.ts';

/** As recorded, written by hand and understood by Proxmox. */
const byHand = `[OPTIONS]
enable: 1
policy_in: DROP

[ALIASES]
lan 10.77.0.0/24 # the lan

[IPSET admins] # admin hosts
10.77.0.5
!10.77.1.0/24
lan

[group web]
IN HTTP(ACCEPT)
IN ACCEPT -p tcp -dport 443

[RULES]
IN SSH(ACCEPT) -source +admins -log nolog # ssh
|IN ACCEPT -p udp -dport 53
GROUP web -i vmbr0
OUT ACCEPT
`;

const parsed = {
  options: { enable: '1', policy_in: 'DROP' },
  aliases: { lan: { cidr: '10.77.0.0/24', comment: 'the lan' } },
  ipsets: { admins: { entries: ['10.77.0.5', '!10.77.1.0/24', 'lan'], comment: 'admin hosts' } },
  rules: [
    { type: 'in', action: 'ACCEPT', macro: 'SSH', source: '+admins', log: 'nolog', comment: 'ssh' },
    { type: 'in', action: 'ACCEPT', proto: 'udp', dport: '53', enable: false },
    { group: 'web', iface: 'vmbr0' },
    { type: 'out', action: 'ACCEPT' },
  ],
  groups: {
    web: {
      rules: [
        { type: 'in', action: 'ACCEPT', macro: 'HTTP' },
        { type: 'in', action: 'ACCEPT', proto: 'tcp', dport: '443' },
      ],
    },
  },
  head: [],
  unknown: [],
};

test('a file by hand is read, and printed in the order of Proxmox (B141)', () => {
  assert.deepEqual(parseFirewall(byHand), parsed);
  assert.equal(
    printFirewall(parseFirewall(byHand), 'written by phx'),
    `# written by phx

[OPTIONS]

enable: 1
policy_in: DROP

[ALIASES]

lan 10.77.0.0/24 # the lan

[IPSET admins] # admin hosts

10.77.0.5
!10.77.1.0/24
lan

[RULES]

IN SSH(ACCEPT) -source +admins -log nolog # ssh
|IN ACCEPT -p udp -dport 53
GROUP web -i vmbr0
OUT ACCEPT

[group web]

IN HTTP(ACCEPT)
IN ACCEPT -p tcp -dport 443
`,
  );
});

/** As recorded, written by Proxmox. */
const written: readonly string[] = [
  '[OPTIONS]\n\nenable: 0\nlog_ratelimit: enable=1,rate=1/second\npolicy_out: ACCEPT\npolicy_in: DROP\n\n',
  '[ALIASES]\n\noffice 10.79.0.0/24\n\n[IPSET admins] # admin hosts\n\n\n',
  '[ALIASES]\n\noffice 10.79.0.0/24\n\n[IPSET admins] # admin hosts\n\n10.77.0.5\n!10.77.1.0/24 # not these\ndc/office\n\n[RULES]\n\nIN ACCEPT -source +admins\nIN SSH(ACCEPT) -source +dc/admins\n\n',
  '[RULES]\n\nGROUP web\nIN ACCEPT -source +admins\nIN SSH(ACCEPT) -source +dc/admins\n\n[group web] # web servers\n\n|IN HTTPS(ACCEPT)\nIN HTTP(ACCEPT)\n\n',
  '[group web]\n\n\n',
  '[OPTIONS]\n\nmacfilter: 0\nipfilter: 1\nlog_level_in: info\ndhcp: 1\nenable: 1\npolicy_in: DROP\n\n[ALIASES]\n\nme 10.77.0.90\n\n[IPSET ipfilter-net0]\n\n10.77.0.90\n\n[RULES]\n\n|IN ACCEPT -source guest/me\nGROUP web -i net0\n|GROUP web\n|IN ACCEPT -i net7\nIN ACCEPT -i net0 -p tcp -dport 80,443\nIN SSH(ACCEPT) # ssh\n\n',
  '[RULES]\n\n|FORWARD DROP -source 10.77.0.5-10.77.0.9\n|IN ACCEPT -p tcp -dport 8006 -log info\n\n',
];

test('what Proxmox wrote says the same after we print it, line by line but for the order of options', () => {
  const lines = (text: string) => text.split('\n').filter((line) => line !== '');
  for (const text of written) {
    const ours = printFirewall(parseFirewall(text));
    assert.deepEqual(parseFirewall(ours), parseFirewall(text));
    assert.deepEqual(lines(ours).sort(), lines(text).sort());
    assert.deepEqual(parseFirewall(text).unknown, []);
  }
});

test('options: ours first, then by name, whatever the order given', () => {
  const expected = '[OPTIONS]\n\nenable: 1\npolicy_in: DROP\ndhcp: 0\nmacfilter: 1\n';
  for (const options of [
    { macfilter: 1, dhcp: false, policy_in: 'DROP', enable: true },
    { enable: '1', policy_in: 'DROP', dhcp: 0, macfilter: true, policy_out: undefined },
  ])
    assert.equal(printFirewall({ options }), expected);
});

test('an empty file is empty; sets and groups stand without members', () => {
  assert.equal(printFirewall({}), '');
  assert.equal(printFirewall({ options: {}, rules: [], ipsets: {} }, 'mark'), '# mark\n');
  assert.equal(
    printFirewall({ ipsets: { Admins: { entries: [] } }, groups: { Web: { rules: [], comment: 'w' } } }),
    '[IPSET admins]\n\n\n[group web] # w\n\n',
  );
  assert.deepEqual(parseFirewall('').rules, []);
});

test('the names of sets and groups are in lower case, those of aliases as given', () => {
  const { ipsets, groups, aliases } = parseFirewall(
    '[ipset Admins]\n[GROUP Web]\n[aliases]\nLan 10.0.0.0/8\n',
  );
  assert.deepEqual(
    [Object.keys(ipsets), Object.keys(groups), Object.keys(aliases)],
    [['admins'], ['web'], ['Lan']],
  );
});

test('bad lines are left out and the rest counts; a broken section takes its rules along (B148)', () => {
  const odd = parseFirewall(
    '# mark one\nlost\n[OPTIONS]\nenable: 1\ncolour red\n\n[RULES]\nIN ACCEPT\n# kept out\nsome nonsense\n[NOSUCH]\n',
  );
  assert.deepEqual(odd.head, ['mark one']);
  assert.deepEqual(odd.unknown, ['lost', 'colour red']);
  assert.deepEqual(odd.rules, [{ type: 'in', action: 'ACCEPT' }, 'some nonsense', '[NOSUCH]']);
  const broken = parseFirewall('[OPTIONS]\nenable: yes\n[RULES\nIN ACCEPT\n');
  assert.deepEqual(broken.options, {});
  assert.deepEqual(broken.rules, []);
  assert.deepEqual(broken.unknown, ['enable: yes', '[RULES', 'IN ACCEPT']);
});

test('no comment and no line of a caller begins another line (B143)', () => {
  const text = printFirewall(
    {
      aliases: { lan: { cidr: '10.0.0.0/8', comment: 'a\nb' } },
      ipsets: { s: { entries: [{ entry: '10.0.0.1', comment: 'a\nb' }], comment: 'a\nb' } },
      rules: [{ type: 'in', action: 'DROP', comment: 'a\nb' }, 'FORWARD DROP\nb'],
    },
    'a\nb',
  );
  assert.ok(!/^b/m.test(text), text);
  assert.deepEqual(parseFirewall(text).unknown, []);
});

test('two texts that say the same have one normal form; what is not understood counts', () => {
  const ours = printFirewall(parsed as Parameters<typeof printFirewall>[0], 'Managed by somebody');
  assert.equal(normalFirewall(ours), normalFirewall(byHand));
  assert.notEqual(normalFirewall(`${ours}GROUP`), normalFirewall(byHand));
  assert.notEqual(normalFirewall(`nonsense\n${ours}`), normalFirewall(byHand));
  assert.notEqual(normalFirewall(byHand.replace('IN HTTP(ACCEPT)\n', '')), normalFirewall(byHand));
  const swapped = byHand.replace(/(GROUP.*\n)(OUT.*\n)/, '$2$1');
  assert.notEqual(normalFirewall(swapped), normalFirewall(byHand), 'the order of rules decides');
  const options = byHand.replace('enable: 1\npolicy_in: DROP', 'policy_in: DROP\n\nenable: 1');
  assert.equal(normalFirewall(options), normalFirewall(byHand));
});
