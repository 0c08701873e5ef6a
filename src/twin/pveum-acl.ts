/** `pveum acl`: recorded (B126, B127). */

import { splitList } from '../proxmox/conf.ts';
import { type Call, refuse } from './call.ts';
import { type Given, refuseParameters, usage } from './options.ts';
import { pveumVerbs } from './pveum-options.ts';
import { columns, printRows } from './tables.ts';
import { privilegesOf, type UserCfg } from './user-cfg.ts';

const word = '[A-Za-z0-9._-]+';
/** Where an entry may stand. */
const paths = new RegExp(
  [
    ...['^/(?:', `|access(?:/(?:groups|realm)(?:/${word})?)?`, `|nodes(?:/${word})?|storage(?:/${word})?`],
    ...[`|pool(?:/${word}){0,3}`, '|vms(?:/[1-9]\\d{2,})?', `|mapping(?:/${word}){0,2}`],
    ...['|sdn(?:/controllers(?:/[A-Za-z0-9_-]+)?|/(?:dns|ipams)(?:/[A-Za-z0-9]+)?'],
    ...[`|/zones(?:/${word}(?:/${word}(?:/[1-9]\\d{0,3})?)?)?)?`, ')$'],
  ].join(''),
);

/** A path with one slash at its start and none twice; undefined where it is none. */
function normalPath(text: string): string | undefined {
  if (text === '' || text === '0') return undefined;
  const path = text.replace(/\/+/g, '/').replace(/\/$/, '');
  const full = path.startsWith('/') ? path : `/${path}`;
  return /^[A-Za-z0-9./_-]+$/.test(full) ? full : undefined;
}

/** `acl modify` adds roles to those of the path, `acl delete` takes them away; neither minds if nothing changes. */
export function changeAcl(
  _call: Call,
  { values }: Given,
  cfg: UserCfg,
  remove = values.get('delete') === '1',
): boolean {
  const verb = remove ? 'acl delete' : 'acl modify';
  const line = usage('pveum', verb, pveumVerbs[verb] ?? { args: {}, options: {} });
  const subjects = [
    ...splitList(values.get('groups') ?? '').map((name) => `@${name}`),
    ...splitList(values.get('users') ?? ''),
    ...splitList(values.get('tokens') ?? ''),
  ];
  if (!values.get('groups') && !values.get('users') && !values.get('tokens')) {
    const reason = "either 'users', 'groups' or 'tokens' is required.";
    refuseParameters(new Map(['groups', 'tokens', 'users'].map((name) => [name, reason])), line);
  }
  const asked = values.get('path') ?? '';
  const path = normalPath(asked);
  // What is taken away may have stood anywhere.
  if (path === undefined || !(remove || paths.test(path)))
    return refuseParameters(new Map([['path', `invalid ACL path '${asked}'`]]), line);
  const propagate = values.get('propagate') !== '0';
  for (const role of splitList(values.get('roles') ?? '')) {
    if (!privilegesOf(cfg, role)) refuse(`ACL update failed: role '${role}' does not exist`);
    for (const who of subjects) {
      checkSubject(cfg, who);
      cfg.acl = cfg.acl.filter((one) => one.path !== path || one.who !== who || one.role !== role);
      if (!remove) cfg.acl.push({ path, who, role, propagate });
    }
  }
  return true;
}

function checkSubject(cfg: UserCfg, who: string): void {
  const group = /^@(.*)$/.exec(who)?.[1];
  const [user = '', token] = who.split('!');
  if (group !== undefined) {
    if (!cfg.groups.has(group)) refuse(`ACL update failed: group '${group}' does not exist`);
  } else if (!cfg.users.has(user)) refuse(`ACL update failed: user '${user}' does not exist`);
  else if (token !== undefined && !cfg.users.get(user)?.tokens.has(token))
    refuse(`ACL update failed: no such token '${token}' for user '${user}'`);
}

export function aclList(call: Call, given: Given, cfg: UserCfg): boolean {
  const rows = cfg.acl.map(({ path, who, role, propagate }) => ({
    path,
    propagate: propagate ? 1 : 0,
    roleid: role,
    type: who.startsWith('@') ? 'group' : who.includes('!') ? 'token' : 'user',
    ugid: who.replace(/^@/, ''),
  }));
  printRows(call, given, columns('path', 'propagate', 'roleid', 'type', 'ugid'), rows);
  return false;
}
