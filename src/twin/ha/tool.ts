/** `ha-manager`, and what `/cluster/ha` does with the same: resources and, from 9.0 on, rules. From documentation. */

import { sha1 } from '../../core/digest.ts';
import { atLeast } from '../../proxmox/version.ts';
import { type Call, refuse, type Work } from '../call.ts';
import { clusterOf } from '../cluster-view.ts';
import type { Spec } from '../formats.ts';
import { placeOf } from '../guests.ts';
import { type Given, readOptions, type Verb } from '../options.ts';
import { checkQuorum } from '../quorum.ts';
import type { TwinState } from '../state.ts';
import {
  forget,
  listOf,
  parseSid,
  requestStates,
  resourceOf,
  resourcesFile,
  rulesFile,
  type Section,
  sectionsOf,
  sidOf,
  writeSections,
} from './config.ts';
import { expect, relocate } from './requests.ts';
import { servicesOf, statusRows } from './status.ts';

const count: Spec = { type: 'integer', min: 0 };
const flag: Spec = { type: 'boolean' };

export const resourceOptions: Readonly<Record<string, Spec>> = {
  comment: { maxLength: 4096 },
  failback: flag,
  max_relocate: count,
  max_restart: count,
  state: { values: [...requestStates] },
};

export const ruleOptions: Readonly<Record<string, Spec>> = {
  affinity: { values: ['positive', 'negative'] },
  comment: { maxLength: 4096 },
  disable: flag,
  nodes: {},
  resources: {},
  strict: flag,
};

type Values = Given['values'];

export function addResource({ state }: Call, values: Values): void {
  checkQuorum(state);
  const { sid, type, id } = parseSid(state, values.get('sid') ?? '');
  if (!placeOf(state, id)) refuse(`resource '${sid}' does not exist in cluster`);
  const sections = sectionsOf(state, resourcesFile);
  if (resourceOf(state, sid)) refuse(`create resource failed: resource ID '${sid}' already defined`);
  sections.push({ type, id, options: optionsOf(values, resourceOptions) });
  writeSections(state, resourcesFile, sections);
}

export function setResource(call: Call, values: Values): void {
  const { state } = call;
  const { sid } = parseSid(state, values.get('sid') ?? '');
  const wanted = values.get('state');
  if (servicesOf(state)[sid]?.state === 'error' && wanted !== 'disabled')
    refuse(`service '${sid}' in error state, must be disabled and fixed first`);
  const sections = sectionsOf(state, resourcesFile);
  const found = sections.find((one) => sidOf(one) === sid);
  if (!found) refuse(`update resource failed: no such resource '${sid}'`);
  change(found, values, resourceOptions);
  writeSections(state, resourcesFile, sections);
  if (wanted !== undefined) expect(call, sid);
}

export function removeResource({ state }: Call, values: Values): void {
  const { sid } = parseSid(state, values.get('sid') ?? '');
  if (!resourceOf(state, sid)) refuse(`cannot delete service '${sid}', not HA managed!`);
  const rules = state.files[rulesFile]?.text;
  forget(state, sid);
  // It goes from the rules, too, unless that is declined.
  if (rules !== undefined && values.get('purge') === '0' && state.files[rulesFile])
    state.files[rulesFile] = { ...state.files[rulesFile], text: rules };
}

export function addRule({ state }: Call, values: Values): void {
  checkQuorum(state);
  const id = values.get('rule') ?? '';
  const type = values.get('type') ?? '';
  const sections = sectionsOf(state, rulesFile);
  if (sections.some((one) => one.id === id)) refuse(`create ha rule failed: HA rule '${id}' already defined`);
  const rule: Section = { type, id, options: optionsOf(values, ruleOptions) };
  checkRule(state, rule, 'create ha rule failed');
  sections.push(rule);
  writeSections(state, rulesFile, sections);
}

export function setRule({ state }: Call, values: Values): void {
  const id = values.get('rule') ?? '';
  const sections = sectionsOf(state, rulesFile);
  const found = sections.find((one) => one.id === id);
  if (!found) refuse(`update HA rules failed: HA rule '${id}' does not exist`);
  change(found, values, ruleOptions);
  checkRule(state, found, 'update HA rules failed');
  writeSections(state, rulesFile, sections);
}

export function removeRule({ state }: Call, values: Values): void {
  const id = values.get('rule') ?? '';
  const sections = sectionsOf(state, rulesFile);
  writeSections(
    state,
    rulesFile,
    sections.filter((one) => one.id !== id),
  );
}

function checkRule(state: TwinState, rule: Section, failed: string): void {
  const missing = (name: string) =>
    refuse(`400 Parameter verification failed.\n${name}: property is missing and it is not optional\n`);
  if (!/^(node|resource)-affinity$/.test(rule.type)) refuse(`unknown rule type '${rule.type}'`);
  if (listOf(rule, 'resources').length === 0) missing('resources');
  if (rule.type === 'node-affinity' && listOf(rule, 'nodes').length === 0) missing('nodes');
  if (rule.type === 'resource-affinity' && !rule.options.has('affinity')) missing('affinity');
  if (rule.type === 'resource-affinity' && listOf(rule, 'resources').length < 2)
    refuse(
      `Rule '${rule.id}' is invalid.\n  resources: rule is ineffective as there are less than two resources`,
    );
  const known = clusterOf(state)?.members.map(({ name }) => name) ?? [state.hardware.node];
  const unmanaged = listOf(rule, 'resources').filter((sid) => !resourceOf(state, sid));
  if (unmanaged.length > 0) refuse(`${failed}: cannot use unmanaged resource(s) ${unmanaged.join(', ')}.`);
  const nodes = listOf(rule, 'nodes').map((node) => node.replace(/:.*$/, ''));
  const strange = nodes.filter((node) => !known.includes(node));
  if (strange.length > 0) refuse(`${failed}: cannot use non-existant node(s) ${strange.join(', ')}.`);
}

function optionsOf(values: Values, specs: Readonly<Record<string, Spec>>): Map<string, string> {
  return new Map([...values].filter(([key]) => Object.hasOwn(specs, key)));
}

function change(section: Section, values: Values, specs: Readonly<Record<string, Spec>>): void {
  for (const [key, value] of optionsOf(values, specs)) section.options.set(key, value);
  for (const key of (values.get('delete') ?? '').split(/[,; ]/).filter((one) => one !== '')) {
    if (!Object.hasOwn(specs, key)) refuse(`no such option '${key}'`);
    section.options.delete(key);
  }
}

/** Sections as data, with the digest of their file. */
export function sectionRows(state: TwinState, file: string): Record<string, unknown>[] {
  const digest = sha1(state.files[file]?.text ?? '');
  const numbers = /^(max_re(start|locate)|failback|strict|disable)$/;
  return sectionsOf(state, file).map((section) => ({
    ...Object.fromEntries(
      [...section.options].map(([key, value]) => [key, numbers.test(key) ? Number(value) : value]),
    ),
    ...{ digest, type: section.type },
    ...(file === rulesFile
      ? { rule: section.id }
      : { sid: sidOf(section), state: section.options.get('state') ?? 'started' }),
  }));
}

/** Rules came with 9.0. */
export function hasRules({ packages }: TwinState): boolean {
  return atLeast(new Map(Object.entries(packages)), '9.0') === true;
}

const sid: Spec = { required: true };
const node: Spec = { format: 'pve-node', required: true };
const type: Spec = { values: ['node-affinity', 'resource-affinity'], required: true };

const verbs: Readonly<
  Record<string, { readonly spec: Verb; readonly run: (call: Call, values: Values) => void }>
> = {
  add: { spec: { args: { sid }, options: resourceOptions }, run: addResource },
  config: { spec: { args: {}, options: {} }, run: printConfig },
  'crm-command migrate': { spec: { args: { sid, node }, options: {} }, run: askRelocate },
  'crm-command relocate': { spec: { args: { sid, node }, options: {} }, run: askRelocate },
  migrate: { spec: { args: { sid, node }, options: {} }, run: askRelocate },
  relocate: { spec: { args: { sid, node }, options: {} }, run: askRelocate },
  remove: { spec: { args: { sid }, options: { purge: flag } }, run: removeResource },
  'rules add': { spec: { args: { type, rule: sid }, options: ruleOptions }, run: addRule },
  'rules remove': { spec: { args: { rule: sid }, options: {} }, run: removeRule },
  'rules set': { spec: { args: { type, rule: sid }, options: { ...ruleOptions, delete: {} } }, run: setRule },
  set: { spec: { args: { sid }, options: { ...resourceOptions, delete: {}, digest: {} } }, run: setResource },
  status: { spec: { args: {}, options: { verbose: flag } }, run: printStatus },
};

function askRelocate(call: Call, values: Values): void {
  const found = parseSid(call.state, values.get('sid') ?? '');
  if (!resourceOf(call.state, found.sid)) refuse(`resource '${found.sid}' not HA managed`);
  relocate(call, found.sid, values.get('node') ?? '');
}

function printConfig(call: Call): void {
  for (const section of sectionsOf(call.state, resourcesFile)) {
    call.out(`${sidOf(section)}\n`);
    const options = new Map([['state', 'started'], ...section.options]);
    for (const key of [...options.keys()].sort()) call.out(`\t${key} ${options.get(key)}\n`);
    call.out('\n');
  }
}

function printStatus(call: Call): void {
  for (const row of statusRows(call)) call.out(`${String(row.type)} ${String(row.status)}\n`);
}

export function haManager(call: Call): Work | undefined {
  const [first, ...rest] = call.args;
  const usageLine = 'USAGE: ha-manager <COMMAND> [ARGS] [OPTIONS]';
  if (first === undefined) refuse(`ERROR: no command specified\n${usageLine}`);
  const two = first === 'rules' || first === 'crm-command';
  const [name, args] = two ? [`${first} ${rest[0] ?? ''}`, rest.slice(1)] : [first, rest];
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!verb || (first === 'rules' && !hasRules(call.state)))
    return refuse(`ERROR: unknown command 'ha-manager ${name.trim()}'\n${usageLine}`);
  verb.run(call, readOptions('ha-manager', name, verb.spec, args).values);
  return undefined;
}
