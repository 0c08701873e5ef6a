/** `pveum`: recorded (B122–B129); users, and which verb means which handler. */

import { sorted, splitList } from '../proxmox/conf.ts';
import { type Call, refuse, type Work } from './call.ts';
import { nodeFile, writeNodeFile } from './node-files.ts';
import { type Given, readOptions, refuseParameters, usage } from './options.ts';
import { aclList, changeAcl } from './pveum-acl.ts';
import {
  groupAdd,
  groupDelete,
  groupList,
  groupModify,
  roleAdd,
  roleDelete,
  roleList,
  roleModify,
} from './pveum-groups.ts';
import { pveumVerb } from './pveum-options.ts';
import { tokenPermissions, userPermissions } from './pveum-permissions.ts';
import { poolAdd, poolDelete, poolList, poolModify } from './pveum-pools.ts';
import { addRealm, deleteRealm, modifyRealm, realmList, syncRealm } from './pveum-realms.ts';
import { addToken, listTokens, modifyToken, removeToken } from './pveum-tokens.ts';
import { dropLine, setPassword } from './realms.ts';
import { columns, type DataRow, printRows } from './tables.ts';
import { type AccessUser, newUser, parseUserCfg, printUserCfg, type UserCfg } from './user-cfg.ts';

const file = '/etc/pve/user.cfg';

/** Works on what was read; what it leaves in `cfg` is written when it returns `true`. */
type Handler = (call: Call, given: Given, cfg: UserCfg) => boolean;

const handlers: Readonly<Record<string, Handler>> = {
  passwd,
  'user add': userAdd,
  'user modify': userModify,
  'user delete': userDelete,
  'user list': userList,
  'user permissions': userPermissions,
  'user token add': addToken,
  'user token modify': modifyToken,
  'user token delete': removeToken,
  'user token remove': removeToken,
  'user token list': listTokens,
  'user token permissions': tokenPermissions,
  'group add': groupAdd,
  'group modify': groupModify,
  'group delete': groupDelete,
  'group list': groupList,
  'role add': roleAdd,
  'role modify': roleModify,
  'role delete': roleDelete,
  'role list': roleList,
  'pool add': poolAdd,
  'pool delete': poolDelete,
  'pool list': poolList,
  'pool modify': poolModify,
  'acl modify': changeAcl,
  'acl delete': (call, given, cfg) => changeAcl(call, given, cfg, true),
  'acl list': aclList,
  'realm list': realmList,
  'realm add': addRealm,
  'realm modify': modifyRealm,
  'realm delete': deleteRealm,
  'realm sync': syncRealm,
  // Nobody has a second factor here.
  'user tfa delete': () => false,
  'user tfa list': () => false,
  'user tfa unlock': () => false,
};

/** What verbs were called before they had two words. */
const oldNames: Readonly<Record<string, string>> = {
  ...{ useradd: 'user add', usermod: 'user modify', userdel: 'user delete' },
  ...{ groupadd: 'group add', groupmod: 'group modify', groupdel: 'group delete' },
  ...{ roleadd: 'role add', rolemod: 'role modify', roledel: 'role delete' },
  ...{ aclmod: 'acl modify', acldel: 'acl delete' },
};

export function pveum(call: Call): Work | undefined {
  const full = oldNames[call.args[0] ?? '']?.split(' ');
  const argv = full ? [...full, ...call.args.slice(1)] : call.args;
  const words = [3, 2, 1].map((count) => argv.slice(0, count).join(' '));
  const name = words.find((one) => Object.hasOwn(handlers, one));
  const spec = name === undefined ? undefined : pveumVerb(call.state.packages, name);
  const handler = name === undefined ? undefined : handlers[name];
  if (name === undefined || !spec || !handler) {
    const said = call.args.length === 0 ? 'no command specified' : `unknown command 'pveum ${words[1]}'`;
    refuse(`ERROR: ${said}\nUSAGE: pveum <COMMAND> [ARGS] [OPTIONS]`);
  }
  const given = readOptions('pveum', name, spec, argv.slice(name.split(' ').length));
  if (given.values.get('roleid')?.toLowerCase().startsWith('pve') && name === 'role add')
    refuseParameters(
      new Map([['roleid', "cannot use role ID starting with the (case-insensitive) 'PVE' namespace"]]),
      usage('pveum', name, spec),
    );
  withAccess(call, given, handler);
  return undefined;
}

/** What is configured; what cannot be read of it is told. */
export function accessCfg(call: Call): UserCfg {
  return parseUserCfg(nodeFile(call.state, file) ?? '', (line) => call.err(`${line}\n`));
}

/** Works on what is configured, and keeps what the handler changed. */
export function withAccess(call: Call, given: Given, handler: Handler): void {
  const cfg = accessCfg(call);
  if (handler(call, given, cfg)) writeNodeFile(call.state, file, printUserCfg(cfg), 0o640);
}

export function userAdd(call: Call, { values }: Given, cfg: UserCfg): boolean {
  const id = values.get('userid') ?? '';
  if (cfg.users.has(id)) refuse(`create user failed: user '${id}' already exists`);
  const user = newUser();
  cfg.users.set(id, user);
  const password = values.get('password');
  if (password !== undefined) setPassword(call, id, password, 'create user failed: ');
  joinGroups(cfg, id, values.get('groups'), 'create user failed');
  describe(user, values);
  return true;
}

export function userModify(_call: Call, { values }: Given, cfg: UserCfg): boolean {
  const id = values.get('userid') ?? '';
  const user = cfg.users.get(id);
  if (!user) return refuse(`update user failed: no such user ('${id}')`);
  const groups = values.get('groups');
  if (groups !== undefined) {
    if (values.get('append') !== '1') leaveGroups(cfg, id);
    joinGroups(cfg, id, groups, 'update user failed');
  }
  describe(user, values);
  return true;
}

function describe(user: AccessUser, values: ReadonlyMap<string, string>): void {
  for (const key of ['firstname', 'lastname', 'email', 'comment', 'keys'] as const)
    user[key] = values.get(key) ?? user[key];
  user.enable = (values.get('enable') ?? (user.enable ? '1' : '0')) === '1';
  user.expire = Number(values.get('expire') ?? user.expire);
}

function joinGroups(cfg: UserCfg, id: string, names: string | undefined, doing: string): void {
  for (const name of splitList(names ?? '')) {
    const group = cfg.groups.get(name);
    if (!group) refuse(`${doing}: no such group '${name}'`);
    if (!group.members.includes(id)) group.members.push(id);
  }
}

function leaveGroups(cfg: UserCfg, id: string): void {
  for (const group of cfg.groups.values()) group.members = group.members.filter((one) => one !== id);
}

/** Also what is not there may be deleted; the entries of its tokens in the ACL stay until the next read (B123, B126). */
export function userDelete(call: Call, { values }: Given, cfg: UserCfg): boolean {
  const id = values.get('userid') ?? '';
  if (id.endsWith('@pve')) dropLine(call, '/etc/pve/priv/shadow.cfg', id.slice(0, -4));
  cfg.users.delete(id);
  leaveGroups(cfg, id);
  cfg.acl = cfg.acl.filter((entry) => entry.who !== id);
  return true;
}

const userColumns = columns(
  ...['userid', 'comment', 'email', 'enable', 'expire#', 'firstname', 'groups', 'keys', 'lastname'],
  ...['realm-type', 'tfa-locked-until', 'tokens', 'totp-locked'],
);

function userList(call: Call, given: Given, cfg: UserCfg): boolean {
  printRows(call, given, userColumns, userRows(cfg, given));
  return false;
}

/** A row a user, by name; `enabled`: only those that are, or are not. */
export function userRows(cfg: UserCfg, given: Given): DataRow[] {
  const rows = sorted(cfg.users.keys()).flatMap((userid) => {
    const user = cfg.users.get(userid);
    if (!user) return [];
    const realm = userid.slice(userid.lastIndexOf('@') + 1);
    const texts = Object.entries(user).filter(([, value]) => typeof value === 'string' && value !== '');
    return {
      ...Object.fromEntries(texts),
      ...(realm === 'pam' || realm === 'pve' ? { 'realm-type': realm } : {}),
      ...{ userid, enable: user.enable ? 1 : 0, expire: user.expire },
    };
  });
  const enabled = given.values.get('enabled');
  return rows.filter((row) => enabled === undefined || String(row.enable) === enabled);
}

export function passwd(call: Call, { values }: Given, cfg: UserCfg): boolean {
  const id = values.get('userid') ?? '';
  if (!cfg.users.has(id)) refuse(`no such user ('${id}')`);
  const password = values.get('password');
  if (password === undefined) refuse('Enter new password: \nno password was given on the terminal');
  // The confirmation is the password of who asks, and nobody asks that of root.
  setPassword(call, id, password);
  return false;
}
