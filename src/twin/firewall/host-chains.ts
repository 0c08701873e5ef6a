/** The chains that guard the node itself, and those that all guests share (fw-by-hand). It knows no guest. */

import type { FirewallConf, FirewallRule } from './conf.ts';
import { addGroup, addRule, counts, replaceAction } from './rule-commands.ts';
import {
  addConnections,
  addLine,
  addNeighbours,
  addPolicy,
  createChain,
  isOff,
  type Logged,
  logged,
  type Making,
  setName,
} from './ruleset.ts';
import { addStandardChains } from './standard-chains.ts';

/** Starts a ruleset: hooks, what is common to all guests, the standard chains, and the node's own. */
export function addHost(making: Making): void {
  const { host } = making;
  for (const chain of ['PVEFW-INPUT', 'PVEFW-OUTPUT', 'PVEFW-FORWARD', 'PVEFW-FWBR-IN', 'PVEFW-FWBR-OUT'])
    createChain(making, chain);
  addConnections(making, 'PVEFW-FORWARD', Boolean(host.options.get('nf_conntrack_allow_invalid')));
  addInputFilters(making, 'PVEFW-FWBR-IN', host, logged(host, 'log_level_out', 'DROP: '));
  const bridged = '-m physdev --physdev-is-bridged';
  addLine(making, 'PVEFW-FORWARD', `${bridged} --physdev-in fwln+`, '-j PVEFW-FWBR-IN');
  addLine(making, 'PVEFW-FORWARD', `${bridged} --physdev-out fwln+`, '-j PVEFW-FWBR-OUT');
  addStandardChains(making, host);
  if (isOff(host, 'enable')) return;
  addIncoming(making);
  addOutgoing(making);
  addLine(making, 'PVEFW-OUTPUT', '', '-j PVEFW-HOST-OUT');
  addLine(making, 'PVEFW-INPUT', '', '-j PVEFW-HOST-IN');
}

function addInputFilters(making: Making, chain: string, host: FirewallConf, told: Logged | undefined): void {
  if (making.cluster.ipsets.has('blacklist')) {
    if (!making.ruleset.has('PVEFW-blacklist')) {
      createChain(making, 'PVEFW-blacklist');
      addLine(making, 'PVEFW-blacklist', '', '-j DROP', told);
    }
    const set = setName('0', 'blacklist', making.version);
    addLine(making, chain, `-m set --match-set ${set} src`, '-j PVEFW-blacklist');
  }
  if (!isOff(host, 'nosmurfs') && making.version === 4)
    addLine(making, chain, '-m conntrack --ctstate INVALID,NEW', '-j PVEFW-smurfs');
  if (host.options.get('tcpflags')) addLine(making, chain, '-p tcp', '-j PVEFW-tcpflags');
}

/** The rules of the node come first, so that they can differ from the cluster's. */
function addRules(making: Making, chain: string, direction: 'IN' | 'OUT'): void {
  const { host, cluster, version, warn } = making;
  for (const rule of [...host.rules, ...cluster.rules]) {
    if (!counts(rule, version)) continue;
    const stand = { chain, own: host, ...ifaceOf(rule, direction) };
    try {
      rule.logged = `${rule.action}: `;
      if (rule.type === 'group') addGroup(making, rule, stand, direction, 'RETURN');
      else if (rule.type === direction.toLowerCase()) {
        replaceAction(rule, 'RETURN');
        addRule(making, rule, stand);
      }
    } catch (error) {
      warn(error instanceof Error ? error.message : String(error));
    }
  }
}

function ifaceOf({ iface }: FirewallRule, direction: 'IN' | 'OUT'): { readonly iface?: string } {
  return iface ? { iface: `${direction === 'IN' ? '-i' : '-o'} ${iface}` } : {};
}

function addIncoming(making: Making): void {
  const { host, cluster, version } = making;
  const chain = 'PVEFW-HOST-IN';
  const told = logged(host, 'log_level_in', 'DROP: ');
  createChain(making, chain);
  addLine(making, chain, '-i lo', '-j ACCEPT');
  addConnections(making, chain, false);
  addNeighbours(making, chain, host, true, '-j RETURN');
  addInputFilters(making, chain, host, told);
  addLine(making, chain, '-p igmp', '-j RETURN');
  addRules(making, chain, 'IN');
  const from = `-m set --match-set ${setName('0', 'management', version)} src`;
  for (const port of ['8006', '5900:5999', '3128', '22', '60000:60050'])
    addLine(making, chain, `${from} -p tcp --dport ${port}`, '-j RETURN');
  const policy = String(cluster.options.get('policy_in') ?? 'DROP');
  addPolicy(making, chain, policy, '-j RETURN', { level: told, vmid: '0' });
}

function addOutgoing(making: Making): void {
  const { host, cluster, version } = making;
  const chain = 'PVEFW-HOST-OUT';
  createChain(making, chain);
  addLine(making, chain, '-o lo', '-j ACCEPT');
  addConnections(making, chain, false);
  addNeighbours(making, chain, host, Boolean(host.options.get('radv')), '-j RETURN');
  addLine(making, chain, '-p igmp', '-j RETURN');
  addRules(making, chain, 'OUT');
  const local = cluster.aliases.get('local_network');
  if (local?.ipversion === version)
    for (const port of ['8006', '22', '5900:5999', '3128'])
      addLine(making, chain, `-d ${local.cidr} -p tcp --dport ${port}`, '-j RETURN');
  const told = logged(host, 'log_level_out', '');
  const policy = String(cluster.options.get('policy_out') ?? 'ACCEPT');
  addPolicy(making, chain, policy, '-j RETURN', { level: told, vmid: '0' });
}
