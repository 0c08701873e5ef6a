/**
 * Volumes that are datasets of ZFS (zfspool): file systems with a limit for containers, devices that reserve their whole
 * size for VMs unless the storage is sparse. From the source of pve-storage and of OpenZFS 2.2; nothing was recorded.
 */

import { refuse } from '../call.ts';
import type { Storage, TwinState } from '../state.ts';
import { mountpointOf } from './mountpoints.ts';
import type { StoragePlugin } from './plugin.ts';

/** Dataset of a volume. */
export function datasetOf(storage: Storage, name: string): string {
  return `${storage.options.pool}/${name.slice(name.lastIndexOf('/') + 1)}`;
}

/** Bytes that a device of this size reserves: itself, and what describes its blocks (OpenZFS's own arithmetic). */
export function reservationOf(size: number, blocksize = '16k'): number {
  const unit = Number.parseInt(blocksize, 10) * (/k$/i.test(blocksize) ? 1024 : 1) || 16_384;
  let blocks = size / unit;
  let indirect = 7;
  while (blocks > 1) {
    blocks = Math.floor((blocks + 1023) / 1024);
    indirect += blocks;
  }
  return size + indirect * 2 * 131_072;
}

function move(state: TwinState, from: string, to: string): void {
  const dataset = state.datasets[from];
  delete state.datasets[from];
  if (dataset) state.datasets[to] = dataset;
}

export const datasets: StoragePlugin = {
  problem(state, { id, options }) {
    const pool = options.pool?.split('/')[0] ?? '';
    return state.pools[pool]
      ? undefined
      : `could not activate storage '${id}', zfs error: cannot import '${pool}': no such pool available\n\n`;
  },
  add(state, { options }) {
    const { pool = '' } = options;
    if (state.datasets[pool]) options.mountpoint ??= mountpointOf(state, pool);
    return undefined;
  },
  place(_, storage, name) {
    const dataset = name === undefined ? storage.options.pool : datasetOf(storage, name);
    return { key: `dataset:${dataset}`, size: 0, taken: 0 };
  },
  path(state, storage, name) {
    const dataset = datasetOf(storage, name);
    return state.datasets[dataset] ? mountpointOf(state, dataset) : `/dev/zvol/${dataset}`;
  },
  make(state, storage, { name, volume, whole }, look) {
    const dataset = datasetOf(storage, name);
    const stop = (why: string) => refuse(`zfs error: cannot create '${dataset}': ${why}\n\n`);
    if (state.volumes[`${storage.id}:${name}`]) stop('dataset already exists');
    if (!state.datasets[storage.options.pool ?? '']) stop('parent does not exist');
    if (whole && look.space().available < reservationOf(volume.size, storage.options.blocksize))
      stop('out of space');
    if (volume.format === 'subvol')
      state.datasets[dataset] = { props: { refquota: String(volume.size), acltype: 'posix', xattr: 'sa' } };
    return {};
  },
  grow(state, storage, { name, volume, size, whole }, look) {
    const dataset = datasetOf(storage, name);
    const { blocksize } = storage.options;
    const more = reservationOf(size, blocksize) - reservationOf(volume.size, blocksize);
    if (whole && look.space().available < more)
      refuse(`zfs error: cannot set property for '${dataset}': size is greater than available space\n\n`);
    const there = state.datasets[dataset];
    if (there) there.props.refquota = String(size);
    return {};
  },
  snapshot(_, storage, { name, snapshot, held }, look) {
    // What is reserved has to stay free beside what the snapshot holds.
    if (held > look.space().available)
      refuse(`zfs error: cannot create snapshot '${datasetOf(storage, name)}@${snapshot}': out of space\n\n`);
    return {};
  },
  remove(state, storage, name) {
    delete state.datasets[datasetOf(storage, name)];
  },
  rename: (state, storage, from, to) => move(state, datasetOf(storage, from), datasetOf(storage, to)),
};
