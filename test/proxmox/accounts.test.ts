/** /etc/passwd and /etc/group as data; the names of built-in roles. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMember, isSystemAccount, parseGroups, parsePasswd } from '../../src/proxmox/accounts.ts';
import { builtInRoles } from '../../src/proxmox/roles.ts';
import { builtInRoles as rolesOfTwin } from '../../src/twin/roles.ts';

const passwd = parsePasswd(
  'root:x:0:0:root:/root:/bin/bash\nbackup:x:34:34::/var/backups:/usr/sbin/nologin\nanna:x:1000:1001:A,,:/home/anna:/bin/zsh\nnobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n',
);
const groups = parseGroups('sudo:x:27:anna,bert\nkvm:x:103:\nanna:x:1001:\n');

test('accounts and groups are read field by field', () => {
  assert.deepEqual(passwd.get('anna'), { uid: 1000, gid: 1001, home: '/home/anna', shell: '/bin/zsh' });
  assert.deepEqual([...(groups.get('sudo')?.members ?? [])], ['anna', 'bert']);
  assert.equal(groups.get('kvm')?.members.size, 0);
});

test("one's own group counts, and one that is not there does not", () => {
  const inside = (name: string) => isMember('anna', passwd.get('anna'), groups.get(name));
  assert.deepEqual(['sudo', 'anna', 'kvm', 'none'].map(inside), [true, true, false, false]);
});

test('root is nobody of the system, nobody is', () => {
  const system = [...passwd].flatMap(([name, account]) => (isSystemAccount(account) ? [name] : []));
  assert.deepEqual(system, ['backup', 'nobody']);
});

test('the roles that checks know are those that Proxmox was seen to have', () => {
  assert.deepEqual([...builtInRoles].sort(), Object.keys(rolesOfTwin).sort());
});
