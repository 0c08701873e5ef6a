/** Where backups of a guest go. Pure. */

import type { Fleet, Guest } from './fleet.ts';

/** What the guest's `safety` says, else the first storage of the configuration that takes backups. */
export function backupStorageOf(
  guest: Pick<Guest, 'safety'> | undefined,
  { hypervisor: { storage } }: Fleet,
): string | undefined {
  return guest?.safety.storage ?? Object.keys(storage).find((id) => storage[id]?.content.includes('backup'));
}
