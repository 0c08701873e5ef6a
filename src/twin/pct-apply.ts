/** Folding pending changes into a container's conf: at set on a stopped one, at stop, reboot and start (B39). */

import { type GuestConf, sorted } from '../proxmox/conf.ts';
import { type Call, Refusal } from './call.ts';
import { addUnused, completeNet, type Guest, parseMount, printMount, usesVolume } from './guests.ts';
import { allocateMount } from './pct-volumes.ts';
import { formatSize } from './sizes.ts';
import { free, parseVolumeId, volumePath } from './storage/volumes.ts';
import { giveContent, takeContent } from './volume-content.ts';

/** Drops pending values that are already current and deletions of keys that are not set (B40). */
export function cleanPending(conf: GuestConf): void {
  for (const [key, value] of conf.pending.keys)
    if (conf.keys.get(key) === value) conf.pending.keys.delete(key);
  conf.pendingDelete = conf.pendingDelete.filter((key) =>
    key === 'description' ? conf.description !== '' : conf.keys.has(key),
  );
}

/** Applies pending deletions and values; `only` limits it to some keys. A value that fails stays pending. */
export function applyPending(call: Call, guest: Guest, only?: ReadonlySet<string>): void {
  const { conf } = guest;
  for (const key of sorted(conf.pendingDelete)) {
    if (only && !only.has(key)) continue;
    applyDelete(call, guest, key);
  }
  cleanPending(conf);
  for (const key of sorted(conf.pending.keys.keys())) {
    if (only && !only.has(key)) continue;
    const value = conf.pending.keys.get(key) ?? '';
    if (/^mp\d+$/.test(key)) applyMount(call, guest, key, value);
    else applyValue(call, guest, key, value);
    conf.pending.keys.delete(key);
  }
}

/** Sets one key; an interface is completed with MAC and type. */
export function applyValue(call: Call, guest: Guest, key: string, value: string): void {
  if (key === 'description') guest.conf.description = value;
  else guest.conf.keys.set(key, /^net\d+$/.test(key) ? completeNet(call, value) : value);
}

/** Removes one key: a mount point's volume becomes unused, an unused one is freed (B47). */
export function applyDelete(call: Call, guest: Guest, key: string): void {
  const { conf } = guest;
  const value = conf.keys.get(key) ?? '';
  if (/^mp\d+$/.test(key)) takeContent(call.state, guest, parseMount(key, value));
  conf.keys.delete(key);
  conf.pendingDelete = conf.pendingDelete.filter((one) => one !== key);
  if (key === 'description') conf.description = '';
  if (/^mp\d+$/.test(key)) {
    const mount = parseMount(key, value);
    if (mount.kind === 'volume') addUnused(conf, mount.source);
  }
  if (/^unused\d+$/.test(key) && !usesVolume(conf, value) && !inSnapshot(conf, value))
    free(call.state, value);
}

/** Does a snapshot name this volume? */
export function inSnapshot(conf: GuestConf, volid: string): boolean {
  return [...conf.snapshots.values()].some((snapshot) => usesVolume(snapshot, volid));
}

/** Sets a mount point: a new volume for `STORE:SIZE`, the former one becomes unused (B46, B49). */
export function applyMount(call: Call, guest: Guest, key: string, value: string): void {
  const { conf } = guest;
  const before = conf.keys.get(key);
  const old = before === undefined ? undefined : parseMount(key, before);
  const present = mountValue(call, guest.id, key, value);
  if (old) takeContent(call.state, guest, old);
  conf.keys.set(key, present);
  const { source, ...fresh } = parseMount(key, present);
  for (const [name, unused] of conf.keys)
    if (/^unused\d+$/.test(name) && unused === source) conf.keys.delete(name);
  giveContent(call.state, guest, { source, ...fresh });
  if (old?.kind === 'volume') addUnused(conf, old.source);
}

function mountValue(call: Call, id: number, key: string, value: string): string {
  const mount = parseMount(key, value);
  if (mount.kind !== 'volume') return printMount(mount);
  if (/^[^:]+:\d+(\.\d+)?$/.test(mount.source)) return allocateMount(call, id, key, value, []);
  const volume = call.state.volumes[mount.source];
  if (volume) mount.properties.set('size', formatSize(volume.size));
  else call.err(`failed to stat '${pathOf(call, mount.source)}'\n`);
  return printMount(mount);
}

function pathOf(call: Call, volid: string): string {
  try {
    return volumePath(call.state, volid);
  } catch (error) {
    if (error instanceof Refusal) return parseVolumeId(volid).name;
    throw error;
  }
}
