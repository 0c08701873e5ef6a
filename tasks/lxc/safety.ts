/** How safety points of containers are taken, by what each container says; it knows the three means, not what they do. */

import { backupStorageOf } from '../../src/config/backup-storage.ts';
import type { Container, Fleet } from '../../src/config/fleet.ts';
import { storageTask } from '../guest/names.ts';
import type { SafetyMeans } from '../guest/safety-means.ts';
import { byBackup } from './safety-backup.ts';
import { byDataset } from './safety-dataset.ts';
import { bySnapshot } from './safety-snapshot.ts';

/** Tasks that make what the points are taken with. */
export function safetyRests(ct: Container, fleet: Fleet): string[] {
  if (ct.template || ct.safety.by !== 'backup') return [];
  const storage = backupStorageOf(ct, fleet);
  return storage === undefined ? [] : [storageTask(storage)];
}

/** Undefined where none are taken. Of a template there are none: Proxmox makes none of a container with snapshots (B25). */
export function safetyMeans(ct: Container, fleet: Fleet): SafetyMeans | undefined {
  if (ct.template) return undefined;
  const back = ct.rollback === 'on-failure';
  switch (ct.safety.by) {
    case 'snapshot':
      return bySnapshot(ct.id, back);
    case 'dataset':
      return byDataset(ct.id);
    case 'backup': {
      const backups = backupStorageOf(ct, fleet);
      return byBackup(ct.id, { root: ct.rootfs.storage, backups }, back);
    }
    case 'none':
      return undefined;
  }
}
