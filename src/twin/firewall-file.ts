/** Reads a `.fw` file as Proxmox does: good lines count, each bad one is a complaint (B148, recorded). It knows no node. */

import { macroParts } from './firewall-macros.ts';

export type FirewallScope = 'cluster' | 'host' | 'ct' | 'vm';

export interface FirewallRule {
  readonly line: number;
  /** As it stands in the file, without its comment. */
  readonly text: string;
  readonly enable: boolean;
  readonly type: 'in' | 'out' | 'forward' | 'group';
  /** ACCEPT, DROP, REJECT, or the name of a group. */
  readonly action: string;
  readonly macro?: string;
  readonly iface?: string;
  readonly source?: string;
  readonly dest?: string;
  readonly proto?: string;
  readonly dport?: string;
  readonly sport?: string;
}

export interface FirewallFile {
  readonly path: string;
  readonly options: Map<string, string>;
  readonly aliases: Map<string, string>;
  readonly ipsets: Map<string, { readonly cidr: string; readonly not: boolean }[]>;
  readonly groups: Map<string, FirewallRule[]>;
  readonly rules: FirewallRule[];
  /** What Proxmox says on standard error. */
  readonly complaints: string[];
}

const optionPatterns: Readonly<Record<'cluster' | 'host' | 'guest', RegExp>> = {
  cluster:
    /^(?:enable|ebtables):\s*\d+$|^policy_(?:in|out|forward):\s*(?:ACCEPT|DROP|REJECT)$|^log_ratelimit:\s*\S+$/i,
  host: /^(?:enable|ndp|nosmurfs|tcpflags|nftables|protection_synflood|log_nf_conntrack|nf_conntrack_\w+|protection_synflood_\w+):\s*\d+$|^(?:log_level_(?:in|out|forward)|tcp_flags_log_level|smurf_log_level):\s*\w+$|^nf_conntrack_helpers:\s*\S+$/i,
  guest:
    /^(?:enable|dhcp|ndp|radv|macfilter|ipfilter|ips):\s*\d+$|^log_level_(?:in|out):\s*\w+$|^policy_(?:in|out):\s*(?:ACCEPT|DROP|REJECT)$|^ips_queues:\s*\S+$/i,
};

export function parseFirewall(path: string, text: string, scope: FirewallScope): FirewallFile {
  const file: FirewallFile = {
    ...{ path, options: new Map(), aliases: new Map(), ipsets: new Map(), groups: new Map() },
    ...{ rules: [], complaints: [] },
  };
  let section = '';
  let name = '';
  text.split('\n').forEach((raw, at) => {
    if (raw.startsWith('#') || raw.trim() === '') return;
    const prefix = `${path} (line ${at + 1})`;
    const head = /^\[(options|aliases|rules|(?:group|ipset)\s+(\S+))\]\s*(?:#.*)?$/i.exec(raw);
    if (head && (scope === 'cluster' || !/^group/i.test(head[1] ?? ''))) {
      section = (head[1] ?? '').toLowerCase().split(/\s/)[0] ?? '';
      name = (head[2] ?? '').toLowerCase();
      if (section === 'group') file.groups.set(name, []);
      if (section === 'ipset') file.ipsets.set(name, []);
      return;
    }
    if (section === 'options') readOption(file, raw, prefix, scope);
    else if (section === 'aliases') readAlias(file, raw, prefix);
    else if (section === 'ipset') readEntry(file, name, raw, prefix);
    else if (section === 'rules' || section === 'group') {
      const rule = readRule(file, raw, at + 1, prefix, section === 'group' ? 'group' : scope);
      if (rule) (section === 'group' ? (file.groups.get(name) ?? []) : file.rules).push(rule);
    } else file.complaints.push(`${prefix}: skip line - no section`);
  });
  return file;
}

function readOption(file: FirewallFile, raw: string, prefix: string, scope: FirewallScope): void {
  const line = raw.trim();
  const pattern = optionPatterns[scope === 'ct' || scope === 'vm' ? 'guest' : scope];
  const colon = line.indexOf(':');
  if (pattern.test(line)) file.options.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  else file.complaints.push(`${prefix}: can't parse option '${raw}'`);
}

function readAlias(file: FirewallFile, raw: string, prefix: string): void {
  const match = /^\s*([A-Za-z][\w-]+)\s+(\S+)\s*(?:#.*)?$/.exec(raw);
  if (match && isNetwork(match[2] ?? '')) file.aliases.set((match[1] ?? '').toLowerCase(), match[2] ?? '');
  else file.complaints.push(`${prefix}: unable to parse alias: ${raw}`);
}

function readEntry(file: FirewallFile, name: string, raw: string, prefix: string): void {
  const match = /^(!?)\s*(\S+)\s*$/.exec(raw.replace(/#.*$/, ''));
  const cidr = match?.[2] ?? '';
  const plain = cidr.replace(/^(dc|guest)\//, '').toLowerCase();
  if (
    match &&
    (isNetwork(cidr) || file.aliases.has(plain) || cidr.includes('/') || /^[a-z][\w-]+$/i.test(cidr))
  )
    file.ipsets.get(name)?.push({ cidr, not: match[1] === '!' });
  else file.complaints.push(`${prefix}: unable to parse ipset entry: ${raw}`);
}

function isNetwork(text: string): boolean {
  return /^[\d.]+(\/\d+)?(-[\d.]+)?$/.test(text) || (text.includes(':') && /^[0-9a-f:./]+$/i.test(text));
}

const withoutPorts = /^(icmp|icmpv6|ipv6-icmp|gre|esp|ah|igmp|ospf|vrrp)$/;

function readRule(
  file: FirewallFile,
  raw: string,
  line: number,
  prefix: string,
  scope: FirewallScope | 'group',
): FirewallRule | undefined {
  const text = raw.replace(/\s*#.*$/, '').trim();
  const match = /^(\|?)\s*(\S+)\s+(\S+)\s*(.*)$/.exec(text);
  if (!match) {
    file.complaints.push(`${prefix}: unable to parse rule: ${raw}`);
    return undefined;
  }
  const type = (match[2] ?? '').toLowerCase();
  const call = /^(\S+)\((ACCEPT|DROP|REJECT)\)$/.exec(match[3] ?? '');
  const rule: Record<string, string> = { type, action: call?.[2] ?? match[3] ?? '' };
  if (call) rule.macro = call[1] ?? '';
  let rest = match[4] ?? '';
  for (;;) {
    const option = /^-(i|source|dest|p|dport|sport|log|icmp-type|enable) (\S+)\s*/.exec(rest);
    if (!option) break;
    rule[{ i: 'iface', p: 'proto' }[option[1] ?? ''] ?? option[1] ?? ''] = option[2] ?? '';
    rest = rest.slice(option[0].length);
  }
  if (rest !== '') {
    file.complaints.push(`${prefix}: unable to parse rule parameters: ${rest}`);
    return undefined;
  }
  const wrong = problemsOf(rule, scope, file);
  if (wrong.length > 0) {
    file.complaints.push(`${prefix} - errors in rule parameters: ${raw}`, ...wrong.map((one) => `  ${one}`));
    return undefined;
  }
  const parsed = { ...rule, line, text, enable: match[1] === '' } as unknown as FirewallRule;
  return type === 'group' ? { ...parsed, action: parsed.action.toLowerCase() } : parsed;
}

/** What Proxmox finds wrong with a rule (B144, B148). */
function problemsOf(rule: Readonly<Record<string, string>>, scope: string, file: FirewallFile): string[] {
  const { type = '', action = '', macro, proto, dport, sport } = rule;
  const types = { cluster: 'in out forward group', host: 'in out forward group', ct: 'in out group' };
  const allowed = { ...types, vm: types.ct, group: 'in out forward' }[scope] ?? '';
  if (!allowed.split(' ').includes(type))
    return [`type: invalid rule type '${type}' for rule_env '${scope}'`];
  if (type === 'group') return [];
  const wrong: string[] = [];
  if (!/^(ACCEPT|DROP|REJECT)$/.test(action)) wrong.push(`action: unknown action '${action}'`);
  if (macro !== undefined && !macroParts(macro)) wrong.push(`macro: unknown macro '${macro}'`);
  for (const [name, ports] of Object.entries({ dport, sport })) {
    if (ports === undefined) continue;
    if (proto === undefined) {
      wrong.push(`proto: missing property - '${name}' requires this property`);
      if (macro === undefined) wrong.push(`${name}: protocol '' does not support ports`);
    } else if (withoutPorts.test(proto)) wrong.push(`${name}: protocol '${proto}' does not support ports`);
    const bad = ports.split(/[,:]/).find((port) => /^\d+$/.test(port) && Number(port) > 65_535);
    if (bad) wrong.push(`${name}: invalid format - invalid port '${bad}'`);
  }
  for (const name of ['source', 'dest']) {
    const value = rule[name] ?? '';
    const set = /^\+(?:dc\/|guest\/)?(.+)$/.exec(value)?.[1];
    if (
      set !== undefined &&
      scope === 'cluster' &&
      !file.ipsets.has(set.toLowerCase()) &&
      set !== 'management'
    )
      wrong.push(`${name}: no such ipset '${set}'`);
    const alias = /^(?:dc\/)?([a-z][\w-]*)$/i.exec(value)?.[1];
    if (alias !== undefined && scope === 'cluster' && !file.aliases.has(alias.toLowerCase()))
      wrong.push(`${name}: no such alias '${value}'`);
  }
  return wrong;
}
