/** smb.conf: what we print, what Samba would read in it, and what must not stand in a share. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  globalProblems,
  parseSmbConf,
  printGlobal,
  printShare,
  type SmbShare,
  shareProblems,
} from '../../src/proxmox/smb-conf.ts';

const share: SmbShare = {
  path: '/tank/data',
  validUsers: ['anna', '@staff'],
  browseable: true,
  writable: false,
};

test('a share has only what was said, and never guests by itself', () => {
  assert.equal(
    printShare('data', share),
    `[data]
   path = /tank/data
   valid users = anna @staff
   browseable = yes
   read only = yes
   guest ok = no
`,
  );
  assert.equal(
    printShare('open', {
      ...{ path: '/tank/my data', validUsers: [], browseable: false, writable: true, guestOk: true },
      ...{
        createMask: '0660',
        directoryMask: '0770',
        forceUser: 'anna',
        forceGroup: 'staff',
        comment: 'for all',
      },
    }),
    `[open]
   comment = for all
   path = /tank/my data
   browseable = no
   read only = no
   guest ok = yes
   create mask = 0660
   directory mask = 0770
   force user = anna
   force group = staff
`,
  );
});

test('[global] is safe by itself; guests are let in only when a share is for them', () => {
  const global = (guests?: boolean) =>
    parseSmbConf(printGlobal({ workgroup: 'HOME', serverString: 'node', guests })).get('global');
  assert.deepEqual(Object.fromEntries(global() ?? []), {
    workgroup: 'HOME',
    'server string': 'node',
    'server role': 'standalone server',
    'map to guest': 'never',
    'server min protocol': 'SMB2',
    'load printers': 'no',
    printing: 'bsd',
    'printcap name': '/dev/null',
    'disable spoolss': 'yes',
    'usershare max shares': '0',
    logging: 'file',
    'log file': '/var/log/samba/log.%m',
    'max log size': '1000',
  });
  assert.equal(global(true)?.get('map to guest'), 'bad user');
  assert.ok(printGlobal({ workgroup: 'HOME' }).startsWith('[global]\n   workgroup = HOME\n   # One machine'));
});

test('files of people are read as Samba reads them', () => {
  const text = `; old
netbios name = before
[Global]
  Workgroup = HOME
# comment = no
[My  Data] ; not a comment of the name
path=/a = b
   valid   USERS = anna, \\
        bert
[global]
log level = 1
no equals sign
= nothing
[empty]
`;
  const sections = Object.fromEntries(
    [...parseSmbConf(text)].map(([name, keys]) => [name, Object.fromEntries(keys)]),
  );
  assert.deepEqual(sections, {
    global: { 'netbios name': 'before', workgroup: 'HOME', 'log level': '1' },
    'my data': { path: '/a = b', 'valid users': 'anna,          bert' },
    empty: {},
  });
  assert.equal(parseSmbConf('').size, 0);
});

test('what Samba takes', () => {
  for (const [name, more] of [
    ['data', {}],
    ['My Data', { comment: "Anna's data, all of it" }],
    ['hidden$', { validUsers: ['+staff', 'PC-1$'] }],
    ['open', { validUsers: [], guestOk: true }],
    ['data', { createMask: '660', directoryMask: '2770', forceGroup: '+staff', path: '/tank/my data' }],
  ] as const)
    assert.deepEqual(shareProblems(name, { ...share, ...more }), [], name);
  assert.deepEqual(globalProblems({ workgroup: 'WORKGROUP', serverString: 'the node' }), []);
});

test('what it does not, or would take for something else', () => {
  const table: readonly (readonly [name: string, more: Partial<SmbShare>, problem: RegExp])[] = [
    ['global', {}, /means something else/],
    ['Homes', {}, /means something else/],
    ['printers', {}, /means something else/],
    ['IPC$', {}, /means something else/],
    ['', {}, /is no name of a share/],
    [' data', {}, /is no name of a share/],
    ['x'.repeat(81), {}, /is no name of a share/],
    ['a]b', {}, /cannot contain "]"/],
    ['a/b', {}, /cannot contain "\/"/],
    ['a%b', {}, /cannot contain "%"/],
    ['a\nb', {}, /cannot contain "\\n"/],
    ['data', { path: 'tank' }, /^path: "tank" does not begin with \//],
    ['data', { path: '/home/%U' }, /^path: cannot contain %/],
    ['data', { path: '/a\n[global]' }, /^path: has a line break/],
    ['data', { path: '/a\\' }, /^path: ends with/],
    ['data', { comment: '100%' }, /^comment: cannot contain %/],
    ['data', { comment: 'a\nguest ok = yes' }, /^comment: has a line break/],
    ['data', { comment: ' ' }, /^comment: is empty/],
    ['data', { validUsers: [] }, /nobody could use the share/],
    ['data', { guestOk: true }, /guest is none of the valid users/],
    ['data', { validUsers: ['an na'] }, /^valid users: "an na" is no account/],
    ['data', { validUsers: ['%S'] }, /^valid users: "%S" is no account/],
    ['data', { validUsers: ['@'] }, /^valid users: "" is no account/],
    ['data', { forceUser: 'a\nb' }, /^force user: .* is no account/],
    ['data', { forceGroup: '' }, /^force group: "" is no account/],
    ['data', { createMask: 'rw' }, /^create mask: "rw" is no octal mode/],
    ['data', { directoryMask: '0888' }, /^directory mask: "0888" is no octal mode/],
  ];
  for (const [name, more, problem] of table) {
    const problems = shareProblems(name, { ...share, ...more });
    assert.equal(problems.length, 1, `${name} ${JSON.stringify(more)}: ${problems.join('; ')}`);
    assert.match(problems[0] ?? '', problem);
  }
  for (const workgroup of ['', 'SIXTEEN-LETTERS-', 'A B', 'A\nB', '%m'])
    assert.equal(globalProblems({ workgroup }).length, 1, workgroup);
  assert.equal(globalProblems({ workgroup: 'HOME', serverString: '%h' }).length, 1);
});
