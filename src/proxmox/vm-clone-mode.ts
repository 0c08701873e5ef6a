/**
 * How a VM is cloned from another one: linked or in full, and through what (F9, F11). Pure; the configuration is checked
 * with it, and the step that clones follows it.
 */

import { type CloneMode, type CloneRefusal, type CloneWish, linkedOrFull, throughOf } from './clone-wish.ts';
import { vmAbilitiesOf } from './storage-abilities.ts';

export interface VmCloneWish extends CloneWish {
  readonly source: CloneWish['source'] & {
    /** It has the state of a TPM, which is never copied while it runs (F11). */
    readonly tpm: boolean;
  };
}

/**
 * `template`: from its base volumes. `seal`: from the newest seal. `stopped`: of the source as it stands, which has to
 * be stopped for it. `live`: of the source as it runs, whose disks Proxmox mirrors and freezes for the last moment
 * (B100); no snapshot is needed for that, so every storage will do.
 */
export type VmCloneMode = CloneMode<'live'>;

export function vmCloneMode(wish: VmCloneWish): VmCloneMode | CloneRefusal {
  const { source } = wish;
  const through = throughOf(source, 'live');
  const abilities = vmAbilitiesOf(source.storageType);
  if (through === 'seal' && abilities?.copySnapshot === false) {
    return {
      reason: `Proxmox copies no VM from a snapshot on its storage '${source.storage}' (${source.storageType})`,
      way: 'say template: true for the source, or leave out its snapshot: then it is cloned as it stands',
    };
  }
  if (through === 'live' && source.tpm) {
    return {
      reason: 'it is kept running and has a TPM, whose state Proxmox copies of stopped VMs only',
      way: "keep the source stopped (state: 'stopped'), or make it a template",
    };
  }
  const bare = 'only templates are linked';
  return linkedOrFull(wish, through, { link: abilities?.link, bare, what: 'disks', root: 'disk' });
}
