/** What can be read of the twin's ZFS: effective properties, free space. It knows no command line. */

import { sweptPoolProperties, sweptZfsProperties } from '../proxmox/sweep-host.ts';
import type { TwinState } from './state.ts';
import { mountpointOf } from './storage/mountpoints.ts';
import { type Rooms, roomsOf } from './storage/rooms.ts';

/** Defaults as `zfs get -p` prints them. */
export const zfsDefaults: Readonly<Record<string, string>> = {
  recordsize: '131072',
  compression: 'on',
  sync: 'standard',
  quota: '0',
  reservation: '0',
  refquota: '0',
  refreservation: '0',
  atime: 'on',
  relatime: 'on',
  xattr: 'on',
  acltype: 'off',
  canmount: 'on',
  checksum: 'on',
  copies: '1',
  dedup: 'off',
  devices: 'on',
  dnodesize: 'legacy',
  exec: 'on',
  logbias: 'latency',
  primarycache: 'all',
  secondarycache: 'all',
  readonly: 'off',
  redundant_metadata: 'all',
  setuid: 'on',
  snapdir: 'hidden',
  special_small_blocks: '0',
  sharenfs: 'off',
  aclinherit: 'restricted',
  aclmode: 'discard',
  casesensitivity: 'sensitive',
  utf8only: 'off',
  normalization: 'none',
  encryption: 'off',
  keyformat: 'none',
  keylocation: 'none',
  sharesmb: 'off',
};

/** Properties that a child does not take from its parent. */
const own = new Set(['quota', 'reservation', 'refquota', 'refreservation', 'canmount']);

/** A property's value as `zfs get -p` prints it, and where it comes from. */
export function property(
  state: TwinState,
  dataset: string,
  name: string,
  rooms: () => Rooms = () => roomsOf(state),
): { value: string; source: string } | undefined {
  const set = state.datasets[dataset]?.props[name];
  if (set !== undefined) return { value: set, source: 'local' };
  if (name === 'mountpoint')
    return { value: mountpointOf(state, dataset), source: inheritedFrom(state, dataset, name) ?? 'default' };
  const figure = roomOf(dataset, name, rooms) ?? figures[name];
  if (figure !== undefined) return { value: figure, source: '-' };
  const from = own.has(name) ? undefined : inheritedFrom(state, dataset, name);
  if (from)
    return { value: state.datasets[from.replace('inherited from ', '')]?.props[name] ?? '', source: from };
  const value = zfsDefaults[name];
  return value === undefined ? undefined : { value, source: 'default' };
}

function inheritedFrom(state: TwinState, dataset: string, name: string): string | undefined {
  const slash = dataset.lastIndexOf('/');
  if (slash < 0) return undefined;
  const parent = dataset.slice(0, slash);
  if (state.datasets[parent]?.props[name] !== undefined) return `inherited from ${parent}`;
  return inheritedFrom(state, parent, name);
}

function roomOf(dataset: string, name: string, rooms: () => Rooms): string | undefined {
  if (name === 'available') return String(Math.floor(rooms().available(dataset)));
  if (name === 'used') return String(rooms().used(dataset));
  return name === 'referenced' ? String(rooms().referenced(dataset)) : undefined;
}

const figures: Readonly<Record<string, string>> = {
  type: 'filesystem',
  mounted: 'yes',
  compressratio: '1.00',
};

/** The rooms of the node, looked at once when they are first asked for. */
export function roomsOnce(state: TwinState): () => Rooms {
  let rooms: Rooms | undefined;
  return () => {
    rooms ??= roomsOf(state);
    return rooms;
  };
}

/** Lines of `zfs get -H -p -t filesystem` for the sweep, each with its `|`. */
export function sweptDatasets(state: TwinState, rooms: () => Rooms): string[] {
  const lines: string[] = [];
  for (const dataset of Object.keys(state.datasets).sort())
    for (const name of sweptZfsProperties) {
      const found = property(state, dataset, name, rooms);
      lines.push(`|${dataset}\t${name}\t${found?.value ?? '-'}\t${found?.source ?? '-'}`);
    }
  return lines;
}

/** Properties of a pool that nobody set, as `zpool get -p` prints them. */
const poolDefaults: Readonly<Record<string, string>> = {
  ashift: '0',
  autoexpand: 'off',
  autoreplace: 'off',
  autotrim: 'off',
  cachefile: '-',
  comment: '-',
  delegation: 'on',
  failmode: 'wait',
  health: 'ONLINE',
  listsnapshots: 'off',
  readonly: 'off',
};

/** Percent, whole. */
export function fullness(size: number, free: number): number {
  return size === 0 ? 0 : Math.floor(((size - free) / size) * 100);
}

/** A pool's property with its source; undefined when there is none of this name. */
export function poolProperty(
  state: TwinState,
  pool: string,
  name: string,
): { value: string; source: string } | undefined {
  const set = state.pools[pool]?.options[name];
  if (set !== undefined) return { value: set, source: 'local' };
  const size = state.pools[pool]?.size ?? 0;
  if (['size', 'free', 'allocated', 'capacity'].includes(name)) {
    const free = roomsOf(state).free(pool);
    const figure = { size, free, allocated: size - free, capacity: fullness(size, free) }[name];
    return { value: String(figure), source: '-' };
  }
  const value = poolDefaults[name];
  return value === undefined ? undefined : { value, source: name === 'health' ? '-' : 'default' };
}

/** Lines of `zpool get -H -p` for the sweep, each with its `|`. */
export function sweptPools(state: TwinState): string[] {
  return Object.keys(state.pools).flatMap((pool) =>
    sweptPoolProperties.map((name) => `|${pool}\t${name}\t${poolProperty(state, pool, name)?.value ?? '-'}`),
  );
}
