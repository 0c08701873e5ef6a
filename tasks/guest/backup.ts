/** Backups by `vzdump`: the way back where snapshots cannot be taken, and a copy on another storage where they can. */

import { BlockedError, PhxError, unreadable } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { vzdump } from '../../src/proxmox/pct.ts';
import { parseVolumeList } from '../../src/proxmox/volume-list.ts';
import type { Machine } from './machine.ts';

/** Takes a backup of all that a backup holds (B151); answers its volume id. A bind mount does not hinder it (B152). */
export async function backUp(
  machine: Machine,
  storage: string,
  context: TaskContext<Facts>,
  notes?: string,
): Promise<string> {
  const { id } = machine;
  for (const [key, value] of machine.conf.keys) {
    const volume = value.split(',')[0];
    // A mount is backed up where it says so (B151), a drive of a VM unless it says otherwise.
    if (/^mp\d+$/.test(key) && !/(^|,)backup=1(,|$)/.test(value))
      context.log(`${key} (${volume}) is no part of the backup: it does not say backup: true`);
    if (/^(scsi|virtio|sata|ide)\d+$/.test(key) && /(^|,)backup=0(,|$)/.test(value))
      context.log(`${key} (${volume}) is no part of the backup: it says backup: false`);
  }
  const { stdout } = await context.run(vzdump(id, storage, notes), {
    deadline: 6 * 60 * 60_000,
    detached: true,
  });
  const archive =
    /creating vzdump archive '\S*\/([^/']+)'/.exec(stdout)?.[1] ??
    /creating Proxmox Backup Server archive '([^']+)'/.exec(stdout)?.[1];
  const volume = `${storage}:backup/${archive}`;
  if (archive === undefined || !(await backupsOf(id, storage, context)).includes(volume)) {
    throw new PhxError('failed', {
      title: `vzdump ended well, but there is no backup of ${id} on ${storage}`,
      facts: [['looked for', volume]],
    });
  }
  context.log(`backup ${volume}`);
  return volume;
}

/** Volume ids of the backups of a guest on a storage. */
export async function backupsOf(id: number, storage: string, context: TaskContext<Facts>): Promise<string[]> {
  const argv = ['pvesm', 'list', storage, '--content', 'backup', '--vmid', String(id)];
  const listed = await context.ask(argv);
  if (listed.exit !== 0) {
    throw new BlockedError({
      title: `storage ${storage} cannot be listed`,
      facts: [['said', listed.stderr.trim()]],
    });
  }
  const volumes = parseVolumeList(listed.stdout);
  if (!volumes) throw unreadable(argv, listed);
  return volumes.filter((volume) => /^[^:]+:backup\//.test(volume));
}
