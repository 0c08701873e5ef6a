/** What a create or a set makes of an interface: families, methods, addresses; and its own refusals (B137, B138). */

import { splitList } from '../../proxmox/conf.ts';
import { parseIp } from '../../proxmox/ip.ts';
import { portKeys } from './checks.ts';
import { type Interface, type Interfaces, isTrue, namesOf, textOf, type Value } from './file.ts';

/** Refuses a parameter. */
export type Wrong = (name: string, why: string) => never;

const numbers = ['autostart', 'bridge_vlan_aware'];

/** The interface that the parameters describe. */
export function described(
  values: ReadonlyMap<string, string>,
  name: string,
  ifaces: Interfaces['ifaces'],
  wrong: Wrong,
): Interface {
  const given: Interface = {};
  for (const [key, value] of values) given[key] = numbers.includes(key) ? Number(value) : value;
  checkGateway(ifaces, name, given, 'gateway', 'Default gateway', wrong);
  checkGateway(ifaces, name, given, 'gateway6', 'Default ipv6 gateway', wrong);
  checkPorts(ifaces, name, given, wrong);
  for (const suffix of ['', '6']) splitCidr(given, suffix, wrong);
  checkIpv6(given, wrong);
  given.families = families(given);
  given.method = isTrue(given.address) ? 'static' : 'manual';
  given.method6 = isTrue(given.address6) ? 'static' : 'manual';
  const vids = textOf(given, 'bridge_vids');
  if (vids !== '') given.bridge_vids = splitList(vids).join(' ');
  if (vids !== '' && given.bridge_vids === '') wrong('bridge_vids', 'VLAN list items are empty');
  return given;
}

function families(given: Interface): Value {
  const found = [...(isTrue(given.address) ? ['inet'] : []), ...(isTrue(given.address6) ? ['inet6'] : [])];
  return found.length > 0 ? found : ['inet'];
}

/** There is one default gateway. */
function checkGateway(
  ifaces: Interfaces['ifaces'],
  name: string,
  given: Interface,
  key: string,
  what: string,
  wrong: Wrong,
): void {
  if (!isTrue(given[key])) return;
  for (const [other, iface] of ifaces)
    if (other !== name && isTrue(iface[key])) wrong(key, `${what} already exists on interface '${other}'.`);
}

function checkPorts(ifaces: Interfaces['ifaces'], name: string, given: Interface, wrong: Wrong): void {
  const portsOf = (iface: Interface) => portKeys.flatMap((key) => namesOf(textOf(iface, key)));
  const key = portKeys.find((one) => isTrue(given[one]));
  const own = portsOf(given);
  for (const [other, iface] of key === undefined ? [] : ifaces)
    for (const port of other === name ? [] : portsOf(iface))
      if (own.includes(port)) wrong(key ?? '', `${port} is already used on interface '${other}'.`);
}

function splitCidr(given: Interface, suffix: string, wrong: Wrong): void {
  const cidr = textOf(given, `cidr${suffix}`);
  if (cidr === '') return;
  for (const key of ['address', 'netmask'])
    if (isTrue(given[key + suffix])) wrong(key + suffix, `${key + suffix} conflicts with cidr${suffix}`);
  [given[`address${suffix}`], given[`netmask${suffix}`]] = cidr.split('/');
  delete given[`cidr${suffix}`];
}

/** Kinds of addresses that no host has, by their first bits; what is not listed is reserved. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/^0{128}$/, 'UNSPECIFIED'],
  [/^0{127}1$/, 'LOOPBACK'],
  [/^00100000000000010000110110111000/, 'DOCUMENTATION'],
  [/^001|^1111110|^1111111010/, ''],
  [/^1{8}/, 'MULTICAST'],
];

/** The words of Net::IP. */
function checkIpv6(given: Interface, wrong: Wrong): void {
  const address = textOf(given, 'address6');
  if (address === '') return;
  const ip = parseIp(address);
  if (!ip) wrong('address', `${address} is not a valid host IPv6 address.`);
  const bits = (ip?.value ?? 0n).toString(2).padStart(128, '0');
  const kind = kinds.find(([pattern]) => pattern.test(bits));
  const type = kind ? kind[1] : 'RESERVED';
  if (type !== '') wrong('address', `${address} with type '${type}', cannot be used as host IPv6 address.`);
}

/** Takes the keys that are to go; an address goes in both of its forms. */
export function withoutKeys(iface: Interface, keys: string): void {
  for (const key of splitList(keys)) {
    delete iface[key];
    const suffix = key === 'cidr6' ? '6' : '';
    if (!/^cidr6?$/.test(key)) continue;
    delete iface[`netmask${suffix}`];
    delete iface[`address${suffix}`];
  }
}
