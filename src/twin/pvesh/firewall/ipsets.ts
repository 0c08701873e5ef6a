/** `…/firewall/ipset` of the cluster and of guests: the sets, and what is in them (B145, B146; fw-groups-ipsets-aliases). */

import { sorted } from '../../../proxmox/conf.ts';
import { type Call, refuse } from '../../call.ts';
import { type FirewallConf, findAlias, type IpsetEntry } from '../../firewall/conf.ts';
import { aliasPattern, namePattern } from '../../firewall/formats.ts';
import { digestOf, needDigest, saveConf } from '../../firewall/load.ts';
import { cleanCidr, normalCidr } from '../../firewall/net-ip.ts';
import type { Spec } from '../../formats.ts';
import type { Given } from '../../options.ts';
import { columns, type DataRow, printObject, printRows } from '../../tables.ts';
import { refuseParameter } from '../refuse.ts';
import type { Route } from '../route.ts';
import { digestOption } from './options.ts';
import { type Loaded, load, type Place } from './place.ts';

const name: Spec = { pattern: namePattern, minLength: 2, maxLength: 64 };
const cidr: Spec = { format: 'IPorCIDRorAlias' };
const digest = digestOption;
const createOptions: Readonly<Record<string, Spec>> = {
  comment: {},
  digest,
  name: { ...name, required: true },
  rename: name,
};
const addOptions: Readonly<Record<string, Spec>> = {
  cidr: { ...cidr, required: true },
  comment: {},
  name,
  nomatch: { type: 'boolean' },
};
const setOptions: Readonly<Record<string, Spec>> = { ...addOptions, cidr, digest };

type Run = (call: Call, given: Given, loaded: Loaded) => undefined;

export function ipsetRoutes(place: Place): Route[] {
  const at = (run: Run) => (call: Call, given: Given) => run(call, given, load(call, place, given));
  return [
    {
      path: `${place.path}/ipset`,
      get: { run: at(list) },
      create: { options: createOptions, run: at(create) },
    },
    {
      path: `${place.path}/ipset/{name}`,
      get: { options: { name }, run: at(show) },
      create: { options: addOptions, run: at(add) },
      delete: { options: { force: { type: 'boolean' }, name }, run: at(remove) },
    },
    {
      path: `${place.path}/ipset/{name}/{cidr*}`,
      get: { options: { cidr, name }, run: at(showEntry) },
      set: { options: setOptions, run: at(setEntry) },
      delete: { options: { cidr, digest, name }, run: at(removeEntry) },
    },
  ];
}

function rowsOf({ ipsets, ipsetComments }: FirewallConf): DataRow[] {
  return sorted(ipsets.keys()).map((set) => ({ name: set, comment: ipsetComments.get(set) || undefined }));
}

function withDigest(rows: readonly DataRow[]): DataRow[] {
  const of = digestOf(rows);
  return rows.map((row) => ({ ...row, digest: of }));
}

function list(call: Call, given: Given, { conf }: Loaded): undefined {
  printRows(call, given, columns('digest', 'name', 'comment'), withDigest(rowsOf(conf)));
}

function create(call: Call, given: Given, { conf }: Loaded): undefined {
  const { values } = given;
  const set = values.get('name') ?? '';
  const old = values.get('rename');
  const wrong = (why: string) => refuseParameter('create', 'name', why, createOptions);
  if (old !== undefined) {
    needDigest(rowsOf(conf), values.get('digest'));
    const entries = conf.ipsets.get(old) ?? wrong(`IPSet '${old}' does not exist`);
    if (conf.ipsets.has(set) && set !== old) wrong(`IPSet '${set}' does already exist`);
    const said = conf.ipsetComments.get(old);
    conf.ipsets.delete(old);
    conf.ipsetComments.delete(old);
    conf.ipsets.set(set, entries);
    if (said) conf.ipsetComments.set(set, said);
  } else {
    if (conf.ipsets.has(set)) wrong(`IPSet '${set}' already exists`);
    conf.ipsets.set(set, []);
  }
  const comment = values.get('comment');
  if (comment !== undefined) conf.ipsetComments.set(set, comment);
  saveConf(call, conf);
}

function entriesOf({ ipsets }: FirewallConf, { values }: Given): IpsetEntry[] {
  const set = values.get('name') ?? '';
  return ipsets.get(set) ?? refuse(`no such IPSet '${set}'`);
}

function entryRows(entries: readonly IpsetEntry[]): DataRow[] {
  return entries.map((entry) => ({ ...entry }));
}

function show(call: Call, given: Given, { conf }: Loaded): undefined {
  const rows = withDigest(entryRows(entriesOf(conf, given)));
  printRows(call, given, columns('cidr', 'digest', 'comment', 'nomatch#'), rows);
}

function remove(call: Call, given: Given, { conf }: Loaded): undefined {
  const set = given.values.get('name') ?? '';
  if (entriesOf(conf, given).length > 0 && given.values.get('force') !== '1')
    refuse(`IPSet '${set}' is not empty`);
  conf.ipsets.delete(set);
  saveConf(call, conf);
}

function add(call: Call, given: Given, { conf, cluster }: Loaded): undefined {
  const entries = entriesOf(conf, given);
  const { values } = given;
  const wrong = (why: string) => refuseParameter('create', 'cidr', why, addOptions);
  const asked = values.get('cidr') ?? '';
  const [, scope = '', alias] = aliasPattern.exec(asked) ?? [];
  if (alias !== undefined && !findAlias({ own: conf === cluster ? undefined : conf, cluster }, scope, alias))
    refuse(`no such alias '${alias}'`);
  const stored = alias === undefined ? (normalCidr(cleanCidr(asked))?.cidr ?? asked) : asked;
  if (entries.some((entry) => entry.cidr === stored)) wrong(`address '${stored}' already exists`);
  if (/\/0+$/.test(stored)) wrong('a zero prefix is not allowed in ipset entries');
  entries.unshift({ cidr: stored, ...details(given) });
  saveConf(call, conf);
}

function details({ values }: Given): { nomatch?: 1; comment?: string } {
  const comment = values.get('comment');
  return { ...(values.get('nomatch') === '1' ? { nomatch: 1 } : {}), ...(comment ? { comment } : {}) };
}

function showEntry(call: Call, given: Given, { conf }: Loaded): undefined {
  const rows = withDigest(entryRows(entriesOf(conf, given)));
  const row = rows.find((one) => one.cidr === given.values.get('cidr'));
  printObject(call, given, row ?? refuseParameter('get', 'cidr', 'no such IP/Network'));
}

/** All of it is said anew: what is not given is gone. */
function setEntry(call: Call, given: Given, { conf }: Loaded): undefined {
  const entries = entriesOf(conf, given);
  needDigest(entryRows(entries), given.values.get('digest'));
  const at = entries.findIndex((entry) => entry.cidr === given.values.get('cidr'));
  const entry = entries[at] ?? refuseParameter('set', 'cidr', 'no such IP/Network');
  entries[at] = { cidr: entry.cidr, ...details(given) };
  saveConf(call, conf);
}

/** One that is not there is no mistake. */
function removeEntry(call: Call, given: Given, { conf }: Loaded): undefined {
  const entries = entriesOf(conf, given);
  needDigest(entryRows(entries), given.values.get('digest'));
  const left = entries.filter((entry) => entry.cidr !== given.values.get('cidr'));
  conf.ipsets.set(given.values.get('name') ?? '', left);
  saveConf(call, conf);
}
