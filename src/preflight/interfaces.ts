/** The network interfaces of guests, as the configuration wants them and as a conf has them: what two may not share. Pure. */

import type { Guest } from '../config/fleet.ts';
import { parseProperties } from '../proxmox/conf.ts';
import type { GuestFacts } from '../proxmox/facts.ts';
import { confOf } from '../proxmox/guest-conf.ts';

export interface Interface {
  /** `net0`. */
  readonly key: string;
  readonly bridge: string | undefined;
  /** Bridge and VLAN: only what meets there can clash. */
  readonly segment: string;
  /** Static addresses without their prefix lengths. */
  readonly addresses: readonly string[];
  /** In upper case. */
  readonly mac: string | undefined;
}

export function wantedInterfaces(guest: Guest): Interface[] {
  if (guest.kind === 'ct') {
    return Object.entries(guest.nets).map(([key, net]) =>
      shaped(key, net.bridge, net.tag, [net.ip, net.ip6], net.hwaddr),
    );
  }
  return Object.entries(guest.nets).map(([key, net]) => {
    const address = guest.ipconfig[key.replace('net', 'ipconfig')];
    return shaped(key, net.bridge, net.tag, [address?.ip, address?.ip6], net.macaddr);
  });
}

export function presentInterfaces(guest: GuestFacts): Interface[] {
  const { keys } = confOf(guest);
  return [...keys].flatMap(([key, value]) => {
    if (!/^net\d+$/.test(key)) return [];
    const vm = guest.kind === 'vm';
    const net = parseProperties(value);
    const address = vm ? parseProperties(keys.get(key.replace('net', 'ipconfig')) ?? '') : net;
    const mac = vm ? (net.get('macaddr') ?? ofModel(net)) : net.get('hwaddr');
    return [shaped(key, net.get('bridge'), net.get('tag'), [address.get('ip'), address.get('ip6')], mac)];
  });
}

/** A VM's conf names the model, and gives it the MAC address: `virtio=BC:24:11:00:00:51`. */
function ofModel(net: ReadonlyMap<string, string>): string | undefined {
  return [...net.values()].find((value) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(value));
}

function shaped(
  key: string,
  bridge: string | undefined,
  tag: string | number | undefined,
  addresses: readonly (string | undefined)[],
  mac: string | undefined,
): Interface {
  return {
    ...{ key, bridge, segment: `${bridge ?? ''} ${tag ?? ''}` },
    addresses: addresses.flatMap((one) =>
      one?.includes('/') ? [one.replace(/\/.*$/, '').toLowerCase()] : [],
    ),
    mac: mac?.toUpperCase(),
  };
}
