/** Where snippets lie: which storage takes them, and its folder on the node. Pure. */

import type { Fleet, Storage, VirtualMachine } from './fleet.ts';

/** What `cloudInit` says, else the first storage of the configuration that takes snippets. */
export function snippetStorageOf(
  vm: Pick<VirtualMachine, 'cloudInit'>,
  { hypervisor: { storage } }: Fleet,
): string | undefined {
  const first = Object.keys(storage).find((id) => storage[id]?.content.includes('snippets'));
  return vm.cloudInit?.storage ?? first;
}

/** Undefined for a storage that has no folders. */
export function snippetFolder(id: string, storage: Storage | undefined): string | undefined {
  if (storage === undefined) return undefined;
  if ('path' in storage) return `${storage.path.replace(/\/+$/, '')}/snippets`;
  return storage.type === 'nfs' || storage.type === 'cifs' ? `/mnt/pve/${id}/snippets` : undefined;
}
