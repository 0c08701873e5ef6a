/** Firewall rules of the old files, those of the node and those of guests: a list there, by name here. */

import { guestFirewall, firewall as schema } from '../config/schema/firewall.ts';
import type { Json } from '../core/json.ts';
import { type KnownNames, ruleProblems } from '../proxmox/firewall-problems.ts';
import type { FirewallRule } from '../proxmox/firewall-rule.ts';
import type { Draft } from './draft.ts';
import { isObject, type Old } from './ledger.ts';
import { dropAll } from './node-storage.ts';
import { flag, read } from './values.ts';
import type { Guest, Work } from './work.ts';

/** `firewall` of the hypervisor file, which stood inside of `shared_volumes` by mistake. */
export function nodeFirewall(work: Work, old: Old | undefined, isMisplaced: boolean): void {
  const { hypervisor } = work;
  if (old === undefined) return;
  const place = ['firewall'];
  const enabled = read<boolean>(old.at('enabled'), flag) ?? false;
  const on = hypervisor.set([...place, 'enabled'], enabled);
  if (isMisplaced && enabled)
    old
      .at('enabled')
      ?.doubt(
        on,
        'In the old file the firewall stood inside of shared_volumes, where not every version read it: it may have been off.',
      );
  else old.at('enabled')?.carry(on);
  for (const [from, to] of [
    ['default_input_policy', 'policyIn'],
    ['default_output_policy', 'policyOut'],
  ] as const) {
    const said = old.at(from);
    const policy = String(said?.value ?? '').toUpperCase();
    if (['ACCEPT', 'DROP', 'REJECT'].includes(policy)) said?.carry(hypervisor.set([...place, to], policy));
    else said?.drop('a policy is ACCEPT, DROP or REJECT');
  }
  for (const rule of old.at('global_firewall_rules')?.items() ?? [])
    addRule(rule, hypervisor, [...place, 'rules']);
  for (const rule of old.at('rules')?.items() ?? []) addRule(rule, hypervisor, [...place, 'rules']);
  if (enabled && hypervisor.get([...place, 'policyIn']) !== 'ACCEPT') ownServices(work);
}

/** Without these, the first thing that a firewall does is to keep everybody out. */
function ownServices(work: Work): void {
  const bridge = work
    .section('network', 'bridges')
    .map(([, value]) => value)
    .find((value) => isObject(value) && value.address);
  const source = isObject(bridge) ? subnetOf(String(bridge.address)) : undefined;
  const rule = (name: string, proto: string, dport: string | undefined, why: string) => {
    const value = {
      type: 'in',
      action: 'ACCEPT',
      ...(source ? { source } : {}),
      proto,
      ...(dport ? { dport } : {}),
    };
    if (!work.section('firewall', 'rules').some(([, other]) => isSame(other, value)))
      work.add(work.hypervisor, ['firewall', 'rules', name], value, why);
  };
  const why = 'the old file had no rule that lets anybody in';
  rule('ssh', 'tcp', '22', why);
  rule('web-interface', 'tcp', '8006', why);
  if (work.section('nfs', 'exports').length > 0) {
    rule('nfs', 'tcp', '111,2049', 'the node exports directories');
    rule('nfs-udp', 'udp', '111', 'the node exports directories');
  }
  if (work.section('samba', 'shares').length > 0) {
    rule('samba', 'tcp', '139,445', 'the node has shares');
    rule('samba-udp', 'udp', '137,138', 'the node has shares');
  }
  if (work.hypervisor.has(['dns'])) {
    rule('dns', 'udp', '53', 'the node is a name server');
    rule('dns-tcp', 'tcp', '53', 'the node is a name server');
  }
  rule('ping', 'icmp', undefined, why);
}

export function subnetOf(cidr: string): string {
  const [address = '', length = '24'] = cidr.split('/');
  const size = 2 ** (32 - Number(length));
  const base =
    Math.floor(address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) / size) * size;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${length}`;
}

/** `firewall` of a guest. Neither generation of the old system ever made such rules count. */
export function guestRules(work: Work, guest: Guest, old: Old | undefined): void {
  const { draft } = guest;
  if (old === undefined) return;
  const rules = old.at('rules');
  const enabled = read<boolean>(old.at('enabled'), flag) ?? false;
  // It stands first.
  if (enabled || rules?.isEmpty === false) draft.set(['firewall', 'enabled'], enabled);
  for (const rule of rules?.items() ?? []) if (!rule.isEmpty) addRule(rule, draft, ['firewall', 'rules']);
  if (rules?.isEmpty) rules.drop('an empty list');
  if (!enabled && rules?.isEmpty !== false) {
    dropAll(old, 'a firewall that is off and has no rules');
    return;
  }
  settleFirewall(work, guest, enabled, old.at('enabled'));
}

/** Switches the firewall of a guest on, where it then lets somebody in. */
export function settleFirewall(work: Work, guest: Guest, enabled: boolean, said: Old | undefined): void {
  const { draft } = guest;
  if (enabled && !hasWayIn(draft)) gatewayRule(work, guest);
  const works = enabled && hasWayIn(draft);
  const on = draft.set(['firewall', 'enabled'], works);
  if (works) draft.set(['net0', 'firewall'], true);
  if (enabled && !works)
    said?.doubt(
      on,
      'The old file switched the firewall on without a rule that lets anything in: nobody would reach the guest. Name rules, then say true.',
    );
  else if (works)
    said?.doubt(
      on,
      'The old system never made the rules of guests count. Here they do: look whether they name all who come.',
    );
  else said?.carry(on);
}

function hasWayIn(draft: Draft): boolean {
  const rules = Object.values((draft.get(['firewall', 'rules']) ?? {}) as Record<string, Json>);
  return rules.some((rule) => isObject(rule) && rule.type === 'in' && rule.action === 'ACCEPT');
}

/** The gateway is there for everybody. */
function gatewayRule(work: Work, guest: Guest): void {
  const app = guest.draft.get(['app']);
  const address = guest.draft.get(['net0', 'ip']);
  const name = isObject(app) ? app.name : app;
  if (name !== 'nginx-gateway' || typeof address !== 'string' || !address.includes('/')) return;
  const rule = { type: 'in', action: 'ACCEPT', source: subnetOf(address), proto: 'tcp', dport: '80,443' };
  work.guess(
    guest.draft,
    ['firewall', 'rules', 'clients'],
    rule,
    'the old file switched the firewall on without any rule, which would have dropped everything',
  );
}

/** One rule of a list, under a name that says what it is. */
export function addRule(old: Old, draft: Draft, place: readonly string[]): void {
  if (!isObject(old.value)) {
    old.drop('a rule is an object');
    return;
  }
  const rule: Record<string, Json> = {};
  const texts: readonly (readonly [string, string, (word: string) => string])[] = [
    ['type', 'type', (word) => word.toLowerCase()],
    ['action', 'action', (word) => word.toUpperCase()],
    ['macro', 'macro', (word) => word],
    ['source', 'source', (word) => word],
    ['dest', 'dest', (word) => word],
    ['proto', 'proto', (word) => word.toLowerCase()],
    ['port', 'dport', (word) => word.replace(/\s+/g, '').replace(/(\d)-(\d)/g, '$1:$2')],
    ['dport', 'dport', (word) => word],
    ['sport', 'sport', (word) => word],
    ['comment', 'comment', (word) => word.replace(/\s+/g, ' ')],
  ];
  const carried: [Old, string][] = [];
  for (const [from, to, convert] of texts) {
    const said = old.at(from);
    const word = said === undefined ? '' : convert(String(said.value).trim());
    if (said === undefined) continue;
    if (word === '') said.drop('it says nothing');
    else {
      rule[to] = word;
      carried.push([said, to]);
    }
  }
  if (rule.dport !== undefined && rule.proto === undefined && rule.macro === undefined) rule.proto = 'tcp';
  rule.type ??= 'in';
  rule.action ??= 'ACCEPT';
  if (!isRule(rule)) {
    dropAll(old, 'Proxmox takes no such rule');
    return;
  }
  const known = (draft.get(place) ?? {}) as Record<string, Json>;
  const same = Object.entries(known).find(([, other]) => isSame(other, rule));
  if (same !== undefined) {
    dropAll(old, `the rule ${same[0]} says the same`);
    return;
  }
  const name = freeName(nameOf(rule), known);
  draft.set([...place, name], rule);
  for (const [said, to] of carried) {
    const target = draft.at([...place, name, to]);
    if (to === 'dport' && old.at('proto') === undefined && old.at('macro') === undefined)
      said.repair(target, 'a port has a protocol, and none was named: tcp');
    else said.carry(target);
  }
}

function isRule(rule: Json): boolean {
  const names = { aliases: new Set<string>(), ipsets: new Set<string>(), groups: new Set<string>() };
  if (ruleProblems(rule as unknown as FirewallRule, names as KnownNames).length > 0) return false;
  return (
    guestFirewall.safeParse({ enabled: true, rules: { a: rule } }).success &&
    schema.shape.rules.safeParse({ a: rule }).success
  );
}

/** Beside their remark. */
function isSame(one: Json, other: Json): boolean {
  const text = (rule: Json) =>
    JSON.stringify(
      Object.entries(rule as object)
        .filter(([key]) => key !== 'comment')
        .sort(),
    );
  return text(one) === text(other);
}

function nameOf({ type, action, proto, macro, dport }: Readonly<Record<string, Json>>): string {
  const what =
    [macro ?? proto, dport]
      .filter((part) => part !== undefined)
      .map(String)
      .join('-') || 'all';
  const start = `${action === 'ACCEPT' ? '' : `${String(action).toLowerCase()}-`}${String(type)}`;
  return `${start}-${what}`.replace(/[^A-Za-z0-9_.-]+/g, '-');
}

export function freeName(name: string, known: Readonly<Record<string, unknown>>): string {
  let free = name;
  for (let n = 2; Object.hasOwn(known, free); n++) free = `${name}-${n}`;
  return free;
}
