/**
 * Guests that the HA manager of a cluster keeps: its files in /etc/pve/ha, the argv of `ha-manager`, and what the manager
 * says of a guest. From documentation. A resource or rule of ours carries a mark at the end of its comment, as backup jobs do.
 */

import { sorted, splitList } from './conf.ts';
import { markedComment, projectOf } from './jobs-cfg.ts';
import { parseSections, type Section } from './sections.ts';

export const haResourcesCfg = '/etc/pve/ha/resources.cfg';
export const haRulesCfg = '/etc/pve/ha/rules.cfg';
export const haScopes: readonly string[] = [`file:${haResourcesCfg}`, `file:${haRulesCfg}`];
/** Who writes one of these files keeps out all others: taking a resource away changes the rules, too. */
export const haPool = 'ha';

/** Options of a resource or a rule by name, as Proxmox writes them. */
export type HaOptions = Readonly<Record<string, string>>;

export interface HaRuleOptions {
  readonly type: string;
  readonly options: HaOptions;
}

/** What has to change of a resource or a rule. */
export interface HaChange {
  readonly set: HaOptions;
  readonly gone: readonly string[];
}

/** `ct:101` */
export function haSid({ id, kind }: { readonly id: number; readonly kind: 'ct' | 'vm' }): string {
  return `${kind}:${id}`;
}

/** The options of every resource by the id of its guest. */
export function parseHaResources(text: string | undefined): Map<number, HaOptions> {
  const resources = [...parseSections(text ?? '').values()].filter(({ type }) => /^(ct|vm)$/.test(type));
  return new Map(resources.map(({ id, options }) => [Number(id), Object.fromEntries(options)]));
}

export function parseHaRules(text: string | undefined): Map<string, HaRuleOptions> {
  const of = ({ type, options }: Section) => ({ type, options: Object.fromEntries(options) });
  return new Map([...parseSections(text ?? '').values()].map((section) => [section.id, of(section)]));
}

/** The project whose resource or rule it is. */
export function haProjectOf(options: HaOptions): string | undefined {
  return projectOf(options);
}

/** What the configuration says of a guest, as far as it is no matter of running or not. */
export interface WantedHa {
  readonly state?: string;
  readonly max_restart?: number;
  readonly max_relocate?: number;
  readonly failback?: boolean;
  readonly comment?: string;
}

/** What Proxmox takes for an option that a resource does not name. */
const usual: HaOptions = { failback: '1', max_relocate: '1', max_restart: '1' };

export function wantedResource(ha: WantedHa, project: string): HaOptions {
  return {
    ...(ha.max_restart === undefined ? {} : { max_restart: String(ha.max_restart) }),
    ...(ha.max_relocate === undefined ? {} : { max_relocate: String(ha.max_relocate) }),
    ...(ha.failback === undefined ? {} : { failback: ha.failback ? '1' : '0' }),
    comment: markedComment(ha.comment, project),
  };
}

/** The part of a resource that the configuration speaks of; whether it is to run is told by the guest itself. */
export function resourceDifference(present: HaOptions, wanted: HaOptions): HaChange {
  const { state: _state, group: _group, ...own } = present;
  return difference({ ...usual, ...own }, { ...usual, ...wanted }, wanted);
}

/** The part of `config/node.ts`'s HaRule that a rule is made of, with the resources by the manager's names. */
export interface WantedRule {
  readonly type: string;
  readonly resources: readonly string[];
  readonly nodes?: readonly string[];
  readonly strict?: boolean;
  readonly affinity?: string;
  readonly disable?: boolean;
  readonly comment?: string;
}

export function wantedRule(rule: WantedRule, project: string): HaRuleOptions {
  const { type, nodes, affinity } = rule;
  const options = {
    ...(nodes ? { nodes: nodes.join(',') } : {}),
    ...(affinity === undefined ? {} : { affinity }),
    ...{ resources: rule.resources.join(',') },
    ...(rule.strict ? { strict: '1' } : {}),
    ...(rule.disable ? { disable: '1' } : {}),
    comment: markedComment(rule.comment, project),
  };
  return { type, options: normalRule(options) };
}

/** In one form: lists in order, no flag that is not set, no priority that is none. */
export function normalRule(options: HaOptions): HaOptions {
  const own = Object.entries(options).flatMap(([key, value]) => {
    if (/^(strict|disable)$/.test(key) && value === '0') return [];
    if (key === 'resources') return [[key, sorted(splitList(value)).join(',')] as const];
    if (key !== 'nodes') return [[key, value] as const];
    return [[key, sorted(splitList(value).map((node) => node.replace(/:0+$/, ''))).join(',')] as const];
  });
  return Object.fromEntries(own);
}

/** Both of one type, `wanted` in its normal form. */
export function ruleDifference(present: HaOptions, wanted: HaOptions): HaChange {
  return difference(normalRule(present), wanted, wanted);
}

/** `said`: what is named; the rest goes. */
function difference(present: HaOptions, wanted: HaOptions, said: HaOptions): HaChange {
  const keys = [...new Set([...Object.keys(wanted), ...Object.keys(present)])];
  const other = keys.filter((key) => present[key] !== wanted[key]);
  const set = other.filter((key) => key in said);
  return {
    set: Object.fromEntries(set.map((key) => [key, said[key] ?? ''])),
    gone: other.filter((key) => !(key in said)),
  };
}

export function isNothing({ set, gone }: HaChange): boolean {
  return Object.keys(set).length === 0 && gone.length === 0;
}

export const haManager = {
  add: (sid: string, options: HaOptions): string[] => ['ha-manager', 'add', sid, ...words(options)],
  set: (sid: string, change: HaChange): string[] => ['ha-manager', 'set', sid, ...changed(change)],
  /** `keepsRules`: those that name it go on naming it. */
  remove: (sid: string, { keepsRules = false }: { readonly keepsRules?: boolean } = {}): string[] => [
    ...['ha-manager', 'remove', sid],
    ...(keepsRules ? ['--purge', '0'] : []),
  ],
  addRule: (id: string, { type, options }: HaRuleOptions): string[] => [
    ...['ha-manager', 'rules', 'add', type, id, ...words(options)],
  ],
  setRule: (id: string, type: string, change: HaChange): string[] => [
    ...['ha-manager', 'rules', 'set', type, id, ...changed(change)],
  ],
  removeRule: (id: string): string[] => ['ha-manager', 'rules', 'remove', id],
  /** How the manager has its resources. */
  status: ['pvesh', 'get', '/cluster/ha/status/current', '--output-format', 'json'],
};

function words(options: HaOptions): string[] {
  return Object.entries(options).flatMap(([key, value]) => [`--${key}`, value]);
}

function changed({ set, gone }: HaChange): string[] {
  return [...words(set), ...(gone.length > 0 ? ['--delete', gone.join(',')] : [])];
}

/** Whether `pct` or `qm` only asked the HA manager for it, and has not done it itself (B160). */
export function isHaRequest({
  stdout,
  stderr,
}: {
  readonly stdout: string;
  readonly stderr: string;
}): boolean {
  return /^Requesting HA \w+ for (CT|VM) \d+/m.test(`${stdout}\n${stderr}`);
}

/** What `pct`, `qm` and `ha-manager` say of a resource that the manager has given up. */
export function isHaError(text: string): boolean {
  return /service '\S+' in error state, must be disabled and fixed first/.test(text);
}

/** What the manager says of a resource. */
export interface HaStatus {
  /** `ct:101 (pve1, starting)` */
  readonly words: string;
  /** It has given up. */
  readonly error: boolean;
}

/** Undefined when it says nothing of it. */
export function parseHaStatus(text: string, sid: string): HaStatus | undefined {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(rows)) return undefined;
  const row = (rows as Partial<Record<string, unknown>>[]).find((one) => one?.sid === sid);
  if (typeof row?.status !== 'string') return undefined;
  return { words: row.status, error: row.crm_state === 'error' || row.state === 'error' };
}
