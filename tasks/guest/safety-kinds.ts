/** How safety points are taken, by what each guest says; it knows the three means, not what they do. */

import { backupStorageOf } from '../../src/config/backup-storage.ts';
import type { Fleet, Guest } from '../../src/config/fleet.ts';
import { storageTask } from './names.ts';
import { byBackup } from './safety-backup.ts';
import { byDataset } from './safety-dataset.ts';
import type { SafetyMeans } from './safety-means.ts';
import { bySnapshot } from './safety-snapshot.ts';
import type { SafetySubject } from './safety-subject.ts';

/** Tasks that make what the points are taken with. */
export function safetyRests(guest: Guest, fleet: Fleet): string[] {
  if (guest.template || guest.safety.by !== 'backup') return [];
  const storage = backupStorageOf(guest, fleet);
  return storage === undefined ? [] : [storageTask(storage)];
}

/** Undefined where none are taken. Of a template there are none: Proxmox makes none of a guest with snapshots (B25). */
export function safetyMeans(guest: Guest, fleet: Fleet, subject: SafetySubject): SafetyMeans | undefined {
  if (guest.template) return undefined;
  const back = guest.rollback === 'on-failure';
  switch (guest.safety.by) {
    case 'snapshot':
      return bySnapshot(subject, back);
    case 'dataset':
      return byDataset(subject);
    case 'backup': {
      const root = guest.kind === 'ct' ? guest.rootfs.storage : guest.disk.storage;
      return byBackup(subject, { root, backups: backupStorageOf(guest, fleet) }, back);
    }
    case 'none':
      return undefined;
  }
}
