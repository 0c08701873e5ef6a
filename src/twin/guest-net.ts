/** The network of a running guest of the twin: its address, its route, and which of its ports answer. */

import { parseProperties } from '../proxmox/conf.ts';
import type { Call } from './call.ts';
import { networkOf } from './cloud-network.ts';
import type { Guest } from './guests.ts';
import type { GuestTree } from './state.ts';

/** A port of a layer with units of its own answers while they are active; any other one while the guest runs. */
export function listening({ ports, served = {}, units, unseen }: GuestTree, port: number): boolean {
  if (unseen && !ports.includes(port)) return true;
  return ports.includes(port) && (served[port] ?? []).every((unit) => units[unit]);
}

/** Port that a URL means; -1 when it is none. */
export function urlPort(url: string): number {
  try {
    const { port, protocol } = new URL(url);
    return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  } catch {
    return -1;
  }
}

/** Host that a URL means; empty when it is none. */
export function urlHost(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

/** net0 while its bridge exists and its link is up. */
function firstNet(call: Call, guest: Guest): Map<string, string> | undefined {
  const text = guest.conf.keys.get('net0');
  if (text === undefined) return undefined;
  const net = parseProperties(text);
  const bridge = net.get('bridge');
  const up = net.get('link_down') !== '1' && bridge !== undefined && call.state.bridges.includes(bridge);
  return up ? net : undefined;
}

/** What the interface is to have: a container's conf says it, in a VM what cloud-init wrote there. */
function wanted(call: Call, guest: Guest): { ip?: string; gateway?: string } {
  const net = firstNet(call, guest);
  if (!net) return {};
  if (guest.state.kind === 'vm') return networkOf(guest.state.tree);
  const [ip, gateway] = [net.get('ip'), net.get('gw')];
  return { ...(ip === undefined ? {} : { ip }), ...(gateway === undefined ? {} : { gateway }) };
}

/** Address with prefix length; with dhcp one that follows from the guest's id in the node's own network. */
export function guestAddress(call: Call, guest: Guest): string | undefined {
  const { ip } = wanted(call, guest);
  if (ip === undefined || ip === 'manual') return undefined;
  if (ip !== 'dhcp') return ip;
  const [host = '', prefix = '24'] = call.state.hardware.address.split('/');
  return `${host.split('.').slice(0, 3).join('.')}.${100 + (guest.id % 150)}/${prefix}`;
}

/** Gateway of its default route. */
export function guestRoute(call: Call, guest: Guest): string | undefined {
  const { ip, gateway } = wanted(call, guest);
  return ip === 'dhcp' ? call.state.hardware.gateway : gateway;
}
