/** Directories of Proxmox's interface: `pvesh ls`, and `pvesh get` of those that only list (pvesh-errors, pvesh-reads). */

import { sorted } from '../../proxmox/conf.ts';
import { type Call, refuse } from '../call.ts';
import { loadGuest } from '../guests.ts';
import type { Given } from '../options.ts';
import { columns, printRows } from '../tables.ts';
import { loadVm } from '../vms.ts';
import { indexes } from './indexes.ts';
import { findRoute, type Method, methods, partsOf, type Route } from './route.ts';
import { routes } from './routes.ts';

export interface Row {
  /** `Drwcd`: a directory, and each method that there is. */
  readonly abilities: string;
  readonly name: string;
}

/** The directories as routes, so that they are found and checked as all others. */
export const indexRoutes: readonly Route[] = Object.entries(indexes).map(([path, { key, entries }]) => ({
  path,
  get: {
    run: (call: Call, given: Given): undefined => {
      needGuest(call, path, given.values);
      const rows = entries.map(([name]) => ({ [key]: name }));
      printRows(call, given, columns(...(path.includes('{') || key === 'name' ? [] : [key])), rows);
    },
  },
}));

/** The configuration of the guest is read first. */
function needGuest(call: Call, path: string, params: ReadonlyMap<string, string>): void {
  const vmid = params.get('vmid');
  // Firewall files need no guest (B147).
  if (vmid === undefined || path.includes('/firewall')) return;
  (path.includes('/qemu/') ? loadVm : loadGuest)(call, vmid);
}

/** Refuses what is no directory, or is not there. */
export function listBelow(call: Call, path: string): Row[] {
  const found = findRoute([...indexRoutes, ...routes], path);
  const endpoint = found?.route.get;
  if (!found || !endpoint) return refuse(`no such resource '${path}'`, 1);
  needGuest(call, path, found.params);
  const known = Object.entries(indexes).find(([name]) => fits(partsOf(name), partsOf(path)))?.[1];
  if (known)
    return known.entries
      .map(([name, abilities]) => ({ name, abilities }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  const fixed = childrenOf(found.route.path).filter((name) => !name.startsWith('{'));
  if (fixed.length > 0)
    return fixed.map((name) => ({ name, abilities: abilitiesOf(`${found.route.path}/${name}`) }));
  const child = childrenOf(found.route.path)[0];
  if (child === undefined) return refuse(`resource '${path}' does not define child links`);
  const abilities = abilitiesOf(`${found.route.path}/${child}`);
  const key = child.replace(/[{}*]/g, '');
  return namesIn(call, found.params, endpoint, key).map((name) => ({ name, abilities }));
}

/** Names of what a list has, as its own answer says them. */
function namesIn(
  call: Call,
  params: ReadonlyMap<string, string>,
  endpoint: NonNullable<Route['get']>,
  key: string,
): string[] {
  let text = '';
  const asked: Call = Object.create(call, {
    out: {
      value: (more: string) => {
        text += more;
      },
    },
  });
  endpoint.run(asked, { values: new Map([...params, ['output-format', 'json']]), rest: [] });
  const rows: unknown = JSON.parse(text);
  if (!Array.isArray(rows)) return [];
  return sorted(
    rows.map((row: Readonly<Record<string, unknown>>) =>
      String(row[key === 'volume' ? 'volid' : key === 'snapname' ? 'name' : key]),
    ),
  );
}

/** What the routes have below a path. */
function childrenOf(path: string): string[] {
  const depth = partsOf(path).length;
  const below = routes.filter(
    (route) =>
      partsOf(route.path).length > depth &&
      partsOf(path).every((part, at) => part === partsOf(route.path)[at]),
  );
  return sorted(new Set(below.flatMap((route) => partsOf(route.path)[depth] ?? [])));
}

function abilitiesOf(path: string): string {
  const own = [...indexRoutes, ...routes].filter((route) => route.path === path);
  const letter = (method: Method, at: number) => (own.some((route) => route[method]) ? 'rwcd'[at] : '-');
  const children = childrenOf(path);
  const directory = own.some((route) => route.get) && children.some((name) => name.startsWith('{'));
  return `${directory || path in indexes || isIndex(path) ? 'D' : '-'}${methods.map(letter).join('')}`;
}

/** Firewalls are directories of fixed names. */
function isIndex(path: string): boolean {
  return path.endsWith('/firewall');
}

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  return (
    pattern.length === parts.length && pattern.every((part, at) => part.startsWith('{') || part === parts[at])
  );
}
