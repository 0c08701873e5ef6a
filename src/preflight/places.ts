/** What the volumes of a storage will lie on, as the node has it or as the configuration will make it. Pure. */

import { datasetUnder } from '../config/mountpoints.ts';
import { knownStorage, type Room, roomOf } from '../proxmox/storage-room.ts';
import { takesWhole } from '../proxmox/storage-types.ts';
import type { Scene } from './scene.ts';

export interface Place extends Room {
  /** Whether a volume of the format takes all of its room at once. */
  readonly whole: (content: 'rootdir' | 'images') => boolean;
}

/** Undefined where nothing is known of the storage, or it is not there yet and nobody can say what it will have. */
export function placeOf(id: string, scene: Scene): Place | undefined {
  const { hypervisor } = scene.fleet;
  const present = scene.storages.get(id);
  const storage = knownStorage(present, hypervisor.storage[id]);
  if (!storage || storage.type.disks.length === 0) return undefined;
  const { type, options } = storage;
  const whole = (content: 'rootdir' | 'images') =>
    takesWhole(type, options, content === 'images' ? (type.disks[0] ?? 'raw') : type.mounts);
  const found = roomOf(id, storage, {
    host: scene.facts.host,
    datasetAt: (path) => datasetUnder(path, hypervisor.zfs.datasets),
  });
  // Before a storage is there, only what it is to lie on can be asked.
  return found && (found.free !== undefined || present) ? { ...found, whole } : undefined;
}
