/** One line of a firewall file as a rule, before anybody looks whether it makes sense (B148). */

import type { FirewallRule, RuleText } from './conf.ts';

/** A line without its comment, and that. */
export function cutComment(
  line: string,
  pattern: RegExp,
): { readonly rest: string; readonly comment?: string | undefined } {
  const found = pattern.exec(line);
  return found ? { rest: line.slice(0, found.index), comment: found[1] } : { rest: line };
}

const flags: readonly (readonly [pattern: RegExp, key: RuleText])[] = [
  [/^-i (\S+)\s*/, 'iface'],
  [/^(?:-p|--?proto) (\S+)\s*/, 'proto'],
  [/^--?dport (\S+)\s*/, 'dport'],
  [/^--?sport (\S+)\s*/, 'sport'],
  [/^--?source (\S+)\s*/, 'source'],
  [/^--?dest (\S+)\s*/, 'dest'],
  [/^--?log (emerg|alert|crit|err|warning|notice|info|debug|nolog)\s*/, 'log'],
  [/^--?icmp-type (\S+)\s*/, 'icmp-type'],
];

/** A rule before it is looked at, or why it is none. */
export function readRuleLine(line: string): FirewallRule | string {
  const { rest, comment } = cutComment(line, /#\s*(.*?)\s*$/);
  const bar = rest.startsWith('|');
  const body = bar ? rest.slice(1) : rest;
  const head = /^(\S+)\s+(\S+)\s*/.exec(body);
  if (!head) return `unable to parse rule: ${body}`;
  const [, type = '', action = ''] = head;
  const rule: FirewallRule = { type: type.toLowerCase(), action, enable: bar ? 0 : 1 };
  if (comment !== undefined) rule.comment = comment;
  const [, macro, inner] = /^(\S+)\((ACCEPT|DROP|REJECT)\)$/.exec(action) ?? [];
  if (macro && inner && ['in', 'out', 'forward'].includes(rule.type))
    Object.assign(rule, { macro, action: inner });
  let left = body.slice(head[0].length);
  while (left !== '') {
    const known = rule.type === 'group' ? flags.slice(0, 1) : flags;
    const found = known.flatMap(([pattern, key]) => {
      const match = pattern.exec(left);
      return match ? [{ key, value: match[1] ?? '', length: match[0].length }] : [];
    })[0];
    if (!found) return `unable to parse rule parameters: ${left}`;
    rule[found.key] = found.value;
    left = left.slice(found.length);
  }
  return rule;
}
