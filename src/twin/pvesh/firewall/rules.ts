/** `…/firewall/rules` and the rules of groups: positions, moves, checks (B142–B144; fw-cluster, fw-rule-errors). */

import { splitList } from '../../../proxmox/conf.ts';
import { logLevels } from '../../../proxmox/firewall-rule.ts';
import { type Call, refuse } from '../../call.ts';
import { type FirewallConf, type FirewallRule, type RuleScope, ruleTexts } from '../../firewall/conf.ts';
import { namePattern } from '../../firewall/formats.ts';
import { digestOf, needDigest, saveConf } from '../../firewall/load.ts';
import { BadRule, verifyRule } from '../../firewall/verify.ts';
import type { Spec } from '../../formats.ts';
import type { Given } from '../../options.ts';
import { columns, type DataRow, printObject, printRows } from '../../tables.ts';
import { refuseParameter } from '../refuse.ts';
import type { Method, Route } from '../route.ts';
import { digestOption } from './options.ts';
import { knownTo, type Loaded, load, type Place } from './place.ts';

const position: Spec = { type: 'integer', min: 0 };
const ruleOptions: Readonly<Record<string, Spec>> = {
  action: { pattern: namePattern, minLength: 2, maxLength: 20 },
  comment: {},
  dest: { format: 'pve-fw-addr-spec', maxLength: 512 },
  digest: digestOption,
  dport: { format: 'pve-fw-dport-spec' },
  enable: { type: 'integer', min: 0 },
  'icmp-type': { format: 'pve-fw-icmp-type-spec' },
  iface: { format: 'pve-iface', minLength: 2, maxLength: 20 },
  log: { values: logLevels },
  macro: { maxLength: 128 },
  pos: position,
  proto: { format: 'pve-fw-protocol-spec' },
  source: { format: 'pve-fw-addr-spec', maxLength: 512 },
  sport: { format: 'pve-fw-sport-spec' },
  type: { values: ['in', 'out', 'forward', 'group'] },
};
const createOptions: Readonly<Record<string, Spec>> = {
  ...ruleOptions,
  action: { ...ruleOptions.action, required: true },
  type: { ...ruleOptions.type, required: true },
};
const setOptions: Readonly<Record<string, Spec>> = {
  ...ruleOptions,
  delete: { format: 'pve-configid-list' },
  moveto: position,
};

/** Rules that stand in one list of a file. */
export interface RuleList {
  readonly path: string;
  readonly scope: RuleScope;
  readonly place: Place;
  /** Parameters of the path beside the position. */
  readonly options: Readonly<Record<string, Spec>>;
  /** The list itself; refuses where there is none. */
  readonly find: (conf: FirewallConf, given: Given) => FirewallRule[];
}

export function ruleRoutes(list: RuleList): Route[] {
  const create = { ...createOptions, ...list.options };
  const set = { ...setOptions, ...list.options };
  return [
    {
      path: list.path,
      get: { options: list.options, run: (call, given) => showAll(call, given, list) },
      create: { options: create, run: (call, given) => createRule(call, given, list, create) },
    },
    {
      path: `${list.path}/{pos}`,
      get: { options: list.options, run: (call, given) => showOne(call, given, list) },
      set: { options: set, run: (call, given) => setRule(call, given, list, set) },
      delete: {
        options: { ...list.options, digest: digestOption },
        run: (call, given) => deleteRule(call, given, list),
      },
    },
  ];
}

function rowOf(rule: FirewallRule): DataRow {
  const texts = ruleTexts.map((key) => [key, rule[key]] as const);
  const { enable, ipversion, errors } = rule;
  return { ...Object.fromEntries(texts), enable, ipversion, errors };
}

function showAll(call: Call, given: Given, list: RuleList): undefined {
  const rows = list.find(load(call, list.place, given).conf, given).map(rowOf);
  const digest = digestOf(rows);
  printRows(
    call,
    given,
    columns('pos#'),
    rows.map((row, pos) => ({ ...row, digest, pos })),
  );
}

function at(rules: readonly FirewallRule[], { values }: Given): FirewallRule {
  const pos = values.get('pos') ?? '';
  return rules[Number(pos)] ?? refuse(`no rule at position ${pos}`);
}

function showOne(call: Call, given: Given, list: RuleList): undefined {
  const rules = list.find(load(call, list.place, given).conf, given);
  const rule = at(rules, given);
  const shown = [...ruleTexts, 'enable', 'ipversion', 'pos'];
  const digest = digestOf(rules.map(rowOf));
  printObject(call, given, { ...rowOf(rule), digest, pos: given.values.get('pos') }, shown);
}

/** Takes over what was given; nothing or `-` takes a value away. */
function assign(rule: FirewallRule, values: ReadonlyMap<string, string>): void {
  for (const key of ruleTexts) {
    const value = values.get(key);
    if (value === '' || value === '-') delete rule[key];
    else if (value !== undefined) rule[key] = value;
  }
  const enable = values.get('enable');
  if (enable !== undefined) rule.enable = Number(enable);
}

function verify(
  rule: FirewallRule,
  loaded: Loaded,
  scope: RuleScope,
  method: Method,
  options: Readonly<Record<string, Spec>>,
): void {
  const refuseKey = (key: string, why: string) => refuseParameter(method, key, why, options);
  try {
    verifyRule(rule, knownTo(loaded, scope), scope, refuseKey);
  } catch (error) {
    if (error instanceof BadRule) refuse(error.message);
    throw error;
  }
}

/** A new rule goes to the top and is off unless it says otherwise; `pos` has no effect (B142). */
function createRule(
  call: Call,
  given: Given,
  list: RuleList,
  options: Readonly<Record<string, Spec>>,
): undefined {
  const loaded = load(call, list.place, given);
  const rules = list.find(loaded.conf, given);
  const rule: FirewallRule = { type: '', action: '', enable: 0 };
  assign(rule, given.values);
  verify(rule, loaded, list.scope, 'create', options);
  rules.unshift(rule);
  saveConf(call, loaded.conf);
}

function setRule(
  call: Call,
  given: Given,
  list: RuleList,
  options: Readonly<Record<string, Spec>>,
): undefined {
  const loaded = load(call, list.place, given);
  const rules = list.find(loaded.conf, given);
  const { values } = given;
  needDigest(rules.map(rowOf), values.get('digest'));
  const rule = at(rules, given);
  const moveTo = values.get('moveto');
  if (moveTo !== undefined && Number(moveTo) !== Number(values.get('pos')))
    move(rules, Number(values.get('pos')), Number(moveTo));
  else {
    assign(rule, values);
    for (const key of splitList(values.get('delete') ?? '')) {
      if (!ruleOptions[key]) refuseParameter('set', 'delete', `no such property ('${key}')`, options);
      if (key === 'type' || key === 'action')
        refuseParameter('set', 'delete', `unable to delete required property '${key}'`, options);
      // A rule that says nothing of it is on.
      if (key === 'enable') rule.enable = 1;
      else delete rule[key as 'comment'];
    }
    verify(rule, loaded, list.scope, 'set', options);
  }
  saveConf(call, loaded.conf);
}

/** It lands before the rule that was there, or at the end (B142). */
function move(rules: FirewallRule[], from: number, to: number): void {
  const [rule] = rules.splice(from, 1);
  if (rule) rules.splice(to > from ? to - 1 : to, 0, rule);
}

function deleteRule(call: Call, given: Given, list: RuleList): undefined {
  const { conf } = load(call, list.place, given);
  const rules = list.find(conf, given);
  needDigest(rules.map(rowOf), given.values.get('digest'));
  rules.splice(rules.indexOf(at(rules, given)), 1);
  saveConf(call, conf);
}
