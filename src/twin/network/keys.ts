/** The parameters of a network interface, from the schema of 8.4. Data only. */

import type { Spec } from '../formats.ts';

const types = 'bridge, bond, eth, alias, vlan, OVSBridge, OVSBond, OVSPort, OVSIntPort, vnet'.split(', ');
const flag: Spec = { type: 'boolean' };
const ports: Spec = { format: 'pve-iface-list' };
const iface: Spec = { format: 'pve-iface' };
const vlan: Spec = { type: 'integer', min: 1, max: 4094 };

/** What a list of interfaces can be narrowed to. */
export const typeFilter: Spec = { values: [...types, 'any_bridge', 'any_local_bridge'] };

export const interfaceName: Spec = { ...iface, minLength: 2, maxLength: 20, required: true };

export const interfaceKeys: Readonly<Record<string, Spec>> = {
  type: { values: [...types, 'unknown'], required: true },
  comments: {},
  comments6: {},
  autostart: flag,
  bridge_vlan_aware: flag,
  bridge_vids: { format: 'pve-vlan-id-or-range-list' },
  bridge_ports: ports,
  ovs_ports: ports,
  ovs_tag: vlan,
  ovs_options: { maxLength: 1024 },
  ovs_bridge: iface,
  slaves: ports,
  ovs_bonds: ports,
  bond_mode: {
    values:
      'balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb balance-slb lacp-balance-slb lacp-balance-tcp'.split(
        ' ',
      ),
  },
  'bond-primary': iface,
  bond_xmit_hash_policy: { values: ['layer2', 'layer2+3', 'layer3+4'] },
  'vlan-raw-device': iface,
  'vlan-id': vlan,
  gateway: { format: 'ipv4' },
  netmask: { format: 'ipv4mask', requires: 'address' },
  address: { format: 'ipv4', requires: 'netmask' },
  cidr: { format: 'CIDRv4' },
  mtu: { type: 'integer', min: 1280, max: 65_520 },
  gateway6: { format: 'ipv6' },
  netmask6: { type: 'integer', min: 0, max: 128, requires: 'address6' },
  address6: { format: 'ipv6', requires: 'netmask6' },
  cidr6: { format: 'CIDRv6' },
};
