/** What ebtables filters: frames that are neither IPv4 nor IPv6, by MAC address and ARP (fw-by-hand). */

import type { FirewallConf } from './conf.ts';
import type { GuardedGuest, GuestNet } from './guest-nets.ts';
import { normalCidr } from './net-ip.ts';
import { isOff, type Ruleset } from './ruleset.ts';

export function makeLayerTwo(cluster: FirewallConf, guests: readonly GuardedGuest[]): Ruleset {
  const ruleset: Ruleset = new Map();
  if (isOff(cluster, 'ebtables')) return ruleset;
  const forward = ['-p IPv4 -j ACCEPT', '-p IPv6 -j ACCEPT', '-o fwln+ -j PVEFW-FWBR-OUT'];
  ruleset.set(
    'PVEFW-FORWARD',
    forward.map((line) => `-A PVEFW-FORWARD ${line}`),
  );
  const out: string[] = [];
  ruleset.set('PVEFW-FWBR-OUT', out);
  for (const guest of guests) {
    if (!guest.conf.options.get('enable')) continue;
    for (const net of guest.nets.filter(({ firewall }) => firewall)) {
      addInterface(ruleset, guest, net);
      out.push(`-A PVEFW-FWBR-OUT -i ${net.device} -j ${net.device}-OUT`);
    }
  }
  return ruleset;
}

function addInterface(ruleset: Ruleset, { conf, kind }: GuardedGuest, net: GuestNet): void {
  const chain = `${net.device}-OUT`;
  const lines: string[] = [];
  // As ebtables prints it: without leading zeros.
  const mac = net.mac.replace(/0([0-9a-f])/gi, '$1').toLowerCase();
  if (!isOff(conf, 'macfilter')) lines.push(`-A ${chain} -s ! ${mac} -j DROP`);
  const addresses = (conf.ipsets.get(`ipfilter-${net.id}`) ?? []).flatMap(({ cidr }) => {
    const network = normalCidr(cidr);
    return network?.version === 4 ? [network.cidr] : [];
  });
  const own = kind === 'ct' && conf.options.get('ipfilter') ? net.ip?.replace(/\/\d+$/, '') : undefined;
  if (own !== undefined && own !== 'dhcp') addresses.push(own);
  const branch = (name: string, jump: string, matches: readonly string[]) => {
    lines.push(`-A ${chain} ${jump}-j ${name}`);
    const allowed = matches.map((match) => `-A ${name} ${match} -j RETURN`);
    ruleset.set(name, [...allowed, `-A ${name} -j DROP`]);
  };
  if (addresses.length > 0)
    branch(
      `${chain}-ARP`,
      '-p ARP ',
      addresses.map((address) => `-p ARP --arp-ip-src ${address}`),
    );
  const protocols = conf.options.get('layer2_protocols');
  if (protocols !== undefined)
    branch(
      `${chain}-PROTO`,
      '',
      String(protocols)
        .split(',')
        .map((one) => `-p ${one}`),
    );
  ruleset.set(chain, [...lines, `-A ${chain} -j ACCEPT`]);
}
