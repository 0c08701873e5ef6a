/** Sets of addresses as the kernel gets them: those of the cluster, and those of guests with their own addresses. */

import { sorted } from '../../proxmox/conf.ts';
import { isIpv4, isIpv6 } from '../formats.ts';
import { type FirewallConf, findAlias, type IpsetEntry } from './conf.ts';
import { aliasPattern } from './formats.ts';
import type { GuardedGuest, GuestNet } from './guest-nets.ts';
import { compressSix, normalCidr } from './net-ip.ts';
import { type Ruleset, setName } from './ruleset.ts';

export function makeSets(
  cluster: FirewallConf,
  guests: readonly GuardedGuest[],
  warn: (text: string) => void,
): Ruleset {
  const sets: Ruleset = new Map();
  for (const { id, conf, nets, kind } of guests) {
    const guarded = nets.filter(({ firewall }) => firewall);
    const asked = conf.options.get('ipfilter') ? guarded.map((net) => `ipfilter-${net.id}`) : [];
    for (const name of new Set([...conf.ipsets.keys(), ...asked])) {
      const net = guarded.find((one) => name === `ipfilter-${one.id}`);
      const entries = [...(conf.ipsets.get(name) ?? []), ...(net ? ownAddresses(net, kind) : [])];
      addSet(sets, id, name, entries, { own: conf, cluster, warn });
    }
  }
  for (const [name, entries] of cluster.ipsets)
    addSet(sets, '0', name, entries, { own: undefined, cluster, warn });
  return sets;
}

/** What a guest may always send from: its link-local address, and a container the addresses of its conf. */
function ownAddresses({ mac, ip = '', ip6 = '' }: GuestNet, kind: 'vm' | 'ct'): IpsetEntry[] {
  const [four, six] = [ip.replace(/\/\d+$/, ''), ip6.replace(/\/\d+$/, '')];
  return [
    { cidr: linkLocal(mac) },
    { cidr: 'fe80::/10', nomatch: 1 },
    ...(kind === 'ct' && isIpv4(four) ? [{ cidr: four }] : []),
    ...(kind === 'ct' && isIpv6(six) ? [{ cidr: six }] : []),
  ];
}

/** The address that an interface gives itself (RFC 4291): one bit of its MAC address turned, FF:FE in the middle. */
export function linkLocal(mac: string): string {
  const [first = '0', second, third, fourth, fifth, sixth] = mac.split(':');
  const turned = (Number.parseInt(first, 16) ^ 2).toString(16).padStart(2, '0');
  return `fe80::${turned}${second}:${third}FF:FE${fourth}:${fifth}${sixth}`;
}

interface Around {
  readonly own: FirewallConf | undefined;
  readonly cluster: FirewallConf;
  readonly warn: (text: string) => void;
}

function addSet(
  sets: Ruleset,
  vmid: string,
  name: string,
  entries: readonly IpsetEntry[],
  { own, cluster, warn }: Around,
): void {
  const found: Record<4 | 6, Map<string, boolean>> = { 4: new Map(), 6: new Map() };
  for (const { cidr, nomatch, errors } of entries) {
    if (errors) continue;
    const [, scope = '', alias] = aliasPattern.exec(cidr) ?? [];
    const known = alias === undefined ? undefined : findAlias({ own, cluster }, scope, alias);
    const network = normalCidr(known?.cidr ?? cidr);
    if (!network) {
      warn(
        alias === undefined
          ? 'value does not look like a valid IP address or CIDR network'
          : `no such alias '${alias}'`,
      );
      continue;
    }
    const [address = '', prefix] = network.cidr.split('/');
    const text = network.version === 4 ? address : compressSix(address).toLowerCase();
    found[network.version].set(prefix === undefined ? text : `${text}/${prefix}`, nomatch === 1);
  }
  // At least 64, then the next power of two.
  const size = Math.max(64, 2 ** Math.ceil(Math.log2(Math.max(1, entries.length))));
  for (const version of [4, 6] as const) {
    const set = setName(vmid, name, version);
    const family = version === 4 ? 'inet' : 'inet6';
    const adds = sorted(found[version].keys()).map(
      (cidr) => `add ${set} ${cidr}${found[version].get(cidr) ? ' nomatch' : ''}`,
    );
    const head = `create ${set} hash:net family ${family} hashsize ${size} maxelem ${size} bucketsize 12`;
    sets.set(set, [head, ...adds]);
  }
}
