/** /etc/pve/user.cfg as data: users, tokens, groups, roles, permissions (B124). Pure parse; changes go through `pveum`. */

import { decodeText, splitList } from './conf.ts';

export interface PveUser {
  readonly enabled: boolean;
  /** Seconds since 1970; 0: never. */
  readonly expire: number;
  readonly firstname: string;
  readonly lastname: string;
  readonly email: string;
  readonly comment: string;
}

export interface PveToken {
  readonly expire: number;
  /** True: the token has only the permissions of its own entries (B128). */
  readonly privsep: boolean;
  readonly comment: string;
}

export interface PveGroup {
  readonly members: ReadonlySet<string>;
  readonly comment: string;
}

/** One role of one subject at one path; a line of the file is one or more of these. */
export interface AclEntry {
  readonly path: string;
  readonly propagate: boolean;
  /** `anna@pve`, `@staff` for a group, `tool@pve!api` for a token. */
  readonly who: string;
  readonly role: string;
}

export interface UserCfg {
  readonly users: ReadonlyMap<string, PveUser>;
  /** By `user@realm!name`. */
  readonly tokens: ReadonlyMap<string, PveToken>;
  readonly groups: ReadonlyMap<string, PveGroup>;
  /** The roles of people, with their privileges; the built-in ones are not in the file. */
  readonly roles: ReadonlyMap<string, ReadonlySet<string>>;
  readonly acl: readonly AclEntry[];
}

/** Reads the file; lines of other kinds (pools) and those without an id are left out. Never throws. */
export function parseUserCfg(text: string): UserCfg {
  const users = new Map<string, PveUser>();
  const tokens = new Map<string, PveToken>();
  const groups = new Map<string, PveGroup>();
  const roles = new Map<string, ReadonlySet<string>>();
  const acl: AclEntry[] = [];
  for (const line of text.split('\n')) {
    const [kind, id = '', ...fields] = line.split(':').map((field) => field.trim());
    const [one = '', two = '', three = '', four = '', five = '', six = ''] = fields;
    if (id === '') continue;
    if (kind === 'user') {
      const [firstname, lastname, comment] = [three, four, six].map(decodeText) as [string, string, string];
      users.set(id, {
        enabled: one === '1',
        expire: Number(two) || 0,
        firstname,
        lastname,
        email: five,
        comment,
      });
    } else if (kind === 'token')
      tokens.set(id, { expire: Number(one) || 0, privsep: two === '1', comment: decodeText(three) });
    else if (kind === 'group') groups.set(id, { members: new Set(splitList(one)), comment: decodeText(two) });
    else if (kind === 'role') roles.set(id, new Set(splitList(one)));
    else if (kind === 'acl')
      for (const who of splitList(two))
        for (const role of splitList(three)) acl.push({ path: one, propagate: id === '1', who, role });
  }
  return { users, tokens, groups, roles, acl };
}
