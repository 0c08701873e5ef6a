/** `/cluster/firewall/groups`: security groups and their rules (B145, B146; fw-groups-ipsets-aliases). */

import { sorted } from '../../../proxmox/conf.ts';
import { type Call, refuse } from '../../call.ts';
import type { FirewallConf, FirewallRule } from '../../firewall/conf.ts';
import { namePattern } from '../../firewall/formats.ts';
import { digestOf, guestConf, hostConf, needDigest, saveConf } from '../../firewall/load.ts';
import type { Spec } from '../../formats.ts';
import { guestIds } from '../../guests.ts';
import type { Given } from '../../options.ts';
import { columns, type DataRow, printRows } from '../../tables.ts';
import { refuseParameter } from '../refuse.ts';
import type { Route } from '../route.ts';
import { digestOption } from './options.ts';
import { clusterPlace, load } from './place.ts';
import { ruleRoutes } from './rules.ts';

const name: Spec = { pattern: namePattern, minLength: 2, maxLength: 18 };
const createOptions: Readonly<Record<string, Spec>> = {
  comment: {},
  digest: digestOption,
  group: { ...name, required: true },
  rename: name,
};

function rowsOf({ groups, groupComments }: FirewallConf): DataRow[] {
  return sorted(groups.keys()).map((group) => ({ group, comment: groupComments.get(group) || undefined }));
}

function list(call: Call, given: Given): undefined {
  const rows = rowsOf(load(call, clusterPlace, given).conf);
  const digest = digestOf(rows);
  printRows(
    call,
    given,
    columns('digest', 'group', 'comment'),
    rows.map((row) => ({ ...row, digest })),
  );
}

function create(call: Call, given: Given): undefined {
  const { conf } = load(call, clusterPlace, given);
  const { values } = given;
  const group = values.get('group') ?? '';
  const old = values.get('rename');
  const comment = values.get('comment');
  const wrong = (why: string) => refuseParameter('create', 'group', why, createOptions);
  if (old !== undefined) {
    needDigest(rowsOf(conf), values.get('digest'));
    if (!conf.groups.has(old)) wrong(`Security group '${old}' does not exist`);
    if (conf.groups.has(group) && group !== old) wrong(`Security group '${group}' does already exist`);
    if (group !== old) rename(call, conf, old, group);
  } else {
    if (conf.groups.has(group)) wrong(`Security group '${group}' already exists`);
    conf.groups.set(group, []);
  }
  if (comment !== undefined) conf.groupComments.set(group, comment);
  saveConf(call, conf);
}

/** Every rule that uses the group goes with it: in the cluster's file, in the node's and in those of all guests. */
function rename(call: Call, conf: FirewallConf, old: string, group: string): void {
  conf.groups.set(group, conf.groups.get(old) ?? []);
  const comment = conf.groupComments.get(old);
  if (comment !== undefined) conf.groupComments.set(group, comment);
  const guests = guestIds(call.state).map((id) => guestConf(call.state, conf, String(id)));
  for (const file of [hostConf(call.state, conf), ...guests]) {
    follow(file.rules, old, group);
    saveConf(call, file);
  }
  follow(conf.rules, old, group);
  conf.groups.delete(old);
  conf.groupComments.delete(old);
}

function follow(rules: readonly FirewallRule[], old: string, group: string): void {
  for (const rule of rules) if (rule.type === 'group' && rule.action === old) rule.action = group;
}

function rulesOf(conf: FirewallConf, { values }: Given): FirewallRule[] {
  const group = values.get('group') ?? '';
  return conf.groups.get(group) ?? refuse(`no such security group '${group}'`);
}

function remove(call: Call, given: Given): undefined {
  const { conf } = load(call, clusterPlace, given);
  const group = given.values.get('group') ?? '';
  if (rulesOf(conf, given).length > 0) refuse(`Security group '${group}' is not empty`);
  conf.groups.delete(group);
  saveConf(call, conf);
}

const [all, one] = ruleRoutes({
  path: `${clusterPlace.path}/groups/{group}`,
  scope: 'group',
  place: clusterPlace,
  options: { group: name },
  find: rulesOf,
}) as [Route, Route];

export const groupRoutes: readonly Route[] = [
  {
    path: `${clusterPlace.path}/groups`,
    get: { run: list },
    create: { options: createOptions, run: create },
  },
  { ...all, delete: { options: { group: name }, run: remove } },
  one,
];
