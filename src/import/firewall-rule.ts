/** One rule of a firewall of the old files: a list there, by name here. */

import { guestFirewall, firewall as schema } from '../config/schema/firewall.ts';
import type { Json } from '../core/json.ts';
import { type KnownNames, ruleProblems } from '../proxmox/firewall-problems.ts';
import type { FirewallRule } from '../proxmox/firewall-rule.ts';
import type { Draft } from './draft.ts';
import { isObject, type Old } from './ledger.ts';
import { dropAll } from './node-storage.ts';

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
export function isSame(one: Json, other: Json): boolean {
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

/** The name, or with a number behind it where it is taken. */
export function freeName(name: string, known: Readonly<Record<string, unknown>>): string {
  let free = name;
  for (let n = 2; Object.hasOwn(known, free); n++) free = `${name}-${n}`;
  return free;
}
