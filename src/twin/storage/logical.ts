/**
 * Volumes that are logical volumes: whole ones of a volume group (lvm), thin ones of a thin pool (lvmthin). From the
 * source of pve-storage and of LVM 2.03; nothing was recorded.
 */

import { ownName } from '../../proxmox/volume-names.ts';
import { refuse } from '../call.ts';
import { installedGroup } from '../disks.ts';
import type { Storage, TwinState } from '../state.ts';
import type { Growing, Look, Making, Place, Printed, StoragePlugin } from './plugin.ts';
import { hasChains } from './storages.ts';

/** Bytes of an extent, which LVM counts in. */
const extent = 4 * 1024 ** 2;

function extents(bytes: number): number {
  return Math.ceil(bytes / extent);
}

/** Bytes as LVM tells them: `<16.00 GiB` is a little less than that. */
export function lvmSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const text = value.toFixed(unit === 0 ? 0 : 2);
  return `${Number(text) > value ? '<' : ''}${text} ${units[unit]}`;
}

/** The volume group of the storage: one that was observed, or the installer's. */
function groupOf({ rooms, hardware }: TwinState, { options }: Storage): Place | undefined {
  const key = `group:${options.vgname}`;
  if (rooms?.[key] !== undefined) return { key, size: 0, taken: 0 };
  if (hardware.lvm === false || options.vgname !== 'pve') return undefined;
  return { key, size: installedGroup.size, taken: installedGroup.taken };
}

function thinOf(state: TwinState, storage: Storage): Place | undefined {
  const { vgname, thinpool } = storage.options;
  const key = `thin:${vgname}/${thinpool}`;
  if (state.rooms?.[key] !== undefined) return { key, size: 0, taken: 0 };
  const usual = thinpool === 'data' && state.rooms?.[`group:${vgname}`] === undefined;
  return usual && groupOf(state, storage) ? { key, size: installedGroup.data, taken: 0 } : undefined;
}

function created(name: string): string {
  return `  Logical volume "${ownName(name)}" created.\n`;
}

/** What lvextend tells. */
function extended({ options }: Storage, { name, volume, size }: Growing): string {
  const lv = `${options.vgname}/${name}`;
  const told = (bytes: number) => `${lvmSize(extents(bytes) * extent)} (${extents(bytes)} extents)`;
  return `  Size of logical volume ${lv} changed from ${told(volume.size)} to ${told(size)}.\n  Logical volume ${lv} successfully resized.\n`;
}

const path: StoragePlugin['path'] = (_, { options }, name) => `/dev/${options.vgname}/${name}`;
const nothing = () => {};

export const logical: StoragePlugin = {
  problem: () => undefined,
  place: groupOf,
  path,
  make(_, storage, { name, volume }, look) {
    const { vgname } = storage.options;
    const free = place(look);
    if (volume.format === 'qcow2' && !hasChains(storage))
      refuse('snapshot-as-volume-chain option need to be enabled to use qcow2 format');
    // The plugin compares bytes with KiB here, so that it takes a thousand times too much to be seen.
    if (free < volume.size / 1024) refuse(`not enough free space (${free} < ${volume.size / 1024})`);
    if (extents(volume.size) > free / extent)
      refuse(
        `lvcreate '${vgname}/${name}' error:   Volume group "${vgname}" has insufficient free space (${Math.floor(free / extent)} extents): ${extents(volume.size)} required.`,
      );
    return { out: created(name) };
  },
  grow(state, storage, grown, look) {
    const [wanted, free] = [extents(grown.size) - extents(grown.volume.size), place(look) / extent];
    if (wanted > free)
      refuse(
        `error resizing volume '${path(state, storage, grown.name)}':   Insufficient free space: ${wanted} extents needed, but only ${Math.floor(free)} available`,
      );
    return { out: extended(storage, grown) };
  },
  remove: nothing,
  rename: nothing,
};

function place(look: Look): number {
  return look.space().available;
}

export const thin: StoragePlugin = {
  problem(state, storage) {
    const { vgname, thinpool } = storage.options;
    return thinOf(state, storage) ? undefined : `no such logical volume ${vgname}/${thinpool}\n`;
  },
  place: thinOf,
  path,
  make(state, storage, { name, volume }: Making, look) {
    const { vgname, thinpool } = storage.options;
    const pool = `${vgname}/${thinpool}`;
    const { available } = look.space();
    if (available <= 0)
      refuse(
        `lvcreate '${vgname}/${name}' error:   Cannot create new thin volume, free space in thin pool ${pool} reached threshold.`,
      );
    const { out = '', err = '' } = overcommitted(state, storage, look, volume.size);
    return { out: `${out}${created(name)}`, err };
  },
  grow(state, storage, grown, look) {
    const { out = '', err = '' } = overcommitted(state, storage, look, grown.size - grown.volume.size);
    return { out: `${out}${extended(storage, grown)}`, err };
  },
  snapshot(state, storage, { name, snapshot, size }, look) {
    const { out = '', err = '' } = overcommitted(state, storage, look, size);
    return { out: `${out}${created(`snap_${name}_${snapshot}`)}`, err };
  },
  remove: nothing,
  rename: nothing,
};

/** More was promised than the pool has: LVM takes it, and says so; the first lines go to standard output. */
function overcommitted(state: TwinState, storage: Storage, look: Look, more: number): Printed {
  const { vgname, thinpool } = storage.options;
  const promised = look.promised() + more;
  const size = look.space().total;
  if (promised <= size) return {};
  const group = groupOf(state, storage);
  const room = state.rooms?.[group?.key ?? ''] ?? group;
  const [whole = 0, free = 0] = room ? [room.size, Math.max(0, (room.size ?? 0) - (room.taken ?? 0))] : [];
  const beyond =
    whole < promised
      ? [' and the size of whole volume group', whole]
      : free < promised
        ? [free === 0 ? '' : ' and the amount of free space in volume group', free]
        : ['', size];
  const last = Number(beyond[1]);
  return {
    out:
      '  WARNING: You have not turned on protection against thin pools running out of space.\n' +
      '  WARNING: Set activation/thin_pool_autoextend_threshold below 100 to trigger automatic extension of thin pools before they get full.\n',
    err: `  WARNING: Sum of all thin volume sizes (${lvmSize(promised)}) exceeds the size of thin pool ${vgname}/${thinpool}${beyond[0]} (${last > 0 ? lvmSize(last) : 'no free space in volume group'}).\n`,
  };
}
