/** Answers of a running container to phx's questions (`guest-probe.ts`), from its state. It prints nothing. */

import { parseProperties } from '../proxmox/conf.ts';
import { layersPath, parseLayers } from '../proxmox/guest-layer.ts';
import type { Call } from './call.ts';
import { exists, normalPath } from './files.ts';
import type { Guest } from './guests.ts';

/** The answer to one question; empty means no. */
export function answer(call: Call, guest: Guest, question: string): string {
  const { tree, running } = guest.state;
  const colon = question.indexOf(':');
  const kind = colon < 0 ? question : question.slice(0, colon);
  const name = colon < 0 ? '' : question.slice(colon + 1);
  switch (kind) {
    case 'address':
      return guestAddress(call, guest) ?? '';
    case 'route':
      return guestRoute(call, guest) ?? '';
    case 'dns':
      return guestRoute(call, guest) === undefined ? '' : 'yes';
    case 'boot':
      return String(Math.floor((running?.since ?? 0) / 1000));
    case 'package':
      return tree.packages[name] ?? '';
    case 'unit':
      return tree.units[name.replace(/\.service$/, '')] ? 'active' : '';
    case 'port':
      return tree.ports.includes(Number(name)) ? 'open' : '';
    case 'file':
      return exists(tree.files, normalPath(name, '/')) ? 'yes' : '';
    case 'layer':
      return parseLayers(tree.files[layersPath]?.text ?? '').find((one) => one.name === name)?.digest ?? '';
    case 'http':
      return tree.ports.includes(urlPort(name)) ? '200' : '';
    default:
      return '';
  }
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

/** net0 while its bridge exists and its link is up. */
function firstNet(call: Call, guest: Guest): Map<string, string> | undefined {
  const text = guest.conf.keys.get('net0');
  if (text === undefined) return undefined;
  const net = parseProperties(text);
  const bridge = net.get('bridge');
  const up = net.get('link_down') !== '1' && bridge !== undefined && call.state.bridges.includes(bridge);
  return up ? net : undefined;
}

/** Address with prefix length; with dhcp one that follows from the guest's id in the node's own network. */
export function guestAddress(call: Call, guest: Guest): string | undefined {
  const ip = firstNet(call, guest)?.get('ip');
  if (ip === undefined || ip === 'manual') return undefined;
  if (ip !== 'dhcp') return ip;
  const [host = '', prefix = '24'] = call.state.hardware.address.split('/');
  return `${host.split('.').slice(0, 3).join('.')}.${100 + (guest.id % 150)}/${prefix}`;
}

function guestRoute(call: Call, guest: Guest): string | undefined {
  const net = firstNet(call, guest);
  return net?.get('ip') === 'dhcp' ? call.state.hardware.gateway : net?.get('gw');
}
