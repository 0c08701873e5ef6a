/** Storages of the twin: which there are, whether one may be used, what it takes. It knows no type and no volume. */

import { storageType } from '../../proxmox/storage-types.ts';
import { refuse } from '../call.ts';
import type { Storage, TwinState } from '../state.ts';

/** What every node has, also when storage.cfg does not name it (B135); the next write puts it into the file. */
const builtIn: Storage = {
  id: 'local',
  type: 'dir',
  options: { path: '/var/lib/vz', content: 'images,rootdir,vztmpl,iso,snippets,backup' },
};

/** All storages of the node, the built-in one included. */
export function allStorages(state: TwinState): Storage[] {
  return state.storages.some((one) => one.id === builtIn.id)
    ? state.storages
    : [{ ...builtIn, options: { ...builtIn.options } }, ...state.storages];
}

/** The storage, or Proxmox's refusal (B20, B84). */
export function findStorage(state: TwinState, id: string): Storage {
  const storage = allStorages(state).find((one) => one.id === id);
  if (!storage) refuse(`storage '${id}' does not exist`);
  return storage;
}

/** The storage if it may be used on this node now. */
export function enabledStorage(state: TwinState, id: string): Storage {
  const storage = findStorage(state, id);
  if (isDisabled(storage)) refuse(`storage '${id}' is disabled`);
  if (!isHere(state, storage)) refuse(`storage '${id}' is not available on node '${state.hardware.node}'`);
  return storage;
}

export function isDisabled(storage: Storage): boolean {
  const value = storage.options.disable;
  return value !== undefined && value !== '0';
}

/** Is it defined for this node? */
export function isHere(state: TwinState, storage: Storage): boolean {
  const nodes = storage.options.nodes;
  return nodes === undefined || nodes.split(',').includes(state.hardware.node);
}

/** Whether other nodes see the same: by its type, or because its definition says so. */
export function isShared({ type, options }: Storage): boolean {
  return storageType(type)?.shared === true || (options.shared ?? '0') !== '0';
}

/** Whether its volumes are files below a directory. */
export function hasFiles({ type }: Storage): boolean {
  return storageType(type)?.folders === true;
}

/** Whether snapshots are chains of volumes in the format qcow2 (Proxmox VE 9). */
export function hasChains({ options }: Storage): boolean {
  return (options['snapshot-as-volume-chain'] ?? '0') !== '0';
}

/** Whether subvolumes have a limit of their own. */
export function hasQuota({ type }: Storage): boolean {
  return storageType(type)?.resize === 'quota';
}

/** Whether its base volumes are read-only for root, too; those of others are only write-protected files and devices. */
export function keepsBases({ type }: Storage): boolean {
  return storageType(type)?.family === 'subvolume';
}

/** Content types of a storage; a storage without the option has its type's default. */
export function contentOf(storage: Storage): string[] {
  return (storage.options.content ?? 'images,rootdir').split(',').filter((part) => part !== '');
}
