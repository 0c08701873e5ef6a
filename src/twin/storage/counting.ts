/**
 * What is written on volumes and what they take where they lie: one pass over the volumes, files and datasets of the node.
 * It knows no sizes.
 */

import { storageType, takesWhole } from '../../proxmox/storage-types.ts';
import { dirOf } from '../files.ts';
import type { Storage, TwinState, Volume } from '../state.ts';
import { reservationOf } from './datasets.ts';
import { fileSystemOf } from './folders.ts';
import { mountsOnce } from './mountpoints.ts';
import { pluginOf } from './plugins.ts';
import { allStorages, hasFiles } from './storages.ts';

/** Bytes that an empty dataset takes. */
export const emptyDataset = 98_304;

/** What a guest's system takes, compressed. */
const system = 256 * 1024 ** 2;

/** Bytes that are written on a volume; made up where nothing says it. */
export function writtenOn({ written, base, size }: Volume): number {
  return written ?? (base === undefined ? Math.min(system, Math.round(size / 10)) : 0);
}

/** Whether all of its room is taken: as it was made, or as the storage makes volumes now. */
export function isWhole(
  { type, options }: Storage,
  { format, base, whole }: Pick<Volume, 'format' | 'base' | 'whole'>,
): boolean {
  if (whole !== undefined) return whole;
  return base === undefined && takesWhole(storageType(type), { get: (key) => options[key] }, format);
}

/** Bytes that a volume takes where it lies. */
function takenBy(storage: Storage, volume: Volume, thin: boolean): number {
  if (thin || !isWhole(storage, volume)) return writtenOn(volume);
  if (storageType(storage.type)?.family !== 'dataset') return volume.size;
  // What its snapshots hold comes on top of what it has reserved.
  const kept = volume.snapshots.length > 0 ? writtenOn(volume) : 0;
  return reservationOf(volume.size, storage.options.blocksize) + kept;
}

/** What lies on each place itself, and what its volumes could grow to. */
export function counted(state: TwinState) {
  const own = new Map<string, number>();
  const promised = new Map<string, number>();
  const add = (sums: Map<string, number>, key: string, bytes: number) =>
    sums.set(key, (sums.get(key) ?? 0) + bytes);
  for (const name in state.datasets) own.set(`dataset:${name}`, emptyDataset);
  for (const [key, room] of Object.entries(state.rooms ?? {})) {
    if (key.startsWith('dataset:')) add(own, key, room.taken ?? 0);
    add(promised, key, room.promised ?? 0);
  }
  const mounts = mountsOnce(state);
  const storages = new Map(
    allStorages(state).map((storage) => {
      const plugin = pluginOf(storage);
      const place = plugin.place(state, storage, undefined, mounts);
      const each = place?.key.startsWith('dataset:') && !hasFiles(storage);
      const thin = storageType(storage.type)?.room === 'thin';
      return [storage.id, { storage, plugin, place, each, thin }] as const;
    }),
  );
  for (const volid in state.volumes) {
    const volume = state.volumes[volid];
    const known = volume && storages.get(volume.storage);
    if (!volume || !known?.place) continue;
    const { storage, plugin, place, thin } = known;
    const name = volid.slice(volume.storage.length + 1);
    const key = known.each ? (plugin.place(state, storage, name)?.key ?? place.key) : place.key;
    add(own, key, takenBy(storage, volume, thin || volume.format === 'subvol'));
    // A snapshot is a thin volume, too.
    add(promised, place.key, volume.size * (1 + volume.snapshots.length));
  }
  for (const path in state.files) {
    const size = state.files[path]?.size;
    if (size === undefined) continue;
    add(own, fileSystemOf(mounts(), dirOf(path)).key, size);
  }
  return { own, promised };
}

/** Of datasets: everything below them, reservations included. */
export function summed(state: TwinState, own: ReadonlyMap<string, number>): Map<string, number> {
  const used = new Map<string, number>();
  const reserved = Object.values(state.datasets).some(
    ({ props }) => props.reservation !== undefined || props.refreservation !== undefined,
  );
  if (reserved) return withReservations(state, own);
  for (const [key, bytes] of own)
    if (key.startsWith('dataset:'))
      for (let at = key.length; at > 0; at = key.lastIndexOf('/', at - 1)) {
        const above = key.slice(0, at);
        used.set(above, (used.get(above) ?? 0) + bytes);
      }
  return used;
}

/** The lowest come first, so that what one of them has reserved counts above. */
function withReservations(state: TwinState, own: ReadonlyMap<string, number>): Map<string, number> {
  const used = new Map<string, number>();
  const names = [...own.keys()]
    .filter((key) => key.startsWith('dataset:'))
    .sort((a, b) => b.length - a.length);
  const above = new Set<string>();
  for (const key of names)
    for (let at = key.lastIndexOf('/'); at > 0; at = key.lastIndexOf('/', at - 1))
      above.add(key.slice(0, at));
  const all = [...new Set([...names, ...above])].sort((a, b) => b.length - a.length);
  for (const key of all) {
    const props = state.datasets[key.slice(8)]?.props;
    const reserved = Math.max(Number(props?.refreservation ?? 0) || 0, own.get(key) ?? 0);
    const bytes = (used.get(key) ?? 0) + reserved;
    used.set(key, bytes);
    const slash = key.lastIndexOf('/');
    if (slash < 0) continue;
    const parent = key.slice(0, slash);
    const whole = Math.max(bytes, Number(props?.reservation ?? 0) || 0);
    used.set(parent, (used.get(parent) ?? 0) + whole);
  }
  return used;
}
