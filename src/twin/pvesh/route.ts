/** A path of Proxmox's interface and what can be done there. It finds routes; it runs none, and knows no state. */

import type { Call, Work } from '../call.ts';
import type { Spec } from '../formats.ts';
import type { Given } from '../options.ts';
import type { TwinState } from '../state.ts';

/** In the order in which `pvesh ls` shows them: read, write, create, delete. */
export const methods = ['get', 'set', 'create', 'delete'] as const;
export type Method = (typeof methods)[number];

export type Options = Readonly<Record<string, Spec>>;

/** By name, as a node with these packages has it. */
export type Packages = TwinState['packages'];

export interface Endpoint {
  /** Beside the parameters in the path; a function where they differ by version. */
  readonly options?: Options | ((packages: Packages) => Options);
  /** Highest index of options with `[n]`. */
  readonly highest?: Readonly<Record<string, number>>;
  /** `given` holds the parameters of the path, too. */
  readonly run: (call: Call, given: Given) => Work | undefined;
}

export interface Route extends Partial<Readonly<Record<Method, Endpoint>>> {
  /** `{name}` stands for one part of a path, `{name*}` at its end for all the rest. */
  readonly path: string;
}

/** What a parameter in a path has to look like. */
export const parameters: Readonly<Record<string, Spec>> = {
  iface: { format: 'pve-iface', minLength: 2, maxLength: 20 },
  groupid: { format: 'pve-groupid' },
  node: { format: 'pve-node' },
  poolid: { format: 'pve-poolid' },
  pos: { type: 'integer', min: 0 },
  realm: { format: 'pve-realm', maxLength: 32 },
  roleid: { format: 'pve-roleid' },
  snapname: { format: 'pve-configid', maxLength: 40 },
  storage: { format: 'pve-storage-id' },
  userid: { format: 'pve-userid' },
  vmid: { type: 'integer', format: 'pve-vmid' },
};

/** The options of an endpoint, if there is one, on a node with these packages. */
export function optionsOf(endpoint: Endpoint | undefined, packages: Packages): Options {
  const { options = {} } = endpoint ?? {};
  return typeof options === 'function' ? options(packages) : options;
}

export interface Found {
  readonly route: Route;
  /** Parameters of the path, by name. */
  readonly params: ReadonlyMap<string, string>;
}

/** The route of a path: fixed parts win over parameters. */
export function findRoute(routes: readonly Route[], path: string): Found | undefined {
  const parts = partsOf(path);
  const fitting = routes.flatMap((route) => {
    const params = matched(partsOf(route.path), parts);
    return params ? [{ route, params }] : [];
  });
  return fitting.sort((a, b) => a.params.size - b.params.size)[0];
}

export function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function matched(pattern: readonly string[], parts: readonly string[]): Map<string, string> | undefined {
  const params = new Map<string, string>();
  for (const [at, part] of pattern.entries()) {
    const name = /^\{(.+?)\*?\}$/.exec(part)?.[1];
    const rest = part.endsWith('*}');
    const value = rest ? parts.slice(at).join('/') : parts[at];
    if (value === undefined || value === '') return undefined;
    if (name !== undefined) params.set(name, value);
    else if (part !== value) return undefined;
    if (rest) return params;
  }
  return pattern.length === parts.length ? params : undefined;
}
