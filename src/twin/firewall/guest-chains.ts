/** The chains of a guest's interfaces: filters of addresses, its rules, its policy (fw-by-hand). */

import type { FirewallConf } from './conf.ts';
import type { GuardedGuest, GuestNet } from './guest-nets.ts';
import { addGroup, addRule, counts, replaceAction } from './rule-commands.ts';
import {
  acceptMark,
  addLine,
  addNeighbours,
  addPolicy,
  createChain,
  isOff,
  logged,
  type Making,
  markOff,
  setName,
} from './ruleset.ts';

type Direction = 'IN' | 'OUT';

export function addGuest(making: Making, guest: GuardedGuest): void {
  if (!guest.conf.options.get('enable')) return;
  try {
    for (const net of guest.nets.filter(({ firewall }) => firewall))
      for (const direction of ['IN', 'OUT'] as const) addInterface(making, guest, net, direction);
  } catch (error) {
    making.warn(error instanceof Error ? error.message : String(error));
  }
}

/** Where an accepted packet goes: to the queue of an intrusion system, if there is one. */
function acceptOf({ options }: FirewallConf): string {
  if (!options.get('ips')) return 'ACCEPT';
  const [, first, last] = /^(\d+)(?::(\d+))?$/.exec(String(options.get('ips_queues') ?? '')) ?? [];
  const queue =
    last !== undefined
      ? ` --queue-balance ${first}:${last}`
      : first !== undefined
        ? ` --queue-num ${first}`
        : '';
  return `NFQUEUE${queue} --queue-bypass`;
}

function addInterface(making: Making, guest: GuardedGuest, net: GuestNet, direction: Direction): void {
  const { conf, id } = guest;
  const chain = `${net.device}-${direction}`;
  const accept = acceptOf(conf);
  addFilters(making, guest, net, chain, direction);
  addRules(making, guest, net, chain, direction);
  if (conf.options.get('ips') && direction === 'IN') {
    if (!making.ruleset.has('PVEFW-IPS')) createChain(making, 'PVEFW-IPS');
    const match = `-m physdev --physdev-out ${net.device} --physdev-is-bridged`;
    addLine(making, 'PVEFW-IPS', match, `-j ${accept}`);
  }
  const told = { level: logged(conf, `log_level_${direction.toLowerCase()}`, ''), vmid: id };
  const out = direction === 'OUT';
  const policy = conf.options.get(out ? 'policy_out' : 'policy_in') ?? (out ? 'ACCEPT' : 'DROP');
  addPolicy(making, chain, String(policy), out ? `-g ${acceptMark}` : `-j ${accept}`, told);
  const side = out ? 'in' : 'out';
  const bridged = `-m physdev --physdev-is-bridged --physdev-${side} ${net.device}`;
  addLine(making, `PVEFW-FWBR-${direction}`, bridged, `-j ${chain}`);
}

function addFilters(
  making: Making,
  { conf, id }: GuardedGuest,
  net: GuestNet,
  chain: string,
  direction: Direction,
): void {
  const { version } = making;
  const out = direction === 'OUT';
  createChain(making, chain);
  const ports = version === 4 ? ['67', '68'] : ['547', '546'];
  const [from, to] = out ? [...ports].reverse() : ports;
  // DHCP and MAC addresses: filtered unless switched off.
  if (!isOff(conf, 'dhcp'))
    addLine(making, chain, `-p udp --sport ${from} --dport ${to}`, out ? `-g ${acceptMark}` : '-j ACCEPT');
  const radv = Boolean(conf.options.get('radv'));
  if (out) {
    if (!isOff(conf, 'macfilter')) addLine(making, chain, `-m mac ! --mac-source ${net.mac}`, '-j DROP');
    if (version === 6 && !radv)
      addLine(making, chain, '-p icmpv6 --icmpv6-type router-advertisement', '-j DROP');
    const filter = `ipfilter-${net.id}`;
    if (conf.options.get('ipfilter') || conf.ipsets.has(filter))
      addLine(making, chain, `-m set ! --match-set ${setName(id, filter, version)} src`, '-j DROP');
    addLine(making, chain, '', `-j MARK --set-mark ${markOff}`);
  }
  const accept = out ? `-g ${acceptMark}` : `-j ${acceptOf(conf)}`;
  addNeighbours(making, chain, conf, !out || radv, accept);
}

function addRules(
  making: Making,
  { conf, id }: GuardedGuest,
  net: GuestNet,
  chain: string,
  direction: Direction,
): void {
  const out = direction === 'OUT';
  for (const rule of conf.rules) {
    if ((rule.iface && rule.iface !== net.id) || !counts(rule, making.version)) continue;
    const stand = { chain, own: conf, vmid: id };
    if (rule.type === 'group') addGroup(making, rule, stand, direction, out ? 'RETURN' : acceptOf(conf));
    else if (rule.type === direction.toLowerCase()) {
      try {
        rule.logged = `${rule.action}: `;
        replaceAction(rule, out ? acceptMark : acceptOf(conf));
        addRule(making, rule, stand);
      } catch (error) {
        making.warn(error instanceof Error ? error.message : String(error));
      }
    }
  }
}
