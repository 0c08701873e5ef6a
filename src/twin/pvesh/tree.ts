/** `pvesh ls`: what lies below a path, and what can be done there (pvesh-errors, pvesh-reads). */

import type { Call } from '../call.ts';
import { loadGuest } from '../guests.ts';
import { loadVm } from '../vms.ts';
import { findRoute, type Method, methods, partsOf } from './route.ts';
import { routes } from './routes.ts';

export interface Row {
  /** `Drwcd`: a directory, and each method that there is. */
  readonly abilities: string;
  readonly name: string;
}

/**
 * Directories of Proxmox VE 8.4 as they are, also where the twin has no route: abilities by name. The others are listed by
 * the routes that there are.
 */
const whole: Readonly<Record<string, string>> = {
  '/access':
    'acl -rw-- domains Dr-c- groups Dr-c- openid Dr--- password --w-- roles Dr-c- tfa Dr--- ticket -r-c- users Dr-c-',
  '/nodes/{node}/lxc/{vmid}':
    'clone ---c- config -rw-- firewall Dr--- interfaces -r--- migrate ---c- pending -r--- resize --w-- rrd -r--- rrddata -r--- snapshot Dr-c- spiceproxy ---c- status Dr--- termproxy ---c- vncproxy ---c- vncwebsocket -r---',
};

/** Undefined where there is no such path. */
export function listBelow(call: Call, path: string): Row[] | undefined {
  const params = findRoute(routes, path)?.params;
  const vmid = params?.get('vmid');
  // Firewall files need no guest (B147).
  const guest = vmid !== undefined && !path.includes('/firewall');
  if (guest) (path.includes('/qemu/') ? loadVm : loadGuest)(call, vmid);
  const known = Object.keys(whole).find((name) => fits(partsOf(name), partsOf(path)));
  if (known !== undefined) {
    const words = (whole[known] ?? '').split(' ');
    return words.flatMap((name, at) => (at % 2 === 0 ? [{ name, abilities: words[at + 1] ?? '' }] : []));
  }
  const below = routes.filter((route) =>
    fits(partsOf(route.path).slice(0, partsOf(path).length), partsOf(path)),
  );
  return below.length > 0
    ? rowsOf(
        below.map((route) => route.path),
        partsOf(path).length,
      )
    : undefined;
}

function rowsOf(paths: readonly string[], depth: number): Row[] {
  const names = new Set(
    paths.flatMap((path) => partsOf(path)[depth] ?? []).filter((name) => !name.startsWith('{')),
  );
  return [...names].sort().map((name) => {
    const own = routes.filter((route) => partsOf(route.path)[depth] === name && paths.includes(route.path));
    const here = own.find((route) => partsOf(route.path).length === depth + 1);
    const letter = (method: Method, at: number) => (here?.[method] ? 'rwcd'[at] : '-');
    const deeper = own.some((route) => partsOf(route.path).length > depth + 1);
    return { name, abilities: `${deeper ? 'D' : '-'}${methods.map(letter).join('')}` };
  });
}

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  return (
    pattern.length === parts.length && pattern.every((part, at) => part.startsWith('{') || part === parts[at])
  );
}
