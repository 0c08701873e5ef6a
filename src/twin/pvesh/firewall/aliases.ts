/** `…/firewall/aliases` of the cluster and of guests (B146; fw-groups-ipsets-aliases, fw-guest). */

import { sorted } from '../../../proxmox/conf.ts';
import type { Call } from '../../call.ts';
import type { FirewallAlias, FirewallConf } from '../../firewall/conf.ts';
import { namePattern } from '../../firewall/formats.ts';
import { digestOf, needDigest, saveConf } from '../../firewall/load.ts';
import type { Spec } from '../../formats.ts';
import type { Given } from '../../options.ts';
import { columns, type DataRow, printObject, printRows } from '../../tables.ts';
import { refuseParameter } from '../refuse.ts';
import type { Route } from '../route.ts';
import { digestOption } from './options.ts';
import { load, type Place } from './place.ts';

const name: Spec = { pattern: namePattern, minLength: 2, maxLength: 64 };
const cidr: Spec = { format: 'IPorCIDR', required: true };
const createOptions: Readonly<Record<string, Spec>> = {
  cidr,
  comment: {},
  name: { ...name, required: true },
};
const setOptions: Readonly<Record<string, Spec>> = {
  cidr,
  comment: {},
  digest: digestOption,
  name,
  rename: name,
};

export function aliasRoutes(place: Place): Route[] {
  return [
    {
      path: `${place.path}/aliases`,
      get: { run: (call, given) => list(call, given, place) },
      create: { options: createOptions, run: (call, given) => create(call, given, place) },
    },
    {
      path: `${place.path}/aliases/{name}`,
      get: { options: { name }, run: (call, given) => show(call, given, place) },
      set: { options: setOptions, run: (call, given) => set(call, given, place) },
      delete: { options: { digest: digestOption, name }, run: (call, given) => remove(call, given, place) },
    },
  ];
}

function rowOf(alias: FirewallAlias | undefined): DataRow {
  return alias?.name === '' ? {} : { ...alias };
}

function rowsOf({ aliases }: FirewallConf): DataRow[] {
  return sorted(aliases.keys()).map((key) => rowOf(aliases.get(key)));
}

function list(call: Call, given: Given, place: Place): undefined {
  const rows = rowsOf(load(call, place, given).conf);
  const digest = digestOf(rows);
  printRows(
    call,
    given,
    columns('cidr', 'digest', 'name', 'comment'),
    rows.map((row) => ({ ...row, digest })),
  );
}

function keyOf({ values }: Given): string {
  return (values.get('name') ?? '').toLowerCase();
}

function show(call: Call, given: Given, place: Place): undefined {
  const { aliases } = load(call, place, given).conf;
  if (!aliases.has(keyOf(given))) refuseParameter('get', 'name', 'no such alias');
  printObject(call, given, rowOf(aliases.get(keyOf(given))));
}

function asked({ values }: Given): FirewallAlias {
  const comment = values.get('comment');
  return {
    ...{ name: values.get('name') ?? '', cidr: values.get('cidr') ?? '' },
    ...(comment ? { comment } : {}),
  };
}

function create(call: Call, given: Given, place: Place): undefined {
  const { conf } = load(call, place, given);
  const alias = asked(given);
  if (conf.aliases.has(keyOf(given)))
    refuseParameter('create', 'name', `alias '${alias.name}' already exists`, createOptions);
  conf.aliases.set(keyOf(given), alias);
  saveConf(call, conf);
}

/** All of it is said anew: a comment that is not given is gone. */
function set(call: Call, given: Given, place: Place): undefined {
  const { conf } = load(call, place, given);
  needDigest(rowsOf(conf), given.values.get('digest'));
  const wrong = (why: string) => refuseParameter('set', 'name', why, setOptions);
  const key = keyOf(given);
  if (!conf.aliases.has(key)) wrong('no such alias');
  const alias = asked(given);
  const renamed = given.values.get('rename');
  const target = renamed?.toLowerCase() ?? key;
  if (renamed !== undefined && target !== key) {
    if (conf.aliases.has(target)) wrong(`alias '${renamed}' already exists`);
    alias.name = renamed;
    conf.aliases.delete(key);
  }
  conf.aliases.set(target, alias);
  saveConf(call, conf);
}

/** One that is not there is no mistake. */
function remove(call: Call, given: Given, place: Place): undefined {
  const { conf } = load(call, place, given);
  needDigest(rowsOf(conf), given.values.get('digest'));
  conf.aliases.delete(keyOf(given));
  saveConf(call, conf);
}
