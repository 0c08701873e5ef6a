/** Volumes that are images of Ceph (rbd), from the source of pve-storage; nothing was recorded. */

import { ownName } from '../../proxmox/volume-names.ts';
import { refuse } from '../call.ts';
import type { StoragePlugin } from './plugin.ts';

const nothing = () => {};

export const rbd: StoragePlugin = {
  problem: () => undefined,
  place: (_, { id, options }) => ({
    key: options.monhost === undefined ? `storage:${options.pool ?? 'rbd'}` : `storage:${id}`,
    ...{ size: 1024 ** 4, taken: 0 },
  }),
  path: (_, { options }, name) => {
    const image = `${options.pool ?? 'rbd'}/${ownName(name)}`;
    return (options.krbd ?? '0') === '0' ? `rbd:${image}` : `/dev/rbd/${image}`;
  },
  make(state, { id }, { name, volume }) {
    const own = ownName(name);
    if (state.volumes[`${id}:${name}`])
      refuse(`rbd create '${own}' error: rbd: create error: (17) File exists`);
    const base = volume.base?.replace(/^[^:]+:/, '');
    if (base === undefined) return {};
    return { err: `clone ${base}: ${ownName(base)} snapname __base__ to ${own}\n` };
  },
  grow: () => ({}),
  remove: nothing,
  rename: nothing,
};
