/** Rules of the configuration as those of a Proxmox firewall file. Pure; it knows no node. */

import type { FirewallRule, FirewallRules } from '../../src/config/firewall.ts';
import { parseFirewall } from '../../src/proxmox/firewall-file.ts';
import { type FirewallRule as Line, printRule } from '../../src/proxmox/firewall-rule.ts';
import { managedMark } from './managed.ts';

/** First line of the files, without its `#`. */
export const head = managedMark.replace(/^# /, '');

/** A rule has no identity in Proxmox (B142): its name goes into its comment, where the web interface shows it. */
export function namedRule(name: string, rule: FirewallRule): Line {
  return { ...rule, comment: rule.comment ? `${name}: ${rule.comment}` : name };
}

/** Rules by name in this order, which an object alone would not keep through a fingerprint. */
export function namedRules(order: readonly string[], rules: FirewallRules): Line[] {
  return order.flatMap((name) => (rules[name] ? [namedRule(name, rules[name])] : []));
}

/** What a text says that another does not, a line each; their heads do not count. */
export function linesMissing(from: string, to: string): string[] {
  const lines = (text: string): string[] => {
    const { options, aliases, ipsets, rules, groups } = parseFirewall(text);
    return [
      ...Object.entries(options).map(([key, value]) => `option ${key}: ${value}`),
      ...Object.entries(aliases).map(([name, { cidr }]) => `alias ${name} ${cidr}`),
      ...Object.keys(ipsets).map((name) => `IP set ${name}`),
      ...rules.map((rule) => `rule ${typeof rule === 'string' ? rule : printRule(rule)}`),
      ...Object.keys(groups).map((name) => `group ${name}`),
    ];
  };
  const kept = new Set(lines(to));
  return lines(from).filter((line) => !kept.has(line));
}
