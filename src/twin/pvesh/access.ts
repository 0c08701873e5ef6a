/** `/access` and `/pools`: the same as `pveum`, through Proxmox's interface (pveum-users, pveum-tokens, pveum-groups-roles). */

import { sorted } from '../../proxmox/conf.ts';
import { type Call, refuse } from '../call.ts';
import type { Given } from '../options.ts';
import { poolsOf } from '../pools.ts';
import { accessCfg, passwd, userAdd, userDelete, userModify, userRows, withAccess } from '../pveum.ts';
import { aclList, changeAcl } from '../pveum-acl.ts';
import {
  groupAdd,
  groupDelete,
  groupList,
  groupModify,
  roleAdd,
  roleDelete,
  roleList,
  roleModify,
} from '../pveum-groups.ts';
import { pveumVerbs, someone } from '../pveum-options.ts';
import { userPermissions } from '../pveum-permissions.ts';
import { poolAdd, poolDelete, poolList, poolModify } from '../pveum-pools.ts';
import {
  addRealm,
  deleteRealm,
  modifyRealm,
  realmList,
  realmShow,
  realmType,
  syncRealm,
} from '../pveum-realms.ts';
import { addToken, listTokens, modifyToken, removeToken, showToken } from '../pveum-tokens.ts';
import { columns, printObject, printRows, printValue } from '../tables.ts';
import type { UserCfg } from '../user-cfg.ts';
import { privilegesOf } from '../user-cfg.ts';
import type { Endpoint, Route } from './route.ts';

type Handler = (call: Call, given: Given, cfg: UserCfg) => boolean;

/** A verb of `pveum` as an endpoint: its arguments are in the path, or options. */
function verb(name: string, handler: Handler, ...inPath: readonly string[]): Endpoint {
  const { args = {}, options = {} } = pveumVerbs[name] ?? {};
  const own = Object.entries(args).filter(([arg]) => !inPath.includes(arg));
  return {
    options: { ...Object.fromEntries(own), ...options },
    run: (call, given) => void withAccess(call, given, handler),
  };
}

function users(call: Call, given: Given): undefined {
  const cfg = accessCfg(call);
  const full = given.values.get('full') === '1';
  const rows = userRows(cfg, given).map((row) => {
    const id = String(row.userid);
    return full ? { ...row, groups: groupsOf(cfg, id).join(','), tokens: tokensOf(cfg, id) } : row;
  });
  printRows(call, given, columns('userid', 'comment', 'email', 'enable#', 'expire#'), rows);
}

function groupsOf(cfg: UserCfg, id: string): string[] {
  return sorted([...cfg.groups].flatMap(([name, { members }]) => (members.includes(id) ? [name] : [])));
}

function tokensOf(cfg: UserCfg, id: string): unknown {
  const tokens = cfg.users.get(id)?.tokens;
  return tokens && tokens.size > 0
    ? Object.fromEntries([...tokens].map(([name, token]) => [name, showToken(token)]))
    : null;
}

function user(call: Call, given: Given): undefined {
  const cfg = accessCfg(call);
  const id = given.values.get('userid') ?? '';
  const known = cfg.users.get(id) ?? refuse(`no such user ('${id}')`);
  const texts = Object.entries(known).filter(([, value]) => typeof value === 'string' && value !== '');
  const own = { enable: known.enable ? 1 : 0, expire: known.expire };
  printObject(call, given, {
    ...Object.fromEntries(texts),
    ...own,
    groups: groupsOf(cfg, id),
    tokens: tokensOf(cfg, id),
  });
}

function token(call: Call, given: Given): undefined {
  const [id = '', name = ''] = ['userid', 'tokenid'].map((key) => given.values.get(key));
  const known = accessCfg(call).users.get(id) ?? refuse(`no such user ('${id}')`);
  printObject(
    call,
    given,
    showToken(known.tokens.get(name) ?? refuse(`no such token '${name}' for user '${id}'`)),
  );
}

function group(call: Call, given: Given): undefined {
  const name = given.values.get('groupid') ?? '';
  const known = accessCfg(call).groups.get(name) ?? refuse(`group '${name}' does not exist`);
  const comment = known.comment === '' ? {} : { comment: known.comment };
  printObject(call, given, { ...comment, members: sorted(known.members) });
}

function role(call: Call, given: Given): undefined {
  const name = given.values.get('roleid') ?? '';
  const known = privilegesOf(accessCfg(call), name) ?? refuse(`role '${name}' does not exist`);
  printObject(call, given, Object.fromEntries(known.map((privilege) => [privilege, 1])));
}

function pool(call: Call, given: Given): undefined {
  const name = given.values.get('poolid') ?? '';
  const known = poolsOf(accessCfg(call)).find((one) => one.name === name);
  if (!known) return refuse(`pool '${name}' does not exist`);
  const { comment } = known;
  printObject(call, given, { ...(comment === '' ? {} : { comment }), members: [], poolid: name });
}

function userTfa(call: Call, given: Given): undefined {
  const realm = (given.values.get('userid') ?? '').replace(/^.*@/, '');
  if (realmType(call, realm) === undefined) refuse(`auth domain '${realm}' does not exist`);
  printObject(call, given, given.values.get('multiple') === '1' ? { user: [] } : {});
}

const permissions: Endpoint = {
  options: { path: {}, userid: someone },
  run: (call, given) => {
    const who = given.values.get('userid') ?? 'root@pam';
    const asked = { ...given, values: new Map([...given.values, ['userid', who] as const]) };
    withAccess(call, asked, userPermissions);
    return undefined;
  },
};

export const accessRoutes: readonly Route[] = [
  {
    path: '/access/acl',
    get: verb('acl list', aclList),
    set: {
      options: {
        ...pveumVerbs['acl modify']?.args,
        ...pveumVerbs['acl modify']?.options,
        delete: { type: 'boolean' },
      },
      run: (call, given) => void withAccess(call, given, changeAcl),
    },
  },
  { path: '/access/domains', get: verb('realm list', realmList), create: verb('realm add', addRealm) },
  {
    path: '/access/domains/{realm}',
    get: { run: (call, given) => void realmShow(call, given) },
    set: verb('realm modify', modifyRealm, 'realm'),
    delete: verb('realm delete', deleteRealm, 'realm'),
  },
  { path: '/access/domains/{realm}/sync', create: verb('realm sync', syncRealm, 'realm') },
  // Nobody has a second factor here.
  {
    path: '/access/tfa',
    get: { run: (call, given) => printRows(call, given, columns('userid'), []) as undefined },
  },
  {
    path: '/access/tfa/{userid}',
    get: { run: (call, given) => printRows(call, given, columns('id'), []) as undefined },
  },
  {
    path: '/access/users/{userid}/tfa',
    get: { options: { multiple: { type: 'boolean' } }, run: userTfa },
  },
  {
    path: '/access/users/{userid}/unlock-tfa',
    set: {
      run: (call, given) =>
        printValue(call, given, given.values.get('output-format') === 'json' ? 0 : '') as undefined,
    },
  },
  {
    path: '/access/groups',
    get: verb('group list', groupList),
    create: verb('group add', groupAdd),
  },
  {
    path: '/access/groups/{groupid}',
    get: { run: group },
    set: verb('group modify', groupModify, 'groupid'),
    delete: verb('group delete', groupDelete, 'groupid'),
  },
  { path: '/access/password', set: verb('passwd', passwd) },
  { path: '/access/permissions', get: permissions },
  { path: '/access/roles', get: verb('role list', roleList), create: verb('role add', roleAdd) },
  {
    path: '/access/roles/{roleid}',
    get: { run: role },
    set: verb('role modify', roleModify, 'roleid'),
    delete: verb('role delete', roleDelete, 'roleid'),
  },
  {
    path: '/access/users',
    get: { options: { enabled: { type: 'boolean' }, full: { type: 'boolean' } }, run: users },
    create: verb('user add', userAdd),
  },
  {
    path: '/access/users/{userid}',
    get: { run: user },
    set: verb('user modify', userModify, 'userid'),
    delete: verb('user delete', userDelete, 'userid'),
  },
  { path: '/access/users/{userid}/token', get: verb('user token list', listTokens, 'userid') },
  {
    path: '/access/users/{userid}/token/{tokenid}',
    get: { run: token },
    create: verb('user token add', addToken, 'userid', 'tokenid'),
    set: verb('user token modify', modifyToken, 'userid', 'tokenid'),
    delete: verb('user token delete', removeToken, 'userid', 'tokenid'),
  },
  { path: '/pools', get: verb('pool list', poolList), create: verb('pool add', poolAdd) },
  {
    path: '/pools/{poolid}',
    get: { run: pool },
    set: verb('pool modify', poolModify, 'poolid'),
    delete: verb('pool delete', poolDelete, 'poolid'),
  },
];
