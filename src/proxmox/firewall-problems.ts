/** What Proxmox VE would refuse in a firewall rule, or take and then leave out, as sentences for a person. */

import { type FilterRule, type FirewallRule, isGroupRule, logLevels, oneLine } from './firewall-rule.ts';
import { icmpTypes, isProtocol, macroName, macros, withPorts } from './firewall-words.ts';
import { hasHostBits, parseNetwork, parseRange, printIp } from './ip.ts';

/** The names that a rule may refer to; upper and lower case are the same, as in the sections of the files. */
export interface KnownNames {
  readonly aliases: ReadonlySet<string>;
  readonly ipsets: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

/** Two characters or more, a letter first: aliases, IP sets and security groups. */
const namePattern = /^[A-Za-z][A-Za-z0-9_-]+$/;

/** Why a name cannot be that of an alias, an IP set or a security group; undefined: it can. */
export function nameProblem(kind: 'alias' | 'ipset' | 'group', name: string): string | undefined {
  const longest = kind === 'group' ? 18 : 64;
  if (!namePattern.test(name))
    return `${JSON.stringify(name)} is no name: a letter, then at least one letter, digit, - or _`;
  return name.length > longest ? `the name ${name} is longer than ${longest} characters` : undefined;
}

/** Empty: Proxmox takes the rule, and everything it refers to exists (B144, B145). `guest`: interfaces are `netN`. */
export function ruleProblems(rule: FirewallRule, known: KnownNames, where?: 'guest'): string[] {
  const iface = ifaceProblems(rule.iface, where);
  const comment =
    rule.comment !== undefined && oneLine(rule.comment) !== rule.comment.trim()
      ? ['the comment has a line break; it has to be one line']
      : [];
  if (!isGroupRule(rule)) return [...filterProblems(rule, known), ...iface, ...comment];
  const name = nameProblem('group', rule.group);
  const problems = name ? [`group: ${name}`] : missing('group', rule.group, known.groups, 'security group');
  return [...problems, ...iface, ...comment];
}

function ifaceProblems(iface: string | undefined, where: 'guest' | undefined): string[] {
  if (!iface) return [];
  if (where === 'guest' && !/^net\d+$/.test(iface))
    return [`iface: a guest's interface is net0, net1 …, not ${iface}`];
  return /^[a-z][a-z0-9_]{1,20}([:.]\d+)?$/i.test(iface)
    ? []
    : [`iface: ${JSON.stringify(iface)} is no name of an interface`];
}

function filterProblems(rule: FilterRule, known: KnownNames): string[] {
  const problems = [
    ...(rule.type === 'in' || rule.type === 'out' ? [] : [`type: ${rule.type} is neither in nor out`]),
    ...(/^(ACCEPT|DROP|REJECT)$/.test(rule.action)
      ? []
      : [`action: ${rule.action} is none of ACCEPT, DROP, REJECT`]),
    ...(rule.log === undefined || logLevels.includes(rule.log) ? [] : [`log: there is no level ${rule.log}`]),
    ...protocolProblems(rule),
    ...addressProblems('source', rule.source, known),
    ...addressProblems('dest', rule.dest, known),
  ];
  const versions = new Set([
    ...[rule.source, rule.dest].flatMap((list) => versionsOf(list)),
    ...(rule.proto === 'icmp' ? [4] : icmpTypes(rule.proto) ? [6] : []),
  ]);
  if (versions.size > 1) problems.push('source, dest and proto mix IPv4 and IPv6: make it two rules');
  return problems.length > 0 ? problems : macroProblems(rule);
}

function protocolProblems({ proto, dport, sport, icmpType }: FilterRule): string[] {
  const types = icmpTypes(proto);
  const known = proto === undefined || isProtocol(proto);
  const ports = [
    ['dport', dport],
    ['sport', sport],
  ] as const;
  return [
    ...(known ? [] : [`proto: there is no protocol ${JSON.stringify(proto)}`]),
    ...ports.flatMap(([key, list]) => {
      if (!list) return [];
      if (!proto) return [`${key}: needs proto, such as tcp or udp`];
      if (known && !withPorts.has(proto) && !(types && key === 'dport'))
        return [`${key}: the protocol ${proto} has no ports`];
      return types ? typeProblem(key, list, proto) : portProblems(key, list);
    }),
    ...(icmpType && !types ? ['icmpType: needs proto icmp or icmpv6'] : []),
    ...(icmpType && types ? typeProblem('icmpType', icmpType, proto ?? '') : []),
    ...(icmpType && dport ? ['icmpType: cannot be together with dport'] : []),
  ];
}

function typeProblem(key: string, type: string, proto: string): string[] {
  return icmpTypes(proto)?.has(type) ? [] : [`${key}: ${proto} has no type ${type}`];
}

function portProblems(key: string, list: string): string[] {
  const items = list.split(',');
  const numbers = items.reduce((sum, item) => sum + (item.includes(':') ? 2 : 1), 0);
  const problems = items.flatMap((item) => {
    const [, from, to = from] = /^(\d+)(?::(\d+))?$/.exec(item) ?? [];
    if (from === undefined)
      return /^[a-z][a-z0-9_.+-]*$/i.test(item) ? [] : [`${key}: ${JSON.stringify(item)} is no port`];
    const tooLarge = [from, to].find((port) => Number(port) > 65535);
    if (tooLarge) return [`${key}: there is no port ${tooLarge}`];
    return Number(from) > Number(to) ? [`${key}: the range ${item} runs backwards, write ${to}:${from}`] : [];
  });
  return numbers > 15 ? [...problems, `${key}: more than 15 ports; a range counts as two`] : problems;
}

function missing(key: string, name: string, known: ReadonlySet<string>, kind: string): string[] {
  const lower = new Set([...known].map((each) => each.toLowerCase()));
  if (!lower.has(name.toLowerCase())) return [`${key}: there is no ${kind} ${name}`];
  // Proxmox lowers the names of sections but not those that rules use; only aliases are looked up in any case.
  return kind === 'alias' || name === name.toLowerCase()
    ? []
    : [`${key}: write ${name.toLowerCase()}: Proxmox keeps names of a ${kind} in lower case`];
}

function addressProblems(key: string, value: string | undefined, known: KnownNames): string[] {
  if (!value) return [];
  const set = /^\+(?:(dc|guest|sdn)\/)?(.*)$/.exec(value);
  if (set) {
    const [, scope, name = ''] = set;
    const problem = nameProblem('ipset', name);
    if (problem) return [`${key}: ${problem}`];
    return scope === 'sdn' ? [] : missing(key, name, known.ipsets, 'IP set');
  }
  const alias = /^(?:dc\/|guest\/)?([A-Za-z][A-Za-z0-9_-]+)$/.exec(value)?.[1];
  if (alias) return missing(key, alias, known.aliases, 'alias');
  const items = value.split(',');
  const problems = items.flatMap((item) => {
    if (!parseRange(item)) return [`${key}: ${JSON.stringify(item)} is no address, network or range`];
    return hasHostBits(item) ? [`${key}: ${item} is an address of a network, write ${networkOf(item)}`] : [];
  });
  if (items.length > 1 && items.some((item) => item.includes('-')))
    problems.push(`${key}: a range cannot stand in a list`);
  return problems;
}

function versionsOf(list: string | undefined): number[] {
  return (list ?? '').split(',').flatMap((item) => parseRange(item)?.version ?? []);
}

function networkOf(text: string): string {
  const network = parseNetwork(text);
  return network
    ? `${printIp({ version: network.version, value: network.first })}/${text.split('/')[1]}`
    : text;
}

/** A macro says protocol and ports itself; the rule may repeat them but not contradict. */
function macroProblems(rule: FilterRule): string[] {
  if (!rule.macro) return [];
  const name = macroName(rule.macro);
  if (!name) return [`macro: there is no macro ${rule.macro}`];
  const keys = ['proto', 'dport', 'sport'] as const;
  return keys.flatMap((key) => {
    const said = macros.get(name)?.find((line) => rule[key] && line[key] && line[key] !== rule[key])?.[key];
    return said ? [`${key}: the macro ${name} says ${said} already; leave one of them out`] : [];
  });
}
