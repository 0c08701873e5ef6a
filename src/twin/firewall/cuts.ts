/** Would the firewall's files, as they are now, cut the operator off? Built from F25 and B147–B149. It runs nothing. */

import type { TwinState } from '../state.ts';
import { covers, fateAtHost, localNetwork, numberOf, textOf } from './fate.ts';
import { clusterConf, hostConf } from './load.ts';

/** What an operator needs: the shell and the web interface. */
const doors = ['22', '8006'];

/**
 * Why new connections of the operator to port 22 or 8006 of the node would not be let in; undefined when both would.
 * Without an address it is enough that some host of the node's local network gets in.
 */
export function firewallCuts(state: TwinState, from?: string): string | undefined {
  const sources = from === undefined ? neighbours(state) : [from];
  for (const dport of doors) {
    const fates = sources.map((source) => fateAtHost(state, { proto: 'tcp', source, dport, iface: 'vmbr0' }));
    const [first] = fates;
    if (!first || fates.some((fate) => fate.action === 'ACCEPT')) continue;
    const who = from ?? localNetwork(state, clusterConf(state));
    return `new connections from ${who} to port ${dport} would be cut (${first.action}) by ${first.by}`;
  }
  return undefined;
}

/** Some addresses of the local network: its gateway, an early one, and those that the files name. */
function neighbours(state: TwinState): string[] {
  const cluster = clusterConf(state);
  const network = localNetwork(state, cluster);
  const own = state.hardware.address.split('/')[0] ?? '';
  const first = numberOf(network.split('/')[0] ?? '');
  const named = [cluster, hostConf(state, cluster)].flatMap((file) => [
    ...file.rules.map((rule) => rule.source ?? ''),
    ...[...file.groups.values()].flat().map((rule) => rule.source ?? ''),
    ...[...file.ipsets.values()].flat().map((entry) => entry.cidr),
    ...[...file.aliases.values()].map(({ cidr }) => cidr),
  ]);
  const addresses = named.flatMap((text) => text.split(',')).map((text) => text.replace(/[/-].*$/, ''));
  const candidates = [textOf(first + 251), textOf(first + 2), state.hardware.gateway, ...addresses];
  return [...new Set(candidates)].filter((one) => one !== own && covers(network, one));
}
