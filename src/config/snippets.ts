/** Where snippets lie: which storage takes them, and its folder on the node. Pure. */

import { storageType } from '../proxmox/storage-types.ts';
import type { Storage } from './fleet.ts';

type Contents = { readonly [id: string]: { readonly content?: readonly (string | undefined)[] } | undefined };

/** What `cloudInit` says, else the first storage of the configuration that takes snippets. */
export function snippetStorageOf(named: string | undefined, storage: Contents): string | undefined {
  return named ?? Object.keys(storage).find((id) => storage[id]?.content?.includes('snippets'));
}

/** Undefined for a storage that has no folders. */
export function snippetFolder(id: string, storage: Storage): string | undefined {
  if ('path' in storage) return `${storage.path.replace(/\/+$/, '')}/snippets`;
  return storageType(storage.type)?.mounted ? `/mnt/pve/${id}/snippets` : undefined;
}
