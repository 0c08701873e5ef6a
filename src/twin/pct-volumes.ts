/** New volumes for mount points, shared by `pct create` and `pct set` (B46, B53). It knows no verb. */

import { type Call, refuse } from './call.ts';
import { parseMount, printMount } from './guests.ts';
import { formatSize, parseSize } from './sizes.ts';
import { enabledStorage, findStorage } from './storage/storages.ts';
import { allocate, checkVolumeName, parseVolumeId } from './storage/volumes.ts';

/** `STORE:SIZE` with a size in GiB (B53). */
const newDisk = /^([^:/\s]+):(\d+(?:\.\d+)?)$/;

/**
 * The conf value of one mount point; a `STORE:SIZE` becomes a new volume, whose id is added to `made`.
 * Also used by `pct set` (B46).
 */
export function allocateMount(call: Call, id: number, key: string, text: string, made: string[]): string {
  const mount = parseMount(key, text);
  if (mount.kind !== 'volume') return printMount(mount);
  const fresh = newDisk.exec(mount.source);
  if (!fresh) {
    const { storage, name } = parseVolumeId(mount.source);
    checkVolumeName(findStorage(call.state, storage), name);
    if (!call.state.volumes[mount.source]) refuse(`volume '${mount.source}' does not exist`);
    return printMount(mount);
  }
  const bytes = parseSize(`${fresh[2]}G`) ?? 0;
  const storage = enabledStorage(call.state, fresh[1] ?? '');
  const volid = allocate(call, storage, id, bytes);
  made.push(volid);
  if (call.state.volumes[volid]?.format === 'raw') call.out(mkfsProgress(bytes));
  mount.properties.set('volume', volid);
  mount.properties.set('size', formatSize(bytes));
  return printMount(mount);
}

/** A line like mke2fs prints. */
function mkfsProgress(bytes: number): string {
  const blocks = Math.floor(bytes / 4096);
  return `Creating filesystem with ${blocks} 4k blocks and ${Math.floor(blocks / 4)} inodes\n`;
}
