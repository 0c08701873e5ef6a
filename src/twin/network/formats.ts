/** Formats of the network's parameters with the words of their refusals (net-refusals). They know no file. */

import { splitList } from '../../proxmox/conf.ts';
import { netmaskBits } from './file.ts';

type Check = (value: string) => string | undefined;

const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const cidr4 = new RegExp(`^(?:${octet}\\.){3}${octet}/(\\d+)$`);
const cidr6 = /^(?=[^/]*:)[0-9a-f:.]+\/(\d+)$/i;

/** Shorter prefixes than 8 are refused, too. */
function cidr(pattern: RegExp, longest: number, version: string): Check {
  return (value) => {
    const bits = Number(pattern.exec(value)?.[1] ?? 0);
    const good = bits > 7 && bits <= longest && value.split('::').length <= 2;
    return good ? undefined : `value does not look like a valid ${version} CIDR network`;
  };
}

const iface: Check = (value) =>
  /^[a-z][a-z0-9_]{1,20}([:.]\d+)?$/i.test(value) ? undefined : `invalid network interface name '${value}'`;

/** One VLAN, or the first and the last of several. */
const vlanRange: Check = (value) => {
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(value) ?? [];
  if (from === undefined) return `invalid VLAN configuration '${value}'`;
  const wrong = [from, to ?? from].find((tag) => Number(tag) < 2 || Number(tag) > 4094);
  if (wrong !== undefined) return `invalid VLAN tag '${wrong}'`;
  return to !== undefined && Number(to) <= Number(from)
    ? `VLAN range must go from lower to higher tag '${value}'`
    : undefined;
};

function each(check: Check): Check {
  return (value) => {
    for (const one of splitList(value)) {
      const wrong = check(one);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

export const networkFormats = {
  'pve-iface': iface,
  'pve-iface-list': each(iface),
  'pve-vlan-id-or-range-list': each(vlanRange),
  CIDRv4: cidr(cidr4, 32, 'IPv4'),
  CIDRv6: cidr(cidr6, 128, 'IPv6'),
  ipv4mask: (value) =>
    netmaskBits(value) === undefined ? 'value does not look like a valid IP netmask' : undefined,
} satisfies Record<string, Check>;
