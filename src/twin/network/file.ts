/**
 * /etc/network/interfaces as Proxmox holds it: a record of keys an interface, and the lines that it only keeps (B136). It
 * knows no file and no state. The keys bear Proxmox's own names, as its answers show them.
 */

export type Value = string | number | readonly (string | null)[];

/** One interface: what its stanzas say, its type, its place in the file, whether it is there and up. */
export type Interface = Record<string, Value | undefined>;

export interface Interfaces {
  ifaces: Map<string, Interface>;
  /** Lines that belong to no interface, by their place in the file. */
  rest: { priority: number; line: string }[];
}

/** What the machine itself has. */
export interface Devices {
  readonly physical: readonly string[];
  readonly active: readonly string[];
}

/** What Perl takes for true. */
export function isTrue(value: Value | undefined): boolean {
  return value !== undefined && value !== '' && value !== 0 && value !== '0';
}

/** A key's text; empty where there is none. */
export function textOf(iface: Interface | undefined, key: string): string {
  const value = iface?.[key];
  return value === undefined || typeof value === 'object' ? '' : String(value);
}

export function listOf(iface: Interface, key: string): readonly (string | null)[] {
  const value = iface[key];
  return typeof value === 'object' ? value : [];
}

/** Names in a list, whatever stands between them. */
export function namesOf(text: string): string[] {
  return text.split(/[;,\s]+/).filter((name) => name !== '');
}

/** Bits of a netmask such as 255.255.255.0, or undefined where it is none. */
export function netmaskBits(mask: string): number | undefined {
  const parts = mask.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255))
    return undefined;
  const bits = parts.map((part) => Number(part).toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.replace(/0+$/, '').length : undefined;
}

const physicalName = /^(eth\d+|en[^:.]+|ib[^:.]+|(nic|if)\d+)$/;

/** What kind of interface its name and its keys make it; `vlan` also says whose it is. */
export function settleType(name: string, iface: Interface, ifaces: Map<string, Interface>, devices: Devices) {
  const ovs = textOf(iface, 'ovs_type');
  iface.type = 'unknown';
  if (iface.bridge_ports !== undefined) settleBridge(iface);
  else if (ovs === 'OVSBridge') iface.type = ovs;
  else if (/^bond\d+$/.test(name)) iface.type = ovs === '' ? 'bond' : ovs === 'OVSBond' ? ovs : 'unknown';
  else if (/:\d+$/.test(name)) {
    iface.type = 'alias';
    existsAs(iface, name.replace(/:\d+$/, ''), ifaces);
  } else if (/\.\d+$/.test(name) || isTrue(iface['vlan-raw-device'])) settleVlan(name, iface, ifaces);
  else if (devices.physical.includes(name) || physicalName.test(name))
    iface.type = ovs === '' ? 'eth' : ovs === 'OVSPort' ? ovs : 'unknown';
  else if (name === 'lo') iface.type = 'loopback';
  else if (isTrue(iface['vxlan-id'])) iface.type = 'vxlan';
  else if (ovs === 'OVSIntPort') iface.type = ovs;
  else if (iface['link-type'] === 'dummy') iface.type = 'dummy';
}

function settleBridge(iface: Interface): void {
  iface.type = 'bridge';
  iface.bridge_stp ??= 'off';
  if (iface.bridge_stp === 'off') iface.bridge_fd ??= 0;
}

function settleVlan(name: string, iface: Interface, ifaces: Map<string, Interface>): void {
  iface.type = 'vlan';
  const dotted = /^(.+)\.(\d+)$/.exec(name);
  if (dotted && !isTrue(iface['vlan-raw-device'])) iface['vlan-raw-device'] = dotted[1];
  const id = dotted?.[2] ?? /^vlan(\d+)$/.exec(name)?.[1];
  if (isTrue(id)) iface['vlan-id'] = id;
  existsAs(iface, textOf(iface, 'vlan-raw-device'), ifaces);
}

/** It is there as far as the one that it rests on is; one that is nowhere becomes known by that. */
function existsAs(iface: Interface, base: string, ifaces: Map<string, Interface>): void {
  const under = ifaces.get(base);
  if (!under) ifaces.set(base, { exists: 0 });
  iface.exists = under ? under.exists : 0;
}
