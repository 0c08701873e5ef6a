/** user.cfg as Proxmox VE 8.4 wrote it in the recordings of pveum (B124). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUserCfg } from '../../src/proxmox/user-cfg.ts';

const acl = `user:root@pam:1:0::::::
user:tool@pve:1:0::::::

group:ops:::


role:Phx:Datastore.Audit,VM.Audit,VM.PowerMgmt:

acl:1:/:tool@pve:Phx:
acl:1:/storage/local:@ops:PVEDatastoreUser:
acl:0:/vms/900:tool@pve:PVEVMAdmin,Phx:
`;

test('roles and permissions; roles of one path and subject stand on one line', () => {
  const cfg = parseUserCfg(acl);
  assert.deepEqual([...cfg.roles], [['Phx', new Set(['Datastore.Audit', 'VM.Audit', 'VM.PowerMgmt'])]]);
  assert.deepEqual(cfg.acl, [
    { path: '/', propagate: true, who: 'tool@pve', role: 'Phx' },
    { path: '/storage/local', propagate: true, who: '@ops', role: 'PVEDatastoreUser' },
    { path: '/vms/900', propagate: false, who: 'tool@pve', role: 'PVEVMAdmin' },
    { path: '/vms/900', propagate: false, who: 'tool@pve', role: 'Phx' },
  ]);
});

const users = `user:nosuchaccount@pam:0:0::::::
user:ops@pam:1:1893456000:Olga:Ops::::
user:root@pam:1:0::::::
user:tool@pve:1:0:::tool@example.org:deploy tool::




`;

test('users', () => {
  const { users: found, tokens, groups, roles, acl: entries } = parseUserCfg(users);
  assert.deepEqual([...found.keys()], ['nosuchaccount@pam', 'ops@pam', 'root@pam', 'tool@pve']);
  const nobody = { enabled: true, expire: 0, firstname: '', lastname: '', email: '', comment: '' };
  assert.deepEqual(found.get('root@pam'), nobody);
  assert.deepEqual(found.get('nosuchaccount@pam'), { ...nobody, enabled: false });
  assert.deepEqual(found.get('ops@pam'), {
    ...{ ...nobody, expire: 1893456000 },
    ...{ firstname: 'Olga', lastname: 'Ops' },
  });
  assert.deepEqual(found.get('tool@pve'), { ...nobody, email: 'tool@example.org', comment: 'deploy tool' });
  assert.deepEqual([tokens.size, groups.size, roles.size, entries.length], [0, 0, 0, 0]);
});

test('tokens, and their permissions', () => {
  const cfg = parseUserCfg(`user:tool@pve:1:0::::::
token:tool@pve!full:0:0::
token:tool@pve!old:1000000000:1::
token:tool@pve!small:0:1:read only:

acl:1:/vms:tool@pve!small:PVEVMAdmin:
`);
  assert.deepEqual(
    [...cfg.tokens],
    [
      ['tool@pve!full', { expire: 0, privsep: false, comment: '' }],
      ['tool@pve!old', { expire: 1000000000, privsep: true, comment: '' }],
      ['tool@pve!small', { expire: 0, privsep: true, comment: 'read only' }],
    ],
  );
  assert.deepEqual(cfg.acl, [{ path: '/vms', propagate: true, who: 'tool@pve!small', role: 'PVEVMAdmin' }]);
});

test('groups, empty roles, and comments that are encoded', () => {
  const cfg = parseUserCfg(
    'group:staff:anna@pve,bert@pve:the staff:\ngroup:none::50%25%3A half:\nrole:Empty::\npool:web:c:900:local:\n',
  );
  assert.deepEqual(
    [...cfg.groups],
    [
      ['staff', { members: new Set(['anna@pve', 'bert@pve']), comment: 'the staff' }],
      ['none', { members: new Set(), comment: '50%: half' }],
    ],
  );
  assert.deepEqual([...cfg.roles], [['Empty', new Set()]]);
});

test('what is none of these is left out', () => {
  for (const odd of [
    '',
    '\n\n',
    'user:',
    'nonsense',
    'colour:red:1',
    'acl:1:/:x@pve::',
    'acl:1:/::Phx:',
    '# user:a@pve:1',
  ]) {
    const { users: u, tokens, groups, roles, acl: entries } = parseUserCfg(odd);
    assert.deepEqual([u.size, tokens.size, groups.size, roles.size, entries.length], [0, 0, 0, 0, 0], odd);
  }
});
