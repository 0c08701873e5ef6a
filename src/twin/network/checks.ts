/**
 * What Proxmox looks at before it writes /etc/network/interfaces, with the words of its refusals (B138; what no recording
 * shows is from the documentation). It fills in what follows: slaves of a bond start with it. It knows no file.
 */

import { refuse } from '../call.ts';
import { type Interface, type Interfaces, isTrue, namesOf, textOf } from './file.ts';

type Ifaces = Interfaces['ifaces'];

/** Errors of the interface file: Perl's own number stands for their exit code. */
function say(text: string): never {
  return refuse(text, 25);
}

export function checkInterfaces(ifaces: Ifaces): void {
  checkPorts(ifaces);
  each(ifaces, 'bond', (name, iface) => checkBond(ifaces, name, iface));
  checkVxlan(ifaces);
  each(ifaces, 'vlan', (name, iface) => checkVlan(ifaces, name, iface));
  checkUplinks(ifaces);
  checkBridges(ifaces);
}

function each(ifaces: Ifaces, type: string, check: (name: string, iface: Interface) => void): void {
  for (const [name, iface] of byName(ifaces)) if (iface.type === type) check(name, iface);
}

function byName(ifaces: Ifaces): [string, Interface][] {
  return [...ifaces].sort(([a], [b]) => (a < b ? -1 : 1));
}

export const portKeys = ['bridge_ports', 'ovs_ports', 'slaves', 'ovs_bonds'] as const;

function checkPorts(ifaces: Ifaces): void {
  const used = new Map<string, string>();
  for (const [name, iface] of byName(ifaces))
    for (const port of portKeys.flatMap((key) => namesOf(textOf(iface, key)))) {
      const other = used.get(port);
      if (other !== undefined && other !== name)
        say(`port '${port}' is already used on interface '${other}'`);
      used.set(port, name);
    }
}

function checkBond(ifaces: Ifaces, name: string, bond: Interface): void {
  const primary = textOf(bond, 'bond-primary');
  const slaves = textOf(bond, 'slaves').split(/\s+/).filter(Boolean);
  if (slaves.length === 0) return;
  for (const slave of slaves) {
    const iface = ifaces.get(slave);
    const type = textOf(iface, 'type');
    if (!iface || (type !== 'eth' && type !== 'bond'))
      say(`bond '${name}' - wrong interface type on slave '${slave}' ('${type}' != 'eth or bond')`);
    iface.autostart = 1;
    checkMtu(ifaces, name, slave);
  }
  if (primary !== '' && !slaves.includes(primary))
    say(
      `bond '${name}' - bond-primary interface is not a slave at /usr/share/perl5/PVE/INotify.pm line 1640.`,
    );
}

/** What lies below may not carry less. */
function checkMtu(ifaces: ReadonlyMap<string, Interface>, parent: string, child: string): void {
  const own = Number(textOf(ifaces.get(child), 'mtu'));
  if (!own) return;
  const under = ifaces.get(parent);
  const whole = Number(textOf(under, 'mtu')) || (under?.type === 'bond' ? own : 1500);
  if (whole < own) say(`interface '${parent}' - mtu ${whole} is lower than '${child}' - mtu ${own}`);
}

function checkVxlan(ifaces: Ifaces): void {
  const used = new Map<string, string>();
  each(ifaces, 'vxlan', (name, iface) => {
    const id = textOf(iface, 'vxlan-id');
    const other = used.get(id);
    if (other !== undefined) say(`iface ${name} - duplicate vxlan-id ${id} already used in ${other}`);
    used.set(id, name);
  });
}

function checkVlan(ifaces: Ifaces, name: string, vlan: Interface): void {
  const dotted = /^(\S+)\.(\d+)$/.exec(name);
  const numbered = /^vlan(\d+)$/.exec(name);
  const missing = (option: string) =>
    say(`missing ${option} option at /usr/share/perl5/PVE/INotify.pm line 1683.`);
  if (!dotted && !isTrue(vlan['vlan-raw-device'])) missing('vlan-raw-device');
  if (!dotted && !numbered && !isTrue(vlan['vlan-id'])) missing('vlan-id');
  const parent = dotted?.[1] ?? textOf(vlan, 'vlan-raw-device');
  const id = dotted?.[2] ?? numbered?.[1] ?? textOf(vlan, 'vlan-id');
  // What its name says is not said again.
  if (dotted) delete vlan['vlan-raw-device'];
  if (dotted || numbered) delete vlan['vlan-id'];
  if (Number(id) > 4094) say(`vlan '${name}' - vlan-id ${id} should be <= 4094`);
  const under = ifaces.get(parent);
  if (!under) say(`vlan '${name}' - unable to find parent '${parent}'`);
  const type = textOf(under, 'type');
  if (!['eth', 'bridge', 'bond', 'vlan'].includes(type))
    say(`vlan '${name}' - wrong interface type on parent '${parent}' ('${type}' != 'eth|bond|bridge|vlan' )`);
  checkMtu(ifaces, parent, name);
}

function checkUplinks(ifaces: Ifaces): void {
  const used = new Map<string, string>();
  for (const [name, iface] of byName(ifaces)) {
    const id = textOf(iface, 'uplink-id');
    if (!isTrue(id)) continue;
    if (iface.type !== 'eth' && iface.type !== 'bond')
      say(`iface '${name}' - uplink-id ${id} is only allowed on physical and linux bond interfaces`);
    const other = used.get(id);
    if (other !== undefined) say(`iface '${name}' - uplink-id ${id} is already assigned on '${other}'`);
    used.set(id, name);
  }
}

const portOptions = ['learning', 'arp-nd-suppress', 'unicast-flood', 'multicast-flood', 'access'];

function checkBridges(ifaces: Ifaces): void {
  // A VLAN of a port needs no stanza of its own.
  const known = new Map(ifaces);
  const bridgeOf = new Map<string, Interface>();
  each(ifaces, 'bridge', (name, bridge) => {
    for (const port of textOf(bridge, 'bridge_ports').split(/\s+/).filter(Boolean)) {
      const base = /^(\S+)\.\d+$/.exec(port)?.[1];
      if (base !== undefined && !known.has(port))
        known.set(port, { type: 'vlan', method: 'manual', method6: 'manual', mtu: known.get(base)?.mtu });
      const iface = known.get(port);
      if (!iface) say(`bridge '${name}' - unable to find bridge port '${port}'`);
      const fixed = (suffix: string, none: string) =>
        iface[`method${suffix}`] === 'static' && textOf(iface, `address${suffix}`) !== none;
      if (fixed('', '0.0.0.0') || fixed('6', '::'))
        say(`iface ${port} - ip address can't be set on interface if bridged in ${name}`);
      checkMtu(known, port, name);
      bridgeOf.set(port, bridge);
    }
  });
  for (const [name, iface] of byName(ifaces)) {
    const only = portOptions.map((key) => `bridge-${key}`).find((key) => isTrue(iface[key]));
    const bridge = bridgeOf.get(name);
    if (only !== undefined && !bridge)
      say(
        `iface ${name} - ${only}: bridge port specific options can be used only on interfaces attached to a bridge`,
      );
    if (isTrue(iface['bridge-access']) && !isTrue(bridge?.bridge_vlan_aware))
      say(`iface ${name} - bridge-access option can be only used if interface is in a vlan aware bridge`);
  }
}
