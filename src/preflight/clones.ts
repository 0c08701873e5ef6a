/**
 * Clones that the node makes impossible: the configuration was checked as it would be, here the source is taken where it
 * lies now. Pure.
 */

import type { Guest } from '../config/fleet.ts';
import { targetOf } from '../config/task-names.ts';
import { cloneMode } from '../proxmox/clone-mode.ts';
import { type CloneMode, type CloneRefusal, isRefusal } from '../proxmox/clone-wish.ts';
import { parseProperties } from '../proxmox/conf.ts';
import { confOf } from '../proxmox/guest-conf.ts';
import { vmCloneMode } from '../proxmox/vm-clone-mode.ts';
import { type Conflict, isNew, type Kind, nounOf, type Scene, showConfig } from './scene.ts';

export const clones: Kind = (scene) =>
  scene.owned.flatMap((guest): Conflict[] => {
    const source = isNew(guest, scene) ? sourceOf(guest, scene) : undefined;
    // One that has still to be made is made as the configuration was checked.
    if (!source || !scene.facts.guests.has(source.id)) return [];
    const mode = modeOf(guest, source, scene);
    if (!isRefusal(mode)) return [];
    return [
      {
        subject: targetOf(guest),
        title: `it cannot be cloned from ${nounOf(source)}: ${mode.reason}`,
        facts: [['root of the source', rootOf(source, scene)?.volume ?? '']],
        ...{ hint: `On this node: ${mode.way}.`, command: showConfig(guest), severity: 'blocks' },
      },
    ];
  });

/** Whether its root is made as a link, which takes no room. */
export function clonesAsLink(guest: Guest, scene: Scene): boolean {
  const source = sourceOf(guest, scene);
  const mode = source && modeOf(guest, source, scene);
  return mode !== undefined && !isRefusal(mode) && mode.linked;
}

function sourceOf(guest: Guest, { fleet }: Scene): Guest | undefined {
  const source = guest.clone && fleet.guests[String(guest.clone.from)];
  return source?.kind === guest.kind ? source : undefined;
}

function modeOf(guest: Guest, source: Guest, scene: Scene): CloneMode | CloneRefusal {
  const storage = rootOf(source, scene)?.storage ?? wantedStorage(source);
  const { hypervisor } = scene.fleet;
  const common = {
    template: source.template === true,
    sealed: source.snapshot !== undefined,
    state: source.state,
    storage,
    storageType: scene.storages.get(storage)?.type ?? hypervisor.storage[storage]?.type,
  };
  const wish = { full: guest.clone?.full, storage: wantedStorage(guest) };
  return source.kind === 'ct'
    ? cloneMode({ ...wish, source: common })
    : vmCloneMode({ ...wish, source: { ...common, tpm: source.tpmstate0 !== undefined } });
}

function wantedStorage(guest: Guest): string {
  return guest.kind === 'ct' ? guest.rootfs.storage : guest.disk.storage;
}

/** Where the root of a guest that stands lies. */
function rootOf(guest: Guest, { facts }: Scene): { storage: string; volume: string } | undefined {
  const there = facts.guests.get(guest.id);
  const key = guest.kind === 'ct' ? 'rootfs' : `${guest.disk.bus ?? 'scsi'}0`;
  const value = there?.kind === guest.kind ? confOf(there).keys.get(key) : undefined;
  const volume = value && parseProperties(value, 'volume').get('volume');
  return volume ? { storage: volume.replace(/:.*$/, ''), volume } : undefined;
}
