/** Which files and volumes of a node are the same on all nodes of its cluster: /etc/pve, and what lies on shared storages. */

import type { Storage, Volume } from './state.ts';
import { hasFiles, isShared } from './storage/storages.ts';

/** Folders of shared storages, each with a slash at its end. */
export function sharedFolders(storages: readonly Storage[]): string[] {
  return storages.flatMap((storage) => {
    const path = storage.options.path ?? (hasFiles(storage) ? `/mnt/pve/${storage.id}` : undefined);
    return isShared(storage) && path !== undefined ? [`${path.replace(/\/+$/, '')}/`] : [];
  });
}

/** A node's own are only the links in /etc/pve to its own folder there, and what lies on its own disks. */
export function isSharedPath(path: string, folders: readonly string[]): boolean {
  if (isClusterFile(path)) return true;
  for (const folder of folders) if (path.startsWith(folder)) return true;
  return false;
}

/** Below /etc/pve, and not through one of a node's own links. */
export function isClusterFile(path: string): boolean {
  return path.startsWith('/etc/pve/') && !/^\/etc\/pve\/(local|lxc|qemu-server)(\/|$)/.test(path);
}

export function isSharedVolume({ storage: id }: Volume, storages: readonly Storage[]): boolean {
  const storage = storages.find((one) => one.id === id);
  return storage !== undefined && isShared(storage);
}
