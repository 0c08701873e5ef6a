/** A rule of a file as lines of iptables: its macro, its addresses, its ports, its log (fw-by-hand). It knows no chain. */

import { icmpTypes, withPorts } from '../../proxmox/firewall-words.ts';
import { type FirewallConf, type FirewallRule, findAlias } from './conf.ts';
import { aliasPattern } from './formats.ts';
import { macroLines } from './macros.ts';
import {
  acceptMark,
  addLine,
  createChain,
  logLine,
  type Making,
  markOff,
  markOn,
  setName,
} from './ruleset.ts';

/** Where a rule stands. */
export interface Stand {
  readonly chain: string;
  /** The file of a guest or of the node; groups have none. */
  readonly own?: FirewallConf;
  readonly vmid?: string;
  /** The interface that it is about, with `-i ` or `-o ` before it. */
  readonly iface?: string;
}

/** Does a rule count for this version of IP? */
export function counts({ enable, errors, ipversion }: FirewallRule, version: 4 | 6): boolean {
  return enable !== 0 && !errors && (ipversion === undefined || ipversion === version);
}

/** Adds all lines of a rule or none; what keeps it out is said. */
export function addRule(making: Making, rule: FirewallRule, stand: Stand): void {
  const { macro, ...plain } = rule;
  const parts: FirewallRule[] = macro
    ? macroLines(macro, making.version).map((line) => ({ ...plain, ...line }))
    : [plain];
  const lines = parts.flatMap((part) => linesOf(making, part, stand));
  making.ruleset.get(stand.chain)?.push(...lines);
}

function linesOf(making: Making, rule: FirewallRule, stand: Stand): string[] {
  const match = [
    ...(stand.iface === undefined ? [] : [stand.iface]),
    ...(rule.source ? [addressMatch(making, rule.source, 'src', stand)] : []),
    ...(rule.dest ? [addressMatch(making, rule.dest, 'dst', stand)] : []),
    ...(rule.proto ? protocolMatch(rule, rule.proto) : []),
  ].join(' ');
  const target = `${rule.action === acceptMark ? '-g' : '-j'} ${rule.action}`;
  const level = rule.log && rule.log !== 'nolog' ? rule.log : undefined;
  const told = level && { level, message: rule.logged ?? '', vmid: stand.vmid ?? '0' };
  return [
    ...(told ? [logLine(making, stand.chain, match, told)] : []),
    `-A ${stand.chain} ${match} ${target}`,
  ];
}

function addressMatch(
  { cluster, version }: Making,
  text: string,
  side: 'src' | 'dst',
  { own, vmid }: Stand,
): string {
  const flag = side === 'src' ? '-s' : '-d';
  const [, scope = '', set] = /^\+(guest\/|dc\/|sdn\/)?(.+)$/.exec(text) ?? [];
  if (set !== undefined) {
    const guest = (scope === '' || scope === 'guest/') && own?.ipsets.has(set);
    if (!guest && !((scope === '' || scope === 'dc/') && cluster.ipsets.has(set)))
      throw new Error(`no such ipset '${set}'`);
    return `-m set --match-set ${setName(guest ? (vmid ?? '0') : '0', set, version)} ${side}`;
  }
  const [, place = '', name] = aliasPattern.exec(text) ?? [];
  if (name !== undefined) {
    const alias = findAlias({ own, cluster }, place, name);
    if (!alias) throw new Error(`no such alias '${text}'`);
    return `${flag} ${alias.cidr}`;
  }
  return text.includes('-') ? `-m iprange --${side}-range ${text}` : `${flag} ${text}`;
}

function protocolMatch(rule: FirewallRule, proto: string): string[] {
  const icmp = icmpTypes(proto) !== undefined;
  const type = rule['icmp-type'];
  const portless = `protocol ${proto} does not have ports`;
  const port = (key: 'dport' | 'sport'): string[] => {
    const value = rule[key];
    if (!value) return [];
    if (key === 'dport' && (proto === 'icmp' || proto === 'icmpv6')) {
      if (!icmpTypes(proto)?.has(value) && !/^\d+$/.test(value))
        throw new Error(`unknown icmp-type '${value}'`);
      return [`-m ${proto} --${proto === 'icmp' ? 'icmp' : 'icmpv6'}-type ${value}`];
    }
    if (!withPorts.has(proto)) throw new Error(portless);
    return value.includes(',') ? ['--match multiport', `--${key}s ${value}`] : [`--${key} ${value}`];
  };
  // A single port has to stand before a list of them.
  const ports = rule.sport?.includes(',')
    ? [...port('dport'), ...port('sport')]
    : [...port('sport'), ...port('dport')];
  const types = icmp && type ? [`-m ${proto} --${proto === 'icmp' ? 'icmp' : 'icmpv6'}-type ${type}`] : [];
  return [`-p ${proto}`, ...types, ...ports];
}

/** Replaces the words of the file by targets of the chain; a rule that is used twice keeps what it was replaced by. */
export function replaceAction(rule: FirewallRule, accept: string): void {
  if (rule.action === 'ACCEPT') rule.action = accept;
  else if (rule.action === 'REJECT') rule.action = 'PVEFW-reject';
}

/** A rule that uses a group: a jump to its chain, and what happens when that marked the packet. */
export function addGroup(
  making: Making,
  rule: FirewallRule,
  stand: Stand,
  direction: 'IN' | 'OUT',
  accept: string,
): void {
  const chain = `GROUP-${rule.action}-${direction}`;
  if (!making.ruleset.has(chain)) addGroupChains(making, rule.action);
  addLine(making, stand.chain, stand.iface ?? '', `-j ${chain}`);
  addLine(making, stand.chain, `-m mark --mark ${markOn}`, `-j ${accept}`);
}

function addGroupChains(making: Making, group: string): void {
  const rules = making.cluster.groups.get(group);
  // A group that is missing is an empty chain.
  if (!rules) making.warn(`no such security group '${group}'`);
  for (const direction of ['IN', 'OUT'] as const) {
    const chain = `GROUP-${group}-${direction}`;
    createChain(making, chain);
    addLine(making, chain, '', `-j MARK --set-mark ${markOff}`);
    for (const rule of rules ?? []) {
      if (rule.type !== direction.toLowerCase() || !counts(rule, making.version)) continue;
      replaceAction(rule, acceptMark);
      addRule(making, rule, { chain });
    }
  }
}
