/** Folding pending changes into a container's conf: at set on a stopped one, at stop, reboot and start (B39). */

import { type GuestConf, sorted } from '../proxmox/conf.ts';
import { type Call, Refusal } from './call.ts';
import {
  addUnused,
  completeNet,
  type Guest,
  mountsOf,
  parseMount,
  printMount,
  usesVolume,
} from './guests.ts';
import { allocateMount } from './pct-volumes.ts';
import { formatSize } from './sizes.ts';
import { findStorage } from './storage/storages.ts';
import { checkVolumeName, free, parseVolumeId, volumePath } from './storage/volumes.ts';
import { giveContent, takeContent } from './volume-content.ts';

/** Drops pending values that are already current and deletions of keys that are not set (B40). */
export function cleanPending(conf: GuestConf): void {
  for (const [key, value] of conf.pending.keys)
    if (conf.keys.get(key) === value) conf.pending.keys.delete(key);
  conf.pendingDelete = conf.pendingDelete.filter((key) =>
    key === 'description' ? conf.description !== '' : conf.keys.has(key),
  );
}

/**
 * Applies pending deletions and values; `only` limits it to some keys. A value that fails stays pending: that is told, and
 * returned by key.
 */
export function applyPending(
  call: Call,
  guest: Guest,
  only?: ReadonlySet<string>,
  warn = call.err,
): Map<string, string> {
  const { conf } = guest;
  const errors = new Map<string, string>();
  const attempt = (key: string, apply: () => void) => {
    if (only && !only.has(key)) return;
    try {
      apply();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      errors.set(key, `unable to apply pending change ${key} : ${error.message}`);
      warn(`unable to apply pending change ${key} : ${error.message}`);
    }
  };
  for (const key of sorted(conf.pendingDelete)) attempt(key, () => applyDelete(call, guest, key, warn));
  cleanPending(conf);
  for (const key of sorted(conf.pending.keys.keys()))
    attempt(key, () => {
      const value = conf.pending.keys.get(key) ?? '';
      if (/^mp\d+$/.test(key)) applyMount(call, guest, key, value, warn);
      else applyValue(call, guest, key, value);
      conf.pending.keys.delete(key);
    });
  return errors;
}

/** Sets one key; an interface is completed with MAC and type. */
export function applyValue(call: Call, guest: Guest, key: string, value: string): void {
  if (key === 'description') guest.conf.description = value;
  else guest.conf.keys.set(key, /^net\d+$/.test(key) ? completeNet(call, value) : value);
}

/** Removes one key: a mount point's volume becomes unused, an unused one is freed (B47). */
export function applyDelete(call: Call, guest: Guest, key: string, warn = call.err): void {
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
  if (!/^unused\d+$/.test(key)) return;
  const used = [conf, conf.pending].some((section) =>
    mountsOf(section).some(({ source }) => source === value),
  );
  if (!used && !inSnapshot(conf, value)) freeOwn(call, guest.id, value, warn);
}

/** Frees a volume of this container; of one that bears another's number only the name is let go. */
export function freeOwn(call: Call, id: number, volid: string, warn: (text: string) => void): void {
  const owner = call.state.volumes[volid]?.owner;
  if (owner !== undefined && owner !== id) warn(`ignore deletion of '${volid}', CT ${id} isn't the owner!\n`);
  else free(call.state, volid);
}

/** Does a snapshot name this volume? */
export function inSnapshot(conf: GuestConf, volid: string): boolean {
  return [...conf.snapshots.values()].some((snapshot) => usesVolume(snapshot, volid));
}

/** Sets a mount point: a new volume for `STORE:SIZE`, the former one becomes unused (B46, B49). */
export function applyMount(call: Call, guest: Guest, key: string, value: string, warn = call.err): void {
  const { conf } = guest;
  const before = conf.keys.get(key);
  const old = before === undefined ? undefined : parseMount(key, before);
  const present = mountValue(call, guest.id, key, value, warn);
  if (old) takeContent(call.state, guest, old);
  conf.keys.set(key, present);
  const { source, ...fresh } = parseMount(key, present);
  for (const [name, unused] of conf.keys)
    if (/^unused\d+$/.test(name) && unused === source) conf.keys.delete(name);
  giveContent(call.state, guest, { source, ...fresh });
  if (old?.kind === 'volume') addUnused(conf, old.source);
}

function mountValue(
  call: Call,
  id: number,
  key: string,
  value: string,
  warn: (text: string) => void,
): string {
  const mount = parseMount(key, value);
  if (mount.kind !== 'volume') return printMount(mount);
  if (/^[^:]+:\d+(\.\d+)?$/.test(mount.source)) return allocateMount(call, id, key, value, []);
  const volume = call.state.volumes[mount.source];
  if (volume) mount.properties.set('size', formatSize(volume.size));
  else warn(`${whyNoSize(call, mount.source)}\n`);
  return printMount(mount);
}

function whyNoSize(call: Call, volid: string): string {
  try {
    const { storage, name } = parseVolumeId(volid);
    checkVolumeName(findStorage(call.state, storage), name);
    return `failed to stat '${volumePath(call.state, volid)}'`;
  } catch (error) {
    if (error instanceof Refusal) return `Could not rescan volume size - ${error.message}`;
    throw error;
  }
}
