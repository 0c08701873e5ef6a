/** `pveum group` and `pveum role`: recorded (B125, B126). */

import { sorted, splitList } from '../proxmox/conf.ts';
import { type Call, refuse } from './call.ts';
import type { Given } from './options.ts';
import { builtInRoles } from './roles.ts';
import { columns, printRows } from './tables.ts';
import type { UserCfg } from './user-cfg.ts';

export function groupAdd(_call: Call, { values }: Given, cfg: UserCfg): boolean {
  const name = values.get('groupid') ?? '';
  if (cfg.groups.has(name)) refuse(`create group failed: group '${name}' already exists`);
  cfg.groups.set(name, { members: [], comment: values.get('comment') ?? '' });
  return true;
}

export function groupModify(_call: Call, { values }: Given, cfg: UserCfg): boolean {
  const name = values.get('groupid') ?? '';
  const group = cfg.groups.get(name);
  if (!group) return refuse(`update group failed: group '${name}' does not exist`);
  group.comment = values.get('comment') ?? group.comment;
  return true;
}

export function groupDelete(_call: Call, { values }: Given, cfg: UserCfg): boolean {
  const name = values.get('groupid') ?? '';
  if (!cfg.groups.delete(name)) refuse(`delete group failed: group '${name}' does not exist`);
  cfg.acl = cfg.acl.filter((entry) => entry.who !== `@${name}`);
  return true;
}

export function groupList(call: Call, given: Given, cfg: UserCfg): boolean {
  const rows = [...cfg.groups].map(([groupid, { members, comment }]) => ({
    ...(comment === '' ? {} : { comment }),
    ...{ groupid, users: sorted(members).join(',') },
  }));
  printRows(call, given, columns('groupid', 'comment', 'users'), rows);
  return false;
}

export function roleAdd(_call: Call, { values }: Given, cfg: UserCfg): boolean {
  const name = values.get('roleid') ?? '';
  if (cfg.roles.has(name) || Object.hasOwn(builtInRoles, name))
    refuse(`create role failed: role '${name}' already exists`);
  cfg.roles.set(name, sorted(new Set(splitList(values.get('privs') ?? ''))));
  return true;
}

export function roleModify(_call: Call, { values }: Given, cfg: UserCfg): boolean {
  const name = values.get('roleid') ?? '';
  if (Object.hasOwn(builtInRoles, name)) refuse(`auto-generated role '${name}' cannot be modified`);
  const before = cfg.roles.get(name);
  if (!before) return refuse(`update role failed: role '${name}' does not exist`);
  const kept = values.get('append') === '1' ? before : [];
  cfg.roles.set(name, sorted(new Set([...kept, ...splitList(values.get('privs') ?? '')])));
  return true;
}

/** Its entries in the ACL stay in the file until the next read drops them (B126). */
export function roleDelete(_call: Call, { values }: Given, cfg: UserCfg): boolean {
  const name = values.get('roleid') ?? '';
  if (Object.hasOwn(builtInRoles, name)) refuse(`auto-generated role '${name}' cannot be deleted`);
  if (!cfg.roles.delete(name)) refuse(`delete role failed: role '${name}' does not exist`);
  return true;
}

export function roleList(call: Call, given: Given, cfg: UserCfg): boolean {
  const row = (roleid: string, privs: readonly string[], special: number) => ({
    ...{ roleid, privs: sorted(privs).join(','), special },
  });
  const own = [...cfg.roles].map(([name, privs]) => row(name, privs, 0));
  const builtIn = Object.entries(builtInRoles).map(([name, privs]) => row(name, privs, 1));
  printRows(call, given, columns('roleid', 'privs', 'special'), [...builtIn, ...own]);
  return false;
}
