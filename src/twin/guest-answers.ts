/** Answers of a running container to phx's questions (`guest-probe.ts`), from its state. It prints nothing. */

import { layersPath, parseLayers } from '../proxmox/guest-layer.ts';
import type { Call } from './call.ts';
import { exists, normalPath } from './files.ts';
import { guestAddress, guestRoute, listening, urlHost, urlPort } from './guest-net.ts';
import type { Guest } from './guests.ts';
import { neighbourListens, splitPlace } from './neighbours.ts';

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
      return tree.packages[name] ?? (tree.unseen ? '0' : '');
    case 'unit':
      return (tree.units[name.replace(/\.service$/, '')] ?? tree.unseen) ? 'active' : '';
    case 'port':
      return listening(tree, Number(name)) ? 'open' : '';
    case 'file':
      return tree.unseen || exists(tree.files, normalPath(name, '/')) ? 'yes' : '';
    case 'layer':
      return parseLayers(tree.files[layersPath]?.text ?? '').find((one) => one.name === name)?.digest ?? '';
    case 'http':
      return connects(call, guest, urlHost(name), urlPort(name)) ? '200' : '';
    case 'tcp': {
      const { host, port } = splitPlace(name);
      return connects(call, guest, host, port) ? 'open' : '';
    }
    default:
      return '';
  }
}

/** A connection from the guest: to itself always, to others while it has an address of its own. */
function connects(call: Call, guest: Guest, host: string, port: number): boolean {
  if (host === 'localhost' || host.startsWith('127.')) return listening(guest.state.tree, port);
  return guestAddress(call, guest) !== undefined && neighbourListens(call, host, port);
}
