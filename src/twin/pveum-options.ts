/** The verbs of `pveum` with their options, from the schemas of Proxmox VE 8.4 and 9.2. Data only. */

import { atLeast } from '../proxmox/version.ts';
import type { Spec } from './formats.ts';
import type { Verb } from './options.ts';
import { realmAdd, realmModify, realmName, syncOptions } from './pveum-realms.ts';

const flag: Spec = { type: 'boolean' };
const text: Spec = {};
const userid: Spec = { format: 'pve-userid', maxLength: 64, required: true };
const groupid: Spec = { format: 'pve-groupid', required: true };
const roleid: Spec = { format: 'pve-roleid', required: true };
const tokenid: Spec = { pattern: /^[A-Za-z][A-Za-z0-9.\-_]+$/, required: true };
const path: Spec = { required: true };
const password: Spec = { minLength: 8, maxLength: 64 };

const person: Readonly<Record<string, Spec>> = {
  comment: { maxLength: 2048 },
  email: { format: 'email-opt', maxLength: 254 },
  enable: flag,
  expire: { type: 'integer', min: 0 },
  firstname: { maxLength: 1024 },
  groups: { format: 'pve-groupid-list' },
  keys: { pattern: /^[0-9a-zA-Z!=]{0,4096}$/ },
  lastname: { maxLength: 1024 },
};
const token: Readonly<Record<string, Spec>> = {
  comment: text,
  expire: { type: 'integer', min: 0 },
  privsep: flag,
};
const acl: Readonly<Record<string, Spec>> = {
  groups: { format: 'pve-groupid-list' },
  propagate: flag,
  roles: { format: 'pve-roleid-list', required: true },
  tokens: { format: 'pve-tokenid-list' },
  users: { format: 'pve-userid-list' },
};
const poolid: Spec = { format: 'pve-poolid', required: true };
const privs: Spec = { format: 'pve-priv-list' };
const aclChange: Verb = { args: { path }, options: acl };
const tokenRemove: Verb = { args: { userid, tokenid }, options: {}, prints: true };
/** A user or a token. */
export const someone: Spec = { pattern: /^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+(?:![A-Za-z][A-Za-z0-9.\-_]+)?$/ };
const realm: Spec = { ...realmName };

/** The verb as a node with these packages has it. */
export function pveumVerb(packages: Readonly<Record<string, string>>, name: string): Verb | undefined {
  const verb = Object.hasOwn(pveumVerbs, name) ? pveumVerbs[name] : undefined;
  if (!verb || atLeast(new Map(Object.entries(packages)), '9.2') !== true) return verb;
  if (name === 'realm add' || name === 'realm modify')
    return { ...verb, options: { ...verb.options, audiences: { pattern: /^[^\p{Cc} <>#"]*$/u } } };
  if (name !== 'user token modify') return verb;
  return { ...verb, options: { ...verb.options, delete: { format: 'pve-configid-list' }, regenerate: flag } };
}

export const pveumVerbs: Readonly<Record<string, Verb>> = {
  passwd: {
    args: { userid },
    options: { password, 'confirmation-password': { minLength: 5, maxLength: 64 } },
  },
  'user add': { args: { userid }, options: { ...person, password } },
  'user modify': {
    args: { userid },
    options: { ...person, append: { type: 'boolean', requires: 'groups' } },
  },
  'user delete': { args: { userid }, options: {} },
  'user list': { args: {}, options: { enabled: flag, full: flag }, prints: true },
  'user permissions': { args: { userid: someone }, options: { path: text }, prints: true },
  'user token add': { args: { userid, tokenid }, options: token, prints: true },
  'user token modify': { args: { userid, tokenid }, options: token, prints: true },
  'user token delete': tokenRemove,
  'user token remove': tokenRemove,
  'user token list': { args: { userid }, options: {}, prints: true },
  'user token permissions': { args: { userid, tokenid }, options: { path: text }, prints: true },
  'group add': { args: { groupid }, options: { comment: text } },
  'group modify': { args: { groupid }, options: { comment: text } },
  'group delete': { args: { groupid }, options: {} },
  'group list': { args: {}, options: {}, prints: true },
  'role add': { args: { roleid }, options: { privs } },
  'role modify': { args: { roleid }, options: { append: { type: 'boolean', requires: 'privs' }, privs } },
  'role delete': { args: { roleid }, options: {} },
  'role list': { args: {}, options: {}, prints: true },
  'pool add': { args: { poolid }, options: { comment: text } },
  'pool delete': { args: { poolid }, options: {} },
  'pool list': {
    args: {},
    options: {
      poolid: { format: 'pve-poolid' },
      type: { values: ['qemu', 'lxc', 'storage'], requires: 'poolid' },
    },
    prints: true,
  },
  'pool modify': {
    args: { poolid },
    options: {
      'allow-move': flag,
      comment: text,
      delete: flag,
      storage: { format: 'pve-storage-id-list' },
      vms: { format: 'pve-vmid-list' },
    },
  },
  'acl modify': aclChange,
  'acl delete': aclChange,
  'acl list': { args: {}, options: {}, prints: true },
  'realm list': { args: {}, options: {}, prints: true },
  'realm add': { args: { realm }, options: realmAdd },
  'realm modify': { args: { realm }, options: realmModify },
  'realm delete': { args: { realm }, options: {} },
  'realm sync': { args: { realm }, options: { 'dry-run': flag, ...syncOptions } },
  'user tfa delete': { args: { userid }, options: { id: text } },
  'user tfa list': {
    args: {},
    options: { userid: { format: 'pve-userid', maxLength: 64 } },
    further: ['userid'],
  },
  'user tfa unlock': { args: { userid }, options: {} },
};
