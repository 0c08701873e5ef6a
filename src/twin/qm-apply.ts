/** Folding pending changes into a VM's conf: at set on a stopped one, at stop and at start (B39, B91). */

import { type GuestConf, sorted } from '../proxmox/conf.ts';
import type { Call } from './call.ts';
import type { Guest } from './guests.ts';
import { writeCloudInit } from './qm-cloudinit.ts';
import { free } from './storage/volumes.ts';
import {
  addUnusedDisk,
  isCloudInit,
  isDriveKey,
  isVolume,
  namesVolume,
  parseDrive,
  vmVolumes,
} from './vms.ts';

/** Drops pending values that are already current and deletions of keys that are not set. */
export function cleanVmPending(conf: GuestConf): void {
  for (const [key, value] of conf.pending.keys)
    if (key === 'description' ? conf.description === value : conf.keys.get(key) === value)
      conf.pending.keys.delete(key);
  conf.pendingDelete = conf.pendingDelete.filter((key) =>
    key === 'description' ? conf.description !== '' : conf.keys.has(key),
  );
}

/** Applies pending deletions and values; `only` limits the values, `deletes` and `force` say what goes besides. */
export function applyVmPending(
  call: Call,
  guest: Guest,
  only?: ReadonlySet<string>,
  deletes?: readonly string[],
  force = false,
): void {
  const { conf } = guest;
  const gone = deletes ?? sorted(conf.pendingDelete).filter((key) => !only || only.has(key));
  for (const key of gone) deleteVmKey(call, guest, key, force);
  if (deletes) return;
  cleanVmPending(conf);
  let drive = false;
  for (const key of sorted(conf.pending.keys.keys())) {
    if (only && !only.has(key)) continue;
    const value = conf.pending.keys.get(key) ?? '';
    conf.pending.keys.delete(key);
    putVmKey(call, guest, key, value);
    drive ||= isDriveKey(key) && isCloudInit(parseDrive(key, value));
  }
  // A drive that was set just now gets its data at once (vm-cloudinit-update).
  if (drive) writeCloudInit(call, guest);
}

/** Sets one key; the volume of a drive that is replaced becomes unused. */
export function putVmKey(call: Call, guest: Guest, key: string, value: string): void {
  const { conf } = guest;
  if (key === 'description') {
    conf.description = value;
    return;
  }
  const before = conf.keys.get(key);
  conf.keys.set(key, value);
  if (!isDriveKey(key)) return;
  const { source } = parseDrive(key, value);
  for (const [name, text] of conf.keys)
    if (/^unused\d+$/.test(name) && text.split(',')[0] === source) conf.keys.delete(name);
  if (before !== undefined && parseDrive(key, before).source !== source)
    detach(call, guest, key, before, false);
}

/** Removes one key: a drive's volume becomes unused, an unused one is freed (B47). */
export function deleteVmKey(call: Call, guest: Guest, key: string, force = false): void {
  const { conf } = guest;
  const value = conf.keys.get(key) ?? '';
  conf.keys.delete(key);
  conf.pendingDelete = conf.pendingDelete.filter((one) => one !== key);
  if (key === 'description') conf.description = '';
  if (isDriveKey(key)) detach(call, guest, key, value, force);
  if (/^unused\d+$/.test(key)) freeUnlessNamed(call, guest, value.split(',')[0] ?? '');
}

/** A cloud-init drive is never kept, also where a snapshot names it: no snapshot is taken of it, and it is made anew. */
function detach(call: Call, guest: Guest, key: string, value: string, force: boolean): void {
  const drive = parseDrive(key, value);
  if (!isVolume(drive)) return;
  if (isCloudInit(drive)) free(call.state, drive.source);
  else if (force) freeUnlessNamed(call, guest, drive.source);
  else addUnusedDisk(guest.conf, drive.source);
}

function freeUnlessNamed(call: Call, guest: Guest, volid: string): void {
  if (!namesVolume(guest.conf, volid) && !vmVolumes(guest).includes(volid)) free(call.state, volid);
}
