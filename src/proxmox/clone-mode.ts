/**
 * How a container is cloned from another one: linked or in full, and through what, by what its source is and what the
 * storages can do. Pure; the configuration is checked with it, and the step that clones follows it.
 */

import { abilitiesOf } from './storage-abilities.ts';

/** What decides. A type of storage that is not known counts as able: then Proxmox decides. */
export interface CloneWish {
  /** As the configuration says; undefined: what the source and its storage can do. */
  readonly full?: boolean | undefined;
  readonly source: {
    readonly template: boolean;
    /** It has a named snapshot. */
    readonly sealed: boolean;
    readonly state: 'running' | 'stopped';
    /** Of its root. */
    readonly storage: string;
    readonly storageType: string | undefined;
  };
  /** Where the clone's root is wanted. */
  readonly storage: string;
}

export interface CloneMode {
  readonly linked: boolean;
  /**
   * `template`: from its base volumes. `seal`: from the newest seal. `stopped`: of the source as it stands, which has to
   * be stopped for it. `running`: through a snapshot that is taken for this clone and goes after it (B68).
   */
  readonly through: 'template' | 'seal' | 'stopped' | 'running';
}

/** Why it cannot be had, and what can be done instead. */
export interface CloneRefusal {
  readonly reason: string;
  readonly way: string;
}

export function cloneMode(wish: CloneWish): CloneMode | CloneRefusal {
  const { source } = wish;
  const through = source.template
    ? 'template'
    : source.sealed
      ? 'seal'
      : source.state === 'running'
        ? 'running'
        : 'stopped';
  if (through === 'running' && abilitiesOf(source.storageType)?.snapshot === false) {
    return {
      reason: `it is kept running, has no snapshot, and its storage '${source.storage}' (${source.storageType}) takes none of containers`,
      way: "keep the source stopped (state: 'stopped'), make it a template, or give it another storage",
    };
  }
  const obstacle = obstacleToLink(wish);
  if (wish.full === false) return obstacle ?? { linked: true, through };
  // Without a word of the configuration only templates are linked: who clones anything else expects a copy.
  return { linked: wish.full === undefined && through === 'template' && obstacle === undefined, through };
}

export function isRefusal(mode: CloneMode | CloneRefusal): mode is CloneRefusal {
  return 'reason' in mode;
}

function obstacleToLink({ source, storage }: CloneWish): CloneRefusal | undefined {
  const abilities = abilitiesOf(source.storageType);
  if (abilities && !abilities.link) {
    return {
      reason: `its storage '${source.storage}' (${source.storageType}) cannot link containers`,
      way: 'leave out full: false, or give the source a storage that can',
    };
  }
  if (storage !== source.storage) {
    return {
      reason: `a linked clone stays on the storage of its source: '${source.storage}', not '${storage}'`,
      way: `leave out full: false, or take '${source.storage}' for its rootfs`,
    };
  }
  if (!source.template && abilities && !abilities.linkAny) {
    return {
      reason: `it is no template, and its storage '${source.storage}' (${source.storageType}) links templates only`,
      way: 'leave out full: false, or say template: true for the source',
    };
  }
  return undefined;
}
