/** `pveum realm` and /etc/pve/domains.cfg, from the source of pve-access-control of Proxmox VE 8.4. The twin asks no server. */

import { sha1 } from '../core/digest.ts';
import { decodeText, encodeText, sorted, splitList } from '../proxmox/conf.ts';
import { parseSections } from '../proxmox/sections.ts';
import { type Call, refuse } from './call.ts';
import type { Spec } from './formats.ts';
import { nodeFile, writeNodeFile } from './node-files.ts';
import { type Given, refuseParameters } from './options.ts';
import { columns, printObject, printRows } from './tables.ts';

const file = '/etc/pve/domains.cfg';
const flag: Spec = { type: 'boolean' };

/** What a sync may be told, and what a realm may say for all of them. */
export const syncOptions: Readonly<Record<string, Spec>> = {
  'enable-new': flag,
  full: flag,
  purge: flag,
  'remove-vanished': { pattern: /^(?:(?:(?:acl|properties|entry);)*(?:acl|properties|entry)|none)$/ },
  scope: { values: ['users', 'groups', 'both'] },
};

/** What realms of all types take. */
const common: Readonly<Record<string, Spec>> = {
  'acr-values': { pattern: /^[^\p{Cc} <>#"]*$/u },
  autocreate: flag,
  base_dn: { maxLength: 256 },
  bind_dn: { maxLength: 256 },
  capath: {},
  'case-sensitive': flag,
  cert: {},
  certkey: {},
  'check-connection': flag,
  'client-id': { maxLength: 256 },
  'client-key': { maxLength: 256 },
  comment: { maxLength: 4096 },
  default: flag,
  domain: { pattern: /^\S+$/, maxLength: 256 },
  filter: { maxLength: 2048 },
  group_classes: { format: 'ldap-simple-attr-list' },
  group_dn: { maxLength: 256 },
  group_filter: { maxLength: 2048 },
  group_name_attr: { format: 'ldap-simple-attr', maxLength: 256 },
  'groups-autocreate': flag,
  'groups-claim': { pattern: /^[A-Za-z0-9._-]+$/, maxLength: 256 },
  'groups-overwrite': flag,
  'issuer-url': { maxLength: 256 },
  mode: { values: ['ldap', 'ldaps', 'ldap+starttls'] },
  password: {},
  port: { type: 'integer', min: 1, max: 65_535 },
  prompt: { pattern: /^(?:none|login|consent|select_account|\S+)$/ },
  'query-userinfo': flag,
  scopes: {},
  secure: flag,
  server1: { format: 'address', maxLength: 256 },
  server2: { format: 'address', maxLength: 256 },
  sslversion: { values: ['tlsv1', 'tlsv1_1', 'tlsv1_2', 'tlsv1_3'] },
  'sync-defaults-options': { props: syncOptions },
  sync_attributes: { pattern: /^\w+=[^,]+(,\s*\w+=[^,]+)*$/ },
  tfa: {
    props: {
      digits: { type: 'integer', min: 6, max: 8 },
      id: {},
      key: {},
      step: { type: 'integer', min: 10 },
      type: { values: ['yubico', 'oath'], required: true },
      url: {},
    },
    maxLength: 128,
  },
  user_attr: { pattern: /^\S{2,}$/, maxLength: 256 },
  user_classes: { format: 'ldap-simple-attr-list' },
  verify: flag,
};
const types = ['ad', 'ldap', 'openid', 'pam', 'pve'];
export const realmName: Spec = { format: 'pve-realm', maxLength: 32, required: true };
export const realmAdd: Readonly<Record<string, Spec>> = {
  ...common,
  type: { values: types, required: true },
  'username-claim': {},
};
export const realmModify: Readonly<Record<string, Spec>> = {
  ...common,
  delete: { format: 'pve-configid-list', maxLength: 4096 },
  digest: { maxLength: 64 },
};

const needed: Readonly<Record<string, readonly string[]>> = {
  ad: ['domain', 'server1'],
  ldap: ['base_dn', 'server1', 'user_attr'],
  openid: ['client-id', 'issuer-url'],
};

type Realm = Record<string, string>;

/** The two that every node has are there without a file, too. */
function read(call: Call): Map<string, Realm> {
  const realms = new Map<string, Realm>();
  for (const { id, type, options } of parseSections(nodeFile(call.state, file) ?? '').values()) {
    const realm: Realm = { type, ...Object.fromEntries(options) };
    if (realm.comment !== undefined) realm.comment = decodeText(realm.comment);
    realms.set(id, realm);
  }
  const builtin = (id: string, comment: string) => {
    realms.set(id, { ...realms.get(id), comment: realms.get(id)?.comment ?? comment, type: id });
  };
  builtin('pam', 'Linux PAM standard authentication');
  builtin('pve', 'Proxmox VE authentication server');
  return realms;
}

function save(call: Call, realms: ReadonlyMap<string, Realm>): void {
  const text = [...realms].map(([id, { type = '', comment, ...options }]) => {
    const required = needed[type] ?? [];
    const keys = [...required, ...sorted(Object.keys(options)).filter((key) => !required.includes(key))];
    const lines = keys.flatMap((key) => (options[key] === undefined ? [] : [`\t${key} ${options[key]}\n`]));
    return `${type}: ${id}\n${comment ? `\tcomment ${encodeText(comment)}\n` : ''}${lines.join('')}\n`;
  });
  writeNodeFile(call.state, file, text.join(''), 0o640);
}

export function realmList(call: Call, given: Given): boolean {
  const rows = [...read(call)].map(([realm, { type, comment, ...more }]) => ({
    ...{ realm, type },
    ...(comment ? { comment } : {}),
    ...(more.default === '1' ? { default: 1 } : {}),
  }));
  printRows(call, given, columns('realm', 'type', 'comment', 'tfa'), rows);
  return false;
}

export function realmShow(call: Call, given: Given): boolean {
  const name = given.values.get('realm') ?? '';
  const realm = read(call).get(name) ?? refuse(`domain '${name}' does not exist`);
  const plugin = name === 'pam' ? { plugin: 'PVE::Auth::PAM' } : {};
  const { default: chosen, ...values } = realm;
  const digest = sha1(nodeFile(call.state, file) ?? '');
  printObject(call, given, { ...values, ...plugin, ...(chosen === '1' ? { default: 1 } : {}), digest });
  return false;
}

/** There is one default realm. */
function choose(realms: ReadonlyMap<string, Realm>, asked: Realm): void {
  if (asked.default === '1') for (const other of realms.values()) delete other.default;
}

export function addRealm(call: Call, { values }: Given): boolean {
  const wrong = (why: string) => refuse(`add auth server failed: ${why}`);
  const { realm: name = '', 'check-connection': connect, password, ...realm } = Object.fromEntries(values);
  const { type = '' } = realm;
  const realms = read(call);
  if (realms.has(name)) wrong(`domain '${name}' already exists`);
  if (type === 'pam' || type === 'pve') wrong(`unable to create builtin type '${type}'`);
  if (connect !== undefined && type === 'openid')
    wrong("'check-connection' parameter can only be set for realms of type 'ldap' or 'ad'");
  for (const key of needed[type] ?? [])
    if (realm[key] === undefined) wrong(`missing value for required option '${key}'`);
  choose(realms, realm);
  if (password !== undefined && type !== 'openid')
    writeNodeFile(call.state, `/etc/pve/priv/realm/${name}.pw`, password, 0o600);
  realms.set(name, realm);
  save(call, realms);
  return false;
}

export function modifyRealm(call: Call, { values }: Given): boolean {
  const wrong = (why: string) => refuse(`update auth server failed: ${why}`);
  const {
    realm: name = '',
    'check-connection': _,
    password,
    digest,
    delete: gone = '',
    ...asked
  } = Object.fromEntries(values);
  if (digest && digest !== sha1(nodeFile(call.state, file) ?? ''))
    wrong('detected modified configuration - file changed by other user? Try again.');
  const realms = read(call);
  const realm = realms.get(name) ?? wrong(`domain '${name}' does not exist`);
  if (gone === '' && Object.keys(asked).length === 0 && password === undefined) wrong('no options specified');
  for (const key of splitList(gone)) delete realm[key];
  choose(realms, asked);
  Object.assign(realm, asked);
  save(call, realms);
  return false;
}

/** Also the two built-in ones: they come back by themselves. */
export function deleteRealm(call: Call, { values }: Given): boolean {
  const name = values.get('realm') ?? '';
  const realms = read(call);
  if (!realms.delete(name))
    refuse(`delete auth server failed: authentication domain '${name}' does not exist`);
  save(call, realms);
  return false;
}

/** Only directories can be asked who is in them. */
export function syncRealm(call: Call, { values }: Given): boolean {
  const name = values.get('realm') ?? '';
  const realm =
    read(call).get(name) ??
    refuseParameters(new Map([['realm', 'Realm does not exist.']]), 'pveum realm sync <realm> [OPTIONS]\n');
  if (realm.type !== 'ldap' && realm.type !== 'ad')
    refuse(`Cannot sync realm type '${realm.type}'! Only LDAP/AD realms can be synced.`);
  return refuse(`ldap server(s) for realm '${name}' are not reachable`);
}

/** The type of a realm, where there is one of this name. */
export function realmType(call: Call, name: string): string | undefined {
  return read(call).get(name)?.type;
}
