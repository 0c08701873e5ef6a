/** The whole ruleset of the node, made of the firewall's files as pve-firewall makes it (B149, fw-by-hand). */

import { parseProperties } from '../../proxmox/conf.ts';
import type { Call } from '../call.ts';
import type { FirewallConf } from './conf.ts';
import { isEnabled, localNetwork } from './fate.ts';
import { addGuest } from './guest-chains.ts';
import { type GuardedGuest, guardedGuests } from './guest-nets.ts';
import { addHost } from './host-chains.ts';
import { makeSets } from './ipset-chains.ts';
import { makeLayerTwo } from './layer-two.ts';
import { clusterConf, complain, hostConf } from './load.ts';
import { normalCidr } from './net-ip.ts';
import type { Making, Ruleset } from './ruleset.ts';

export interface Compiled {
  readonly cluster: FirewallConf;
  readonly enabled: boolean;
  readonly sets: Ruleset;
  /** By version of IP. */
  readonly filter: Readonly<Record<4 | 6, Ruleset>>;
  readonly raw: Readonly<Record<4 | 6, Ruleset>>;
  readonly layerTwo: Ruleset;
}

/** Says on standard error what was wrong; nothing is made while the firewall is off. */
export function compileFirewall(call: Call, details: boolean): Compiled {
  const { state } = call;
  const cluster = complain(call, clusterConf(state, call.now() / 1000), details);
  const host = complain(call, hostConf(state, cluster), details);
  const guests = guardedGuests(call, cluster, details);
  const warn = (text: string) => call.err(`${text}\n`);
  const none = () => ({ 4: new Map(), 6: new Map() });
  if (!isEnabled(cluster))
    return {
      ...{ cluster, enabled: false, sets: new Map() },
      ...{ filter: none(), raw: none(), layerTwo: new Map() },
    };
  addLocalNetwork(state.hardware.address === '' ? '127.0.0.0/8' : localNetwork(state, cluster), cluster);
  const making = (version: 4 | 6): Making => ({
    ...{ version, ruleset: new Map(), cluster, host, limit: logLimit(cluster), warn },
  });
  const filter = { 4: makeFilter(making(4), guests), 6: makeFilter(making(6), guests) };
  return {
    ...{ cluster, enabled: true, filter, raw: { 4: makeRaw(host, 4), 6: makeRaw(host, 6) } },
    ...{ layerTwo: makeLayerTwo(cluster, guests), sets: makeSets(cluster, guests, warn) },
  };
}

/** The network of the node is part of the set `management`, whether or not an alias says what it is. */
function addLocalNetwork(cidr: string, { aliases, ipsets }: FirewallConf): void {
  const network = normalCidr(cidr);
  const name = 'local_network';
  if (!aliases.has(name) && network)
    aliases.set(name, { name, cidr: network.cidr, ipversion: network.version });
  // It is added once by each of the two that need it.
  ipsets.set('management', [...(ipsets.get('management') ?? []), { cidr }, { cidr }]);
}

function logLimit({ options }: FirewallConf): string | undefined {
  const asked = options.get('log_ratelimit');
  if (asked === undefined) return '--limit 1/sec';
  const parts = parseProperties(String(asked), 'enable');
  if (!['1', 'on', 'yes', 'true'].includes(parts.get('enable') ?? '')) return undefined;
  const burst = Number(parts.get('burst') ?? 0) > 0 ? ` --limit-burst ${parts.get('burst')}` : '';
  return `--limit ${parts.get('rate') ?? '1/sec'}${burst}`;
}

function makeFilter(making: Making, guests: readonly GuardedGuest[]): Ruleset {
  const { ruleset } = making;
  addHost(making);
  for (const guest of guests) addGuest(making, guest);
  if (ruleset.has('PVEFW-IPS'))
    ruleset
      .get('PVEFW-FORWARD')
      ?.unshift('-A PVEFW-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j PVEFW-IPS');
  return ruleset;
}

/** Protocol, port, and whether IPv6 has it, too. */
const helpers: Readonly<Record<string, readonly [proto: string, port: number, six?: true]>> = {
  amanda: ['udp', 10_080, true],
  ftp: ['tcp', 21, true],
  irc: ['tcp', 6667],
  'netbios-ns': ['udp', 137],
  pptp: ['tcp', 1723],
  sane: ['tcp', 6566, true],
  sip: ['udp', 5060, true],
  snmp: ['udp', 161],
  tftp: ['udp', 69, true],
};

/** What happens before connections are tracked. */
function makeRaw({ options }: FirewallConf, version: 4 | 6): Ruleset {
  const chain = 'PVEFW-PREROUTING';
  const lines: string[] = [];
  const number = (key: string, otherwise: number) => Number(options.get(key)) || otherwise;
  const names = String(options.get('nf_conntrack_helpers') ?? '');
  if (options.get('protection_synflood')) {
    const words = [
      '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m hashlimit',
      `--hashlimit-above ${number('protection_synflood_rate', 200)}/sec`,
      `--hashlimit-burst ${number('protection_synflood_burst', 1000)}`,
      '--hashlimit-mode srcip --hashlimit-name syn --hashlimit-htable-size 2097152',
      `--hashlimit-srcmask ${version === 4 ? 32 : 64}`,
      `--hashlimit-htable-expire ${number('nf_conntrack_tcp_timeout_syn_recv', 60) * 1000}`,
    ];
    lines.push(`-A ${chain} ${words.join(' ')} -j DROP`);
  } else if (names === '') return new Map();
  for (const name of names.split(',')) {
    const [proto, port, six] = helpers[name] ?? [];
    if (proto && (version === 4 || six))
      lines.push(`-A ${chain} -p ${proto} -m ${proto} --dport ${port} -j CT --helper ${name}`);
  }
  return new Map([[chain, lines]]);
}
