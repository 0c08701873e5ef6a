/** What `pveum … permissions` says of users and tokens: recorded (B128, B129); roles that come through pools are not known. */

import { sorted } from '../proxmox/conf.ts';
import type { Call } from './call.ts';
import type { Given } from './options.ts';
import { columns, printObject, printRows } from './tables.ts';
import { privilegesOf, type UserCfg } from './user-cfg.ts';

/** Privilege → does it propagate? */
type Permissions = ReadonlyMap<string, boolean>;

const none: Permissions = new Map();

/** Paths that are shown also when the ACL does not name them. */
const usualPaths = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms'];

export function userPermissions(call: Call, given: Given, cfg: UserCfg): boolean {
  return show(call, given, cfg, given.values.get('userid') ?? '');
}

export function tokenPermissions(call: Call, given: Given, cfg: UserCfg): boolean {
  return show(call, given, cfg, `${given.values.get('userid')}!${given.values.get('tokenid')}`);
}

function show(call: Call, given: Given, cfg: UserCfg, who: string): boolean {
  const asked = given.values.get('path');
  const paths = asked === undefined ? [...usualPaths, ...cfg.acl.map((entry) => entry.path)] : [asked];
  const found = sorted(new Set(paths))
    .map((path): [string, Permissions] => [path, permissionsAt(cfg, who, path)])
    .filter(([, permissions]) => asked !== undefined || permissions.size > 0)
    .filter(() => cfg.users.has(who.split('!')[0] ?? ''));
  if (call.program !== 'pvesh' && (given.values.get('output-format') ?? 'text') === 'text')
    printRows(
      call,
      given,
      columns('ACL path', 'Permissions'),
      found.map(([path, permissions]) => ({
        'ACL path': path,
        Permissions: sorted(permissions.keys())
          .map((name) => (permissions.get(name) ? `${name} (*)` : name))
          .join(', '),
      })),
    );
  else {
    const value = found.map(([path, permissions]) => [
      path,
      Object.fromEntries([...permissions].map(([name, propagates]) => [name, propagates ? 1 : 0])),
    ]);
    printObject(call, given, Object.fromEntries(value));
  }
  return false;
}

/** Privileges at a path: those of a token with separation are only what its user has too (B128). */
function permissionsAt(cfg: UserCfg, who: string, path: string): Permissions {
  const [user = '', token] = who.split('!');
  const own = fromRoles(cfg, rolesAt(cfg, user, path));
  if (token === undefined) return own;
  const found = cfg.users.get(user)?.tokens.get(token);
  if (!found) return none;
  if (!found.privsep) return own;
  const given = fromRoles(cfg, rolesAt(cfg, who, path));
  return new Map([...given].filter(([name]) => own.has(name)));
}

function fromRoles(cfg: UserCfg, roles: ReadonlyMap<string, boolean>): Permissions {
  if (roles.has('NoAccess')) return none;
  const permissions = new Map<string, boolean>();
  for (const [role, propagate] of roles)
    for (const name of privilegesOf(cfg, role) ?? [])
      permissions.set(name, propagate || permissions.get(name) === true);
  return permissions;
}

/** Roles at a path: each step down replaces those from above; the user's own win over those of groups. */
function rolesAt(cfg: UserCfg, who: string, path: string): ReadonlyMap<string, boolean> {
  if (who === 'root@pam') return new Map([['Administrator', true]]);
  let roles: ReadonlyMap<string, boolean> = new Map();
  const parts = path.split('/').filter((part) => part !== '');
  for (let depth = 0; depth <= parts.length; depth++) {
    const here = `/${parts.slice(0, depth).join('/')}`;
    const counts = cfg.acl.filter(
      (entry) => entry.path === here && (entry.propagate || depth === parts.length),
    );
    const own = counts.filter((entry) => entry.who === who);
    const groups = counts.filter((entry) => cfg.groups.get(entry.who.slice(1))?.members.includes(who));
    const found = own.length > 0 ? own : groups;
    if (found.length > 0) roles = new Map(found.map((entry) => [entry.role, entry.propagate]));
  }
  return roles;
}
