/**
 * The room of an observed node on a twin: what is taken there beside that which the twin knows of is kept as a difference,
 * so that its free space is the node's, and changes with what a run makes and removes.
 */

import type { HostFacts, VolumeGroup } from '../../proxmox/facts.ts';
import type { Room, TwinState } from '../state.ts';
import { pluginOf } from './plugins.ts';
import { type Rooms, roomsOf } from './rooms.ts';
import { allStorages } from './storages.ts';

export function seedRooms(state: TwinState, host: HostFacts): void {
  const rooms: Record<string, Room> = {};
  state.rooms = rooms;
  if (host.groups && !host.groups.has('pve')) state.hardware = { ...state.hardware, lvm: false };
  // The sizes come first: a place that is not known holds nothing.
  for (const [name, group] of host.groups ?? []) sizeGroup(rooms, name, group);
  const files = filesOf(state, host);
  for (const [key, { size }] of files) rooms[key] = { size };
  const pools = [...host.zpools.keys()].map((pool) => [pool, figuresOf(host, pool)] as const);
  for (const [pool, figures] of pools)
    if (figures) rooms[`pool:${pool}`] = { size: figures.used + figures.available };
  const known = roomsOf(state);
  for (const [name, group] of host.groups ?? []) fillGroup(rooms, name, group, known);
  for (const [key, { size, free, available }] of files)
    rooms[key] = { size, taken: size - free - known.own(key), kept: Math.max(0, free - available) };
  fillDatasets(rooms, host, known);
  for (const [pool, figures] of pools) {
    const { size = 0, free = 0 } = host.zpools.get(pool) ?? {};
    const all = figures ? figures.used + figures.available : known.total(pool);
    const counted = ((figures?.used ?? known.used(pool)) * size) / (all || 1);
    rooms[`pool:${pool}`] = { ...(figures ? { size: all } : {}), taken: size - free - counted };
  }
}

function sizeGroup(rooms: Record<string, Room>, name: string, { size, pools }: VolumeGroup): void {
  rooms[`group:${name}`] = { size };
  for (const [pool, thin] of pools) rooms[`thin:${name}/${pool}`] = { size: thin.size };
}

function fillGroup(rooms: Record<string, Room>, name: string, group: VolumeGroup, known: Rooms): void {
  const key = `group:${name}`;
  rooms[key] = { size: group.size, taken: group.size - group.free - known.own(key) };
  for (const [pool, { size, data, promised }] of group.pools) {
    const place = `thin:${name}/${pool}`;
    const taken = data === undefined ? 0 : (size * data) / 100 - known.own(place);
    rooms[place] = { size, taken, promised: promised - known.promised({ key: place, size, taken: 0 }) };
  }
}

/** File systems that are no datasets, by place. */
function filesOf(state: TwinState, { rooms }: HostFacts) {
  return new Map(
    allStorages(state).flatMap((storage) => {
      const room = rooms?.get(storage.options.path ?? '');
      const key = room && pluginOf(storage).place(state, storage)?.key;
      return room && key !== undefined && !key.startsWith('dataset:') ? [[key, room] as const] : [];
    }),
  );
}

function figuresOf(
  { datasets }: HostFacts,
  dataset: string,
): { used: number; available: number } | undefined {
  const properties = datasets.get(dataset);
  const [used, available] = [Number(properties?.get('used')), Number(properties?.get('available'))];
  return Number.isFinite(used) && Number.isFinite(available) ? { used, available } : undefined;
}

/** What each dataset takes by itself: the swept ones are file systems, so that a device counts as part of what is above it. */
function fillDatasets(rooms: Record<string, Room>, host: HostFacts, known: Rooms): void {
  const differences = new Map<string, number>();
  for (const name of host.datasets.keys()) {
    const figures = figuresOf(host, name);
    if (!figures) continue;
    const difference = figures.used - known.used(name);
    const above = name.slice(0, name.lastIndexOf('/'));
    differences.set(name, (differences.get(name) ?? 0) + difference);
    if (name.includes('/') && figuresOf(host, above))
      differences.set(above, (differences.get(above) ?? 0) - difference);
  }
  for (const [name, taken] of differences) rooms[`dataset:${name}`] = { taken };
}
