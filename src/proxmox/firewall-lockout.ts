/**
 * Who decides on a new connection to the node, the way pve-firewall builds its incoming chain, and which ways in would
 * be cut. It knows the rules and no packet: what cannot be known is taken for the worse.
 */

import {
  type Answer,
  type Connection,
  every,
  matches,
  matchesIface,
  matchesSource,
  type Names,
} from './firewall-match.ts';
import { type FilterRule, type FirewallAction, type FirewallRule, isGroupRule } from './firewall-rule.ts';
import { middleOf, parseIp, parseNetwork, printIp } from './ip.ts';

/** Rules in their order, each with the name by which a person knows it. */
export type NamedRules = readonly (readonly [name: string, rule: FirewallRule])[];

/** All that decides on what comes in to the node. */
export interface NodeFirewall extends Names {
  /** `enable` of cluster.fw (default 0) and of host.fw (default 1). */
  readonly enabled: boolean;
  /** `policy_in` of cluster.fw; Proxmox's default is DROP. */
  readonly policyIn?: FirewallAction | undefined;
  readonly hostRules: NamedRules;
  readonly clusterRules: NamedRules;
  readonly groups: ReadonlyMap<string, NamedRules>;
  /**
   * The network that Proxmox finds for the node's own name (`pve-firewall localnet`), always part of the set
   * `management`; the alias `local_network`, where there is one, stands in its place.
   */
  readonly localNetwork?: string | undefined;
}

export interface Packet {
  /** An address. */
  readonly source: string;
  /** TCP. */
  readonly port: number;
  /** The interface it comes in by; without it, ACCEPT rules of an interface do not count and all others do. */
  readonly iface?: string | undefined;
}

export interface Decision {
  readonly action: FirewallAction;
  /** For a person: `rule ssh`, `rule http of group web`, `policy_in`. */
  readonly by: string;
}

/** What stays open to the set `management` after all rules: web, SSH, consoles, SPICE, migration. */
const builtIn: readonly (readonly [first: number, last: number])[] = [
  [8006, 8006],
  [22, 22],
  [5900, 5999],
  [3128, 3128],
  [60000, 60050],
];

/** Which rule decides on a new TCP connection to the node. Throws for a source that is no address. */
export function decide(firewall: NodeFirewall, packet: Packet): Decision {
  const source = parseIp(packet.source);
  if (!source) throw new Error(`${JSON.stringify(packet.source)} is no address`);
  if (!firewall.enabled) return { action: 'ACCEPT', by: 'the firewall, which is off' };
  const connection: Connection = { source, port: packet.port, iface: packet.iface };
  const names = withLocal(firewall);
  // The rules of the node come first, so that it can differ from the datacenter.
  const rules = [...firewall.hostRules, ...firewall.clusterRules];
  for (const [name, rule] of rules.flatMap((named) => expand(named, firewall.groups))) {
    const answer = every([matchesIface(rule.group, connection), matches(rule.rule, connection, names)]);
    if (counts(rule.rule.action, answer)) return { action: rule.rule.action, by: `rule ${name}` };
  }
  return builtInDecision(names, connection) ?? { action: firewall.policyIn ?? 'DROP', by: 'policy_in' };
}

/** In doubt a rule closes but does not open. */
function counts(action: FirewallAction, answer: Answer): boolean {
  return action === 'ACCEPT' ? answer === 'yes' : answer !== 'no';
}

interface Expanded {
  readonly rule: FilterRule;
  /** The interface of the line that uses the group. */
  readonly group?: string | undefined;
}

/** A rule that is on, or the rules of its group that are on, at its place. A group that is missing is empty (B148). */
function expand(
  [name, rule]: NamedRules[number],
  groups: NodeFirewall['groups'],
): (readonly [string, Expanded])[] {
  if (rule.enable === false) return [];
  if (!isGroupRule(rule)) return [[name, { rule }]];
  return (groups.get(rule.group) ?? []).flatMap(([member, inner]) =>
    isGroupRule(inner) || inner.enable === false
      ? []
      : [[`${member} of group ${rule.group}`, { rule: inner, group: rule.iface }] as const],
  );
}

/** The names that Proxmox adds: the alias `local_network`, unless a person set it, and that as part of `management`. */
function withLocal({ aliases, ipsets, localNetwork }: NodeFirewall): Names {
  const given = [...aliases].find(([name]) => name.toLowerCase() === 'local_network')?.[1] ?? localNetwork;
  if (given === undefined) return { aliases, ipsets };
  const management = [...(ipsets.get('management') ?? []), given];
  return {
    aliases: new Map([...aliases, ['local_network', given]]),
    ipsets: new Map([...ipsets, ['management', management]]),
  };
}

function builtInDecision(names: Names, { source, port }: Connection): Decision | undefined {
  if (!builtIn.some(([first, last]) => first <= port && port <= last)) return undefined;
  if (matchesSource('+management', source, names) !== 'yes') return undefined;
  const local = matchesSource('local_network', source, names) === 'yes';
  return {
    action: 'ACCEPT',
    by: `the built-in rule for ${local ? 'the local network' : 'the set management'}`,
  };
}

export interface WaysIn {
  /** The address that the person works from, where it is known. */
  readonly operator?: string | undefined;
  /** Networks that have to reach the node while the operator's address is not known. */
  readonly localNetworks: readonly string[];
  /** TCP, such as 22 and 8006. */
  readonly ports: readonly number[];
}

export interface Cut {
  /** The operator's address, or a local network, for which the address in its middle was asked about. */
  readonly source: string;
  readonly port: number;
  /** As in `Decision`. */
  readonly by: string;
}

/** The connections that would be cut; empty when the firewall is off. Established ones are never cut by a rule. */
export function lockout(firewall: NodeFirewall, { operator, localNetworks, ports }: WaysIn): Cut[] {
  if (!firewall.enabled) return [];
  const sources = operator ? [[operator, operator]] : localNetworks.map((text) => [text, standIn(text)]);
  return sources.flatMap(([source = '', address = '']) =>
    ports.flatMap((port) => {
      const { action, by } = decide(firewall, { source: address, port });
      return action === 'ACCEPT' ? [] : [{ source, port, by }];
    }),
  );
}

function standIn(network: string): string {
  const range = parseNetwork(network);
  return range ? printIp(middleOf(range)) : network;
}
