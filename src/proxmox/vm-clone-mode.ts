/**
 * How a VM is cloned from another one: linked or in full, and through what (F9, F11). Pure; the configuration is checked
 * with it, and the step that clones follows it.
 */

import type { CloneRefusal } from './clone-mode.ts';
import { vmAbilitiesOf } from './vm-abilities.ts';

/** What decides. A type of storage that is not known counts as able: then Proxmox decides. */
export interface VmCloneWish {
  /** As the configuration says; undefined: what the source and its storage can do. */
  readonly full?: boolean | undefined;
  readonly source: {
    readonly template: boolean;
    /** It has a named snapshot. */
    readonly sealed: boolean;
    readonly state: 'running' | 'stopped';
    /** It has the state of a TPM, which is never copied while it runs (F11). */
    readonly tpm: boolean;
    /** Of its root disk. */
    readonly storage: string;
    readonly storageType: string | undefined;
  };
  /** Where the clone's root disk is wanted. */
  readonly storage: string;
}

export interface VmCloneMode {
  readonly linked: boolean;
  /**
   * `template`: from its base volumes. `seal`: from the newest seal. `stopped`: of the source as it stands, which has to
   * be stopped for it. `live`: of the source as it runs, whose disks Proxmox mirrors and freezes for the last moment
   * (B100); no snapshot is needed for that, so every storage will do.
   */
  readonly through: 'template' | 'seal' | 'stopped' | 'live';
}

export function vmCloneMode(wish: VmCloneWish): VmCloneMode | CloneRefusal {
  const { source } = wish;
  const through = throughOf(source);
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
  const obstacle = obstacleToLink(wish);
  if (wish.full === false) return obstacle ?? { linked: true, through };
  return { linked: wish.full === undefined && through === 'template' && obstacle === undefined, through };
}

function throughOf({ template, sealed, state }: VmCloneWish['source']): VmCloneMode['through'] {
  if (template) return 'template';
  if (sealed) return 'seal';
  return state === 'running' ? 'live' : 'stopped';
}

function obstacleToLink({ source, storage }: VmCloneWish): CloneRefusal | undefined {
  if (!source.template) {
    return {
      reason: 'it is no template, and only templates are linked',
      way: 'leave out full: false, or say template: true for the source',
    };
  }
  if (vmAbilitiesOf(source.storageType)?.link === false) {
    return {
      reason: `its storage '${source.storage}' (${source.storageType}) cannot link disks`,
      way: 'leave out full: false, or give the source a storage that can',
    };
  }
  if (storage !== source.storage) {
    return {
      reason: `a linked clone stays on the storage of its source: '${source.storage}', not '${storage}'`,
      way: `leave out full: false, or take '${source.storage}' for its disk`,
    };
  }
  return undefined;
}
