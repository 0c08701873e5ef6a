/** `…/firewall/options` of cluster, node and guests (fw-cluster, fw-guest). */

import { splitList } from '../../../proxmox/conf.ts';
import type { Call } from '../../call.ts';
import { digestOf, needDigest, saveConf } from '../../firewall/load.ts';
import { firewallOptions } from '../../firewall/options.ts';
import type { Spec } from '../../formats.ts';
import type { Given } from '../../options.ts';
import { printObject } from '../../tables.ts';
import { refuseParameter } from '../refuse.ts';
import type { Route } from '../route.ts';
import { load, type Place } from './place.ts';

export const digestOption: Spec = { maxLength: 64 };

export function optionRoute(place: Place): Route {
  const known = firewallOptions[place.scope];
  const options = { ...known, delete: { format: 'pve-configid-list' as const }, digest: digestOption };
  return {
    path: `${place.path}/options`,
    get: { run: (call, given) => show(call, given, place) },
    set: { options, run: (call, given) => set(call, given, place, options) },
  };
}

function show(call: Call, given: Given, place: Place): undefined {
  const values = Object.fromEntries(load(call, place, given).conf.options);
  printObject(
    call,
    given,
    { ...values, digest: digestOf([values]) },
    Object.keys(firewallOptions[place.scope]),
  );
}

function set(call: Call, given: Given, place: Place, options: Readonly<Record<string, Spec>>): undefined {
  const { conf } = load(call, place, given);
  const { values } = given;
  needDigest([Object.fromEntries(conf.options)], values.get('digest'));
  const known = firewallOptions[place.scope];
  for (const name of splitList(values.get('delete') ?? '')) {
    if (!known[name]) refuseParameter('set', 'delete', `no such option '${name}'`, options);
    conf.options.delete(name);
  }
  for (const name of Object.keys(known)) {
    const value = values.get(name);
    if (value === undefined) continue;
    // More than on: on for a minute from now, unless it is said again.
    const moment = place.scope === 'cluster' && name === 'enable' && Number(value) > 1;
    conf.options.set(name, moment ? Math.floor(call.now() / 1000) : value);
  }
  saveConf(call, conf);
}
