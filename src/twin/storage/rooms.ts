/**
 * How full everything is that storages lie on: pools and datasets, volume groups, thin pools, file systems, servers. One
 * pass over the node; what an observed node held beside what the twin knows of is kept as a difference (`seeding.ts`).
 */

import type { Pool, Storage, TwinState } from '../state.ts';
import { counted, emptyDataset, summed } from './counting.ts';
import type { Look, Place, Space } from './plugin.ts';
import { pluginOf } from './plugins.ts';

/** What of a pool data can be written to: less for parity, and what ZFS keeps for itself. */
function usable({ size, vdevs }: Pool): number {
  const parity = Number(/^raidz(\d?)/.exec(vdevs[0]?.kind ?? '')?.[1] ?? 0);
  const data = vdevs.filter(({ kind }) => kind.startsWith('raidz')).length;
  const whole = parity > 0 && data > parity ? (size * (data - parity)) / data : size;
  return Math.floor(whole - Math.min(Math.max(whole / 32, 128 * 1024 ** 2), 128 * 1024 ** 3, whole / 2));
}

export interface Rooms {
  space(place: Place): Space;
  /** Bytes that the volumes of a place could grow to. */
  promised(place: Place): number;
  /** Bytes that the twin counts on a place itself, without what others take there. */
  own(key: string): number;
  /** What data can be written to in a pool. */
  total(pool: string): number;
  used(dataset: string): number;
  /** Of the dataset itself. */
  referenced(dataset: string): number;
  available(dataset: string): number;
  /** Of a pool, as `zpool list` counts: parity included. */
  free(pool: string): number;
}

export function roomsOf(state: TwinState): Rooms {
  const { own, promised } = counted(state);
  const used = summed(state, own);
  const total = (pool: string) => state.rooms?.[`pool:${pool}`]?.size ?? usable(state.pools[pool] ?? noPool);
  const left = new Map<string, number>();
  const number = (dataset: string, key: string) => Number(state.datasets[dataset]?.props[key] ?? 0) || 0;
  const usedBy = (dataset: string) => used.get(`dataset:${dataset}`) ?? 0;
  /** What a dataset and everything below it may still take. */
  const leftIn = (dataset: string): number => {
    const known = left.get(dataset);
    if (known !== undefined) return known;
    const slash = dataset.lastIndexOf('/');
    const above = slash < 0 ? total(dataset) - usedBy(dataset) : leftIn(dataset.slice(0, slash));
    const kept = Math.max(0, number(dataset, 'reservation') - usedBy(dataset));
    const quota = number(dataset, 'quota');
    const bytes = Math.max(0, Math.min(above + kept, quota > 0 ? quota - usedBy(dataset) : Infinity));
    left.set(dataset, bytes);
    return bytes;
  };
  const referenced = (dataset: string) => Math.max(0, own.get(`dataset:${dataset}`) ?? emptyDataset);
  const available = (dataset: string) => {
    const limit = number(dataset, 'refquota');
    return Math.max(0, Math.min(leftIn(dataset), limit > 0 ? limit - referenced(dataset) : Infinity));
  };
  return {
    ...{ total, own: (key) => own.get(key) ?? 0 },
    ...{ used: usedBy, referenced, available, promised: ({ key }) => promised.get(key) ?? 0 },
    space(place) {
      if (place.key.startsWith('dataset:')) {
        const name = place.key.slice(8);
        return { total: usedBy(name) + available(name), used: usedBy(name), available: available(name) };
      }
      const room = state.rooms?.[place.key];
      const size = room?.size ?? place.size;
      const taken = Math.max(0, (own.get(place.key) ?? 0) + (room?.taken ?? place.taken));
      return {
        total: size,
        used: Math.min(taken, size),
        available: Math.max(0, size - taken - (room?.kept ?? 0)),
      };
    },
    free(pool) {
      const { size } = state.pools[pool] ?? noPool;
      const all = total(pool);
      const taken = (all > 0 ? (usedBy(pool) * size) / all : 0) + (state.rooms?.[`pool:${pool}`]?.taken ?? 0);
      return Math.max(0, Math.min(size, Math.round(size - taken)));
    },
  };
}

const noPool: Pool = { size: 0, vdevs: [], options: {} };

/** How full a storage is; undefined where there is nothing that it could lie on. */
export function spaceOf(state: TwinState, storage: Storage, rooms = roomsOf(state)): Space | undefined {
  const place = pluginOf(storage).place(state, storage);
  return place && rooms.space(place);
}

/** The same for those who may not have to know. */
export function lookAt(state: TwinState, storage: Storage): Look {
  let rooms: Rooms | undefined;
  const place = () => pluginOf(storage).place(state, storage);
  const seen = () => {
    rooms ??= roomsOf(state);
    return rooms;
  };
  return {
    space() {
      const at = place();
      return at ? seen().space(at) : { total: 0, used: 0, available: 0 };
    },
    promised() {
      const at = place();
      return at ? seen().promised(at) : 0;
    },
  };
}
