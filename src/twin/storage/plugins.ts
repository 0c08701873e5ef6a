/** The plugin of each storage by its type, and what activating a storage says. It knows no volume. */

import { type StorageType, storageType } from '../../proxmox/storage-types.ts';
import type { Storage, TwinState } from '../state.ts';
import { datasets } from './datasets.ts';
import { btrfs, folders } from './folders.ts';
import { logical, thin } from './logical.ts';
import type { StoragePlugin } from './plugin.ts';
import { rbd } from './rbd.ts';

const families: Readonly<Record<StorageType['family'], StoragePlugin>> = {
  ...{ dataset: datasets, folder: folders, subvolume: btrfs, object: rbd, logical },
  elsewhere: folders,
};

export function pluginOf({ type }: Storage): StoragePlugin {
  const known = storageType(type);
  if (known?.family === 'logical') return known.room === 'whole' ? logical : thin;
  return families[known?.family ?? 'folder'];
}

/**
 * What `activate_storage` says, or undefined when the storage works. The texts for dir are recorded (B133); those of others
 * follow the documentation and source of pve-storage, with the words of zpool and lvm.
 */
export function activationProblem(state: TwinState, storage: Storage): string | undefined {
  return pluginOf(storage).problem(state, storage);
}
