/**
 * How a container is cloned from another one: linked or in full, and through what, by what its source is and what the
 * storages can do. Pure; the configuration is checked with it, and the step that clones follows it.
 */

import { type CloneMode, type CloneRefusal, type CloneWish, linkedOrFull, throughOf } from './clone-wish.ts';
import { abilitiesOf } from './storage-abilities.ts';

/**
 * `template`: from its base volumes. `seal`: from the newest seal. `stopped`: of the source as it stands, which has to
 * be stopped for it. `running`: through a snapshot that is taken for this clone and goes after it (B68).
 */
export type ContainerCloneMode = CloneMode<'running'>;

export function cloneMode(wish: CloneWish): ContainerCloneMode | CloneRefusal {
  const { source } = wish;
  const through = throughOf(source, 'running');
  const abilities = abilitiesOf(source.storageType);
  if (through === 'running' && abilities?.snapshot === false) {
    return {
      reason: `it is kept running, has no snapshot, and its storage '${source.storage}' (${source.storageType}) takes none of containers`,
      way: "keep the source stopped (state: 'stopped'), make it a template, or give it another storage",
    };
  }
  const bare =
    abilities?.linkAny === false
      ? `its storage '${source.storage}' (${source.storageType}) links templates only`
      : undefined;
  return linkedOrFull(wish, through, { link: abilities?.link, bare, what: 'containers', root: 'rootfs' });
}
