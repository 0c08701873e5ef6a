/** What `vzdump` does around an archive of any guest: notes, protection, retention, the firewall's file. It packs nothing. */

import { prune } from './backups.ts';
import type { Call } from './call.ts';
import { exists, putFile } from './files.ts';
import type { Given } from './options.ts';
import type { Storage, TwinState } from './state.ts';

export interface Kept {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly storage: Storage | undefined;
  readonly values: Given['values'];
}

/** Notes, protection and retention of an archive that was just written. */
export function keepNotes(call: Call, { id, name, path, storage, values }: Kept): void {
  const info = (text: string) => call.out(`INFO: ${text}\n`);
  const notes = values.get('notes-template');
  if (notes !== undefined) {
    info('adding notes to backup');
    const text = notes
      .replaceAll('{{guestname}}', name)
      .replaceAll('{{vmid}}', String(id))
      .replaceAll('{{node}}', call.state.hardware.node);
    putFile(call.state.files, `${path}.notes`, text);
  }
  if (values.get('protected') === '1') {
    info('marking backup as protected');
    putFile(call.state.files, `${path}.protected`, '');
  }
  const keep = /keep-last=(\d+)/.exec(values.get('prune-backups') ?? '')?.[1];
  if (storage && keep !== undefined && values.get('remove') !== '0') {
    info(`prune older backups with retention: keep-last=${keep}`);
    let count = 0;
    prune(call.state, storage, id, Number(keep), (volid) => {
      info(`removing backup '${volid}'`);
      count++;
    });
    if (count > 0) info(`pruned ${count} backup(s) not covered by keep-retention policy`);
  }
}

/** Its rules travel along (from the source of pve-container). */
export function firewallOf(call: Call, id: number): { firewall?: string } {
  const file = call.state.files[`/etc/pve/firewall/${id}.fw`];
  return file ? { firewall: file.text } : {};
}

export function time(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

/** Notes and protection of a backup that stands; what is not given stays. False where there is none. */
export function describeBackup(
  { files }: TwinState,
  path: string,
  notes: string | undefined,
  isProtected: string | undefined,
): boolean {
  if (!exists(files, path)) return false;
  if (notes !== undefined) putFile(files, `${path}.notes`, notes);
  if (isProtected === '1') putFile(files, `${path}.protected`, '');
  if (isProtected === '0') delete files[`${path}.protected`];
  return true;
}
