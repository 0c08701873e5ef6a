/** The verbs of `pvesm` that know backups: `free`, `prune-backups`, `extractconfig` (B153). */

import { backupsIn, isProtected, parseArchive, prune, removeBackup } from './backups.ts';
import { type Call, refuse } from './call.ts';
import type { Given } from './options.ts';
import type { Storage } from './state.ts';
import { enabledStorage } from './storage/storages.ts';
import { volumePath } from './storage/volumes.ts';

/** A protected backup stays, a missing one is as good as freed (B153). */
export function freeBackup(call: Call, storage: string, name: string): undefined {
  const path = volumePath(call.state, `${storage}:${name}`);
  if (isProtected(call.state.files, path)) {
    call.err(`cannot remove protected volume '${name}' on '${storage}'\n`);
    return;
  }
  if (!call.state.files[path]) call.out(`disk image '${path}' does not exist\n`);
  removeBackup(call.state.files, path);
  call.out(`Removed volume '${storage}:${name}'\n`);
}

/** Of a real prune only keep-last is modelled: other rules need a calendar of backups that no test has. */
export function pvesmPrune(call: Call, { values }: Given): undefined {
  const id = values.get('storage') ?? '';
  const storage = enabledStorage(call.state, id);
  const keep = values.get('keep-last');
  if (keep === undefined) {
    call.err(`no prune-backups options configured for storage '${id}'\n`);
    return;
  }
  const vmid = values.get('vmid');
  if (values.get('dry-run') === '1') return preview(call, storage, vmid, Number(keep));
  prune(call.state, storage, vmid === undefined ? undefined : Number(vmid), Number(keep), () => {});
}

export function pvesmExtractConfig(call: Call, { values }: Given): undefined {
  const volid = values.get('volume') ?? '';
  const archive = parseArchive(call.state.files[volumePath(call.state, volid)]?.text);
  if (!archive) return refuse(`volume '${volid}' does not exist`, 2);
  call.out(`${archive.conf}\n`);
}

/** What would stay and what would go (vzdump-snapshot). */
function preview(call: Call, storage: Storage, vmid: string | undefined, keep: number): undefined {
  const all = backupsIn(call.state, storage).filter((one) => vmid === undefined || String(one.vmid) === vmid);
  const rows = all.map((one) => {
    const own = all.filter(({ vmid: id, protected: stays }) => id === one.vmid && !stays);
    const kept = own.slice(-keep).includes(one) ? 'keep' : 'remove';
    const kind = one.name.startsWith('vzdump-qemu') ? 'qemu' : 'lxc';
    return [one.volid, `${kind}/${one.vmid}`, one.protected ? 'protected' : kept] as const;
  });
  const width = Math.max(6, ...rows.map(([volid]) => volid.length));
  const line = (volid: string, id: string, mark: string) =>
    call.out(`${volid.padEnd(width)} ${id.padStart(Math.max(9, id.length))} ${mark.padStart(10)}\n`);
  call.out(
    'NOTE: this is only a preview and might not be what a subsequent\nprune call does if backups are removed/added in the meantime.\n\n',
  );
  line('Backup', 'Backup-ID', 'Prune-Mark');
  for (const row of rows) line(...row);
}
