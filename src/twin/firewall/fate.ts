/**
 * What the firewall's files do to one packet to the node: rules in their order, built-in rules, policy (B147; F25).
 * IPv4 addresses, networks, ranges, aliases and sets; other things never match. It knows no command.
 */

import type { TwinState } from '../state.ts';
import type { FirewallConf, FirewallRule } from './conf.ts';
import { clusterConf, hostConf } from './load.ts';
import { macroLines } from './macros.ts';

export interface Packet {
  readonly proto: string;
  readonly source?: string;
  readonly dest?: string;
  readonly dport?: string;
  readonly sport?: string;
  /** The interface that it comes in by, when a rule may ask for it. */
  readonly iface?: string;
}

/** What becomes of a packet, and through what. */
export interface Fate {
  readonly action: string;
  readonly by: string;
}

/** Only a number other than 0 turns it on (B148). */
export function isEnabled(file: FirewallConf): boolean {
  return Number(file.options.get('enable') ?? 0) !== 0;
}

/** The network that may always reach the node: an alias `local_network`, or that of its own address. */
export function localNetwork(state: TwinState, cluster: FirewallConf): string {
  const [address = '', prefix = '24'] = state.hardware.address.split('/');
  const mask = maskOf(Number(prefix));
  const first = (numberOf(address) & mask) >>> 0;
  return cluster.aliases.get('local_network')?.cidr ?? `${textOf(first)}/${prefix}`;
}

/** The fate of a new connection to the node itself. */
export function fateAtHost(state: TwinState, packet: Packet): Fate {
  const cluster = clusterConf(state);
  const host = hostConf(state, cluster);
  if (!isEnabled(cluster)) return { action: 'ACCEPT', by: 'the firewall is off' };
  if (host.options.get('enable') === 0) return { action: 'ACCEPT', by: "the host's firewall is off" };
  const found = firstMatch([...placed(host), ...placed(cluster)], cluster, host, packet);
  if (found) return found;
  const management = [localNetwork(state, cluster), ...sourcesOf(cluster, 'management')];
  const service = portsMatch('8006,5900:5999,3128,22,60000:60050', packet.dport);
  if (packet.proto === 'tcp' && service && management.some((one) => covers(one, packet.source)))
    return { action: 'ACCEPT', by: 'the built-in rules for the local network' };
  const policy = String(cluster.options.get('policy_in') ?? 'DROP');
  return { action: policy, by: `policy_in ${policy}` };
}

interface Placed {
  readonly rule: FirewallRule;
  readonly path: string;
}

function placed(file: FirewallConf): Placed[] {
  return file.rules.map((rule) => ({ rule, path: file.path }));
}

function firstMatch(
  rules: readonly Placed[],
  cluster: FirewallConf,
  own: FirewallConf,
  packet: Packet,
): Fate | undefined {
  for (const { rule, path } of rules) {
    if (!rule.enable || rule.errors) continue;
    if (rule.iface !== undefined && packet.iface !== undefined && packet.iface !== rule.iface) continue;
    if (rule.type === 'group') {
      const inside = (cluster.groups.get(rule.action) ?? []).map((one) => ({
        rule: one,
        path: cluster.path,
      }));
      const found = firstMatch(inside, cluster, own, packet);
      if (found) return found;
    } else if (rule.type === 'in' && ruleMatches(rule, cluster, own, packet))
      return { action: rule.action, by: `'${rule.text}' (line ${rule.line} of ${path})` };
  }
  return undefined;
}

function ruleMatches(rule: FirewallRule, cluster: FirewallConf, own: FirewallConf, packet: Packet): boolean {
  const matches = (asked: string | undefined, address: string | undefined) =>
    asked === undefined || addressMatches(asked, cluster, own, address);
  if (!matches(rule.source, packet.source) || !matches(rule.dest, packet.dest)) return false;
  if (rule.sport !== undefined && !portsMatch(rule.sport, packet.sport)) return false;
  if (rule.macro !== undefined)
    return macroLines(rule.macro, 4).some(
      (part) =>
        part.proto === packet.proto && (part.dport === undefined || portsMatch(part.dport, packet.dport)),
    );
  if (rule.proto !== undefined && rule.proto !== packet.proto && rule.proto !== 'all') return false;
  return rule.dport === undefined || portsMatch(rule.dport, packet.dport);
}

const services: Readonly<Record<string, string>> = { ssh: '22', http: '80', https: '443', domain: '53' };

function portsMatch(ports: string, port: string | undefined): boolean {
  if (port === undefined) return false;
  return ports.split(',').some((part) => {
    const [from = '', to] = part.split(':').map((one) => services[one] ?? one);
    return Number(port) >= Number(from) && Number(port) <= Number(to ?? from);
  });
}

/** An address, network, range, alias or set, or a list of them. */
function addressMatches(
  asked: string,
  cluster: FirewallConf,
  own: FirewallConf,
  address: string | undefined,
): boolean {
  return asked.split(',').some((word) => {
    const [, , scope, name = ''] = /^(\+?)(?:(dc|guest)\/)?(.*)$/.exec(word) ?? [];
    const files = scope === 'dc' ? [cluster] : scope === 'guest' ? [own] : [own, cluster];
    const key = name.toLowerCase();
    if (!word.startsWith('+')) {
      const alias = files.map((file) => file.aliases.get(key)?.cidr).find((found) => found !== undefined);
      return covers(alias ?? word, address);
    }
    const file = files.find((one) => one.ipsets.has(key));
    if (!file) return false;
    const entries = file.ipsets.get(key) ?? [];
    const hits = entries.filter((entry) => covers(resolved(entry.cidr, [file, cluster]), address));
    return hits.length > 0 && !hits.some((entry) => entry.nomatch);
  });
}

function resolved(cidr: string, files: readonly FirewallConf[]): string {
  const key = cidr.replace(/^(dc|guest)\//, '').toLowerCase();
  return files.map((file) => file.aliases.get(key)?.cidr).find((found) => found !== undefined) ?? cidr;
}

function sourcesOf(file: FirewallConf, set: string): string[] {
  const entries = file.ipsets.get(set) ?? [];
  return entries.filter((entry) => !entry.nomatch).map((entry) => resolved(entry.cidr, [file]));
}

/** Is the address in the network or range? An unknown address is in none. */
export function covers(network: string, address: string | undefined): boolean {
  if (address === undefined || !/^[\d.]+$/.test(address) || !/^[\d.]+(\/\d+|-[\d.]+)?$/.test(network))
    return false;
  const value = numberOf(address);
  const [first = '', last] = network.split('-');
  if (last !== undefined) return value >= numberOf(first) && value <= numberOf(last);
  const [base = '', prefix = '32'] = network.split('/');
  const mask = maskOf(Number(prefix));
  return (value & mask) === (numberOf(base) & mask);
}

export function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function textOf(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

function maskOf(prefix: number): number {
  return prefix <= 0 ? 0 : (-1 << (32 - prefix)) >>> 0;
}
