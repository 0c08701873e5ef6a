/** The text of /etc/pve/user.cfg, read and printed as recorded (B124, B126). It knows no command and no option. */

import { decodeText, encodeText, sorted, splitList } from '../proxmox/conf.ts';
import { builtInRoles } from './roles.ts';

export interface AccessToken {
  expire: number;
  privsep: boolean;
  comment: string;
}

export interface AccessUser {
  enable: boolean;
  expire: number;
  firstname: string;
  lastname: string;
  email: string;
  comment: string;
  keys: string;
  tokens: Map<string, AccessToken>;
}

/** One role of one subject at one path; `who` is a user, a token (`user!name`) or a group (`@name`). */
export interface AclEntry {
  readonly path: string;
  readonly who: string;
  readonly role: string;
  propagate: boolean;
}

export interface UserCfg {
  users: Map<string, AccessUser>;
  groups: Map<string, { members: string[]; comment: string }>;
  /** Lines of pools as they stand. */
  pools: string[];
  /** Own roles; the built-in ones are not in the file. */
  roles: Map<string, string[]>;
  acl: AclEntry[];
}

export function newUser(): AccessUser {
  return {
    enable: true,
    expire: 0,
    firstname: '',
    lastname: '',
    email: '',
    comment: '',
    keys: '',
    tokens: new Map(),
  };
}

/** Privileges of a role; undefined when there is none of this name. */
export function privilegesOf(cfg: UserCfg, role: string): readonly string[] | undefined {
  return Object.hasOwn(builtInRoles, role) ? builtInRoles[role] : cfg.roles.get(role);
}

/** Is there this user, token or `@group`? */
export function knowsSubject(cfg: UserCfg, who: string): boolean {
  if (who.startsWith('@')) return cfg.groups.has(who.slice(1));
  const [user = '', token] = who.split('!');
  const found = cfg.users.get(user);
  return found !== undefined && (token === undefined || found.tokens.has(token));
}

/** Reads the file; `warn` gets what Proxmox says about entries that it leaves out. */
export function parseUserCfg(text: string, warn: (line: string) => void): UserCfg {
  const cfg: UserCfg = { users: new Map(), groups: new Map(), pools: [], roles: new Map(), acl: [] };
  for (const line of text.split('\n')) {
    const [kind, ...fields] = line.trim().split(':');
    if (kind === 'user') readUser(cfg, fields);
    else if (kind === 'token') readToken(cfg, fields);
    else if (kind === 'group') readGroup(cfg, fields);
    else if (kind === 'pool') cfg.pools.push(line);
    else if (kind === 'role') cfg.roles.set(fields[0] ?? '', sorted(splitList(fields[1] ?? '')));
    else if (kind === 'acl') readAcl(cfg, fields, warn);
    else if (line.trim() !== '' && !line.startsWith('#'))
      warn(`user config - ignore config line: ${line.trim()}`);
  }
  if (!cfg.users.has('root@pam')) cfg.users.set('root@pam', newUser());
  return cfg;
}

function readUser(cfg: UserCfg, fields: readonly string[]): void {
  const [id = '', enable, expire, ...texts] = fields;
  const [firstname = '', lastname = '', email = '', comment = '', keys = ''] = texts.map(decodeText);
  cfg.users.set(id, {
    ...newUser(),
    ...{ enable: enable === '1', expire: Number(expire) || 0, firstname, lastname, email, comment, keys },
  });
}

function readToken(cfg: UserCfg, fields: readonly string[]): void {
  const [id = '', expire, privsep, comment = ''] = fields;
  const [user = '', name = ''] = id.split('!');
  cfg.users.get(user)?.tokens.set(name, {
    expire: Number(expire) || 0,
    privsep: privsep === '1',
    comment: decodeText(comment),
  });
}

function readGroup(cfg: UserCfg, fields: readonly string[]): void {
  const [name = '', members = '', comment = ''] = fields;
  const known = splitList(members).filter((member) => cfg.users.has(member));
  cfg.groups.set(name, { members: known, comment: decodeText(comment) });
}

function readAcl(cfg: UserCfg, fields: readonly string[], warn: (line: string) => void): void {
  const [propagate, path = '', subjects = '', roles = ''] = fields;
  for (const role of splitList(roles)) {
    if (!privilegesOf(cfg, role)) {
      warn(`user config - ignore invalid acl role '${role}'`);
      continue;
    }
    for (const who of splitList(subjects)) {
      const kind = who.startsWith('@') ? 'group' : who.includes('!') ? 'token' : 'member';
      if (knowsSubject(cfg, who)) cfg.acl.push({ path, who, role, propagate: propagate === '1' });
      else warn(`user config - ignore invalid acl ${kind} '${who.replace(/^@/, '')}'`);
    }
  }
}

/** Prints the file as Proxmox writes it: an empty line after each kind. */
export function printUserCfg(cfg: UserCfg): string {
  const flag = (on: boolean) => (on ? '1' : '0');
  let text = '';
  for (const [id, user] of byName(cfg.users)) {
    const { enable, expire, firstname, lastname, email, comment, keys } = user;
    const texts = [firstname, lastname, email, comment, keys].map(encodeText).join(':');
    text += `user:${id}:${flag(enable)}:${expire}:${texts}:\n`;
    for (const [name, token] of byName(user.tokens))
      text += `token:${id}!${name}:${token.expire}:${flag(token.privsep)}:${encodeText(token.comment)}:\n`;
  }
  text += '\n';
  for (const [name, group] of byName(cfg.groups))
    text += `group:${name}:${sorted(group.members).join(',')}:${encodeText(group.comment)}:\n`;
  text += `\n${cfg.pools.map((line) => `${line}\n`).join('')}\n`;
  for (const [name, privs] of byName(cfg.roles)) text += `role:${name}:${privs.join(',')}:\n`;
  return `${text}\n${printAcl(cfg.acl)}`;
}

/** One line per path, set of roles and propagation, with all subjects that have just these roles there. */
function printAcl(acl: readonly AclEntry[]): string {
  let text = '';
  const paths = [...new Set(acl.map((entry) => entry.path))].sort(byPath);
  for (const path of paths)
    for (const propagate of [false, true]) {
      const here = acl.filter((entry) => entry.path === path && entry.propagate === propagate);
      const subjects = new Map<string, string[]>();
      for (const who of sorted(new Set(here.map((entry) => entry.who)))) {
        const roles = sorted(here.filter((entry) => entry.who === who).map((entry) => entry.role)).join(',');
        subjects.set(roles, [...(subjects.get(roles) ?? []), who]);
      }
      for (const [roles, who] of byName(subjects))
        text += `acl:${propagate ? 1 : 0}:${path}:${who.join(',')}:${roles}:\n`;
    }
  return text;
}

/** A path before what is below it. */
function byPath(a: string, b: string): number {
  return a.replaceAll('/', '\u0000') < b.replaceAll('/', '\u0000') ? -1 : 1;
}

function byName<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
