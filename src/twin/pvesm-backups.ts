/** The verbs of `pvesm` that know backups: `free`, `prune-backups`, `extractconfig` (B153). */

import { isProtected, parseArchive, prune, removeBackup } from './backups.ts';
import { type Call, refuse } from './call.ts';
import type { Given } from './options.ts';
import { enabledStorage } from './storages.ts';
import { volumePath } from './volumes.ts';

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
  if (values.get('dry-run') === '1') return;
  const vmid = values.get('vmid');
  prune(call.state, storage, vmid === undefined ? undefined : Number(vmid), Number(keep), () => {});
}

export function pvesmExtractConfig(call: Call, { values }: Given): undefined {
  const volid = values.get('volume') ?? '';
  const archive = parseArchive(call.state.files[volumePath(call.state, volid)]?.text);
  if (!archive) return refuse(`volume '${volid}' does not exist`, 2);
  call.out(`${archive.conf}\n`);
}
