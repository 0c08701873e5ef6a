/** `pct template`, `resize`, `destroy` and `unlock` (B5, B23–B25, B28, B70). */

import { type Call, Refusal, refuse, type Work } from './call.ts';
import {
  checkDigest,
  checkLock,
  checkProtection,
  type Guest,
  isTemplate,
  loadGuest,
  mountsOf,
  parseMount,
  printMount,
  save,
} from './guests.ts';
import { checkUnmanaged, purge } from './ha/requests.ts';
import { workTime } from './latency.ts';
import type { Given } from './options.ts';
import { freeOwn } from './pct-apply.ts';
import { beforeHalt, halt } from './pct-power.ts';
import { leaveAccess } from './pools.ts';
import { formatSize, parseSize } from './sizes.ts';
import { findStorage, hasQuota, keepsBases } from './storage/storages.ts';
import {
  findVolume,
  free,
  growVolume,
  isBase,
  makeBase,
  parseVolumeId,
  volumePath,
} from './storage/volumes.ts';

export function* pctTemplate(call: Call, { values }: Given): Work {
  const guest = loadGuest(call, values.get('vmid') ?? '');
  checkLock(guest);
  if (guest.conf.snapshots.size > 0) refuse('unable to create template, because CT contains snapshots');
  if (isTemplate(guest.conf)) refuse("you can't convert a template to a template");
  if (guest.state.running) refuse("you can't convert a CT to template if the CT is running");
  yield workTime('pct template');
  const now = loadGuest(call, guest.id);
  // What its task refuses leaves the exit code at 0 (source).
  const bound = mountsOf(now.conf).find(({ kind }) => kind !== 'volume');
  if (bound) return call.err(`unable to parse volume ID '${bound.source}'\n`);
  for (const mount of mountsOf(now.conf)) {
    if (isBase(mount.source)) continue;
    mount.properties.set('volume', makeBase(call.state, mount.source));
    now.conf.keys.set(mount.key, printMount(mount));
  }
  now.conf.keys.set('template', '1');
  save(now);
}

export function* pctUnlock(call: Call, { values }: Given): Work {
  yield workTime('pct unlock');
  const guest = loadGuest(call, values.get('vmid') ?? '');
  if (!guest.conf.keys.delete('lock')) refuse('no lock found trying to remove any lock');
  save(guest);
}

/** What is looked at before the task begins; returns the disk and what it is to be, in bytes. */
export function checkResize(call: Call, { values }: Given): { key: string; size: number } {
  const guest = loadGuest(call, values.get('vmid') ?? '');
  checkLock(guest);
  checkDigest(guest, values.get('digest'));
  const key = values.get('disk') ?? '';
  const text = guest.conf.keys.get(key);
  if (text === undefined) {
    const mp = key === 'rootfs' ? '' : 'mp: property is missing and it is not optional\n';
    refuse(`format error\nvolume: property is missing and it is not optional\n${mp}`);
  }
  const mount = parseMount(key, text);
  const volume = findVolume(call.state, mount.source);
  if (volume.owner !== undefined && volume.owner !== guest.id)
    refuse(
      `can't resize mount point owned by another container (${volume.owner}) at /usr/share/perl5/PVE/API2/LXC.pm line 2190.`,
    );
  const wish = values.get('size') ?? '';
  const amount = parseSize(wish.replace(/^\+/, '')) ?? 0;
  const size = wish.startsWith('+') ? volume.size + amount : amount;
  const storage = findStorage(call.state, volume.storage);
  if (volume.format !== 'subvol' || hasQuota(storage)) {
    if (size < volume.size) refuse('unable to shrink disk size');
    if (size === volume.size) refuse('disk is already at specified size');
  }
  return { key, size };
}

export function* pctResize(call: Call, given: Given): Work {
  const { key, size } = checkResize(call, given);
  yield workTime('pct resize');
  grow(call, loadGuest(call, given.values.get('vmid') ?? ''), key, size);
}

/** Errors raised here, inside the task, leave the exit code at 0 (B5). */
function grow(call: Call, guest: Guest, key: string, size: number): void {
  const mount = parseMount(key, guest.conf.keys.get(key) ?? '');
  const volume = findVolume(call.state, mount.source);
  const storage = findStorage(call.state, volume.storage);
  if (volume.format === 'subvol' && !hasQuota(storage)) {
    call.err('cannot resize subvolume - btrfs quotas are currently not supported\n');
    return;
  }
  if (isBase(mount.source) && keepsBases(storage)) {
    refuseBase(call, mount.source, size);
    return;
  }
  // A file system counts in blocks of 4 KiB: less than one more is nothing to do (ct-resize-errors).
  const blocks = [volume.size, size].map((bytes) => Math.floor(bytes / 4096));
  try {
    growVolume(call, mount.source, size, false);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    call.err(error.message);
    return;
  }
  if (volume.format === 'raw') call.out('resize2fs 1.47.0 (5-Feb-2023)\n');
  if (volume.format === 'raw' && blocks[0] === blocks[1])
    call.out(`The filesystem is already ${blocks[1]} (4k) blocks long.  Nothing to do!\n\n`);
  mount.properties.set('size', formatSize(size));
  guest.conf.keys.set(key, printMount(mount));
  save(guest);
}

function refuseBase(call: Call, volid: string, size: number): void {
  const path = volumePath(call.state, volid);
  call.out(`qemu-img: Could not open '${path}': Could not open '${path}': Read-only file system\n`);
  call.err(`command '/usr/bin/qemu-img resize -f raw ${path} ${size}' failed: exit code 1\n`);
}

/** What is looked at before the task begins. */
export function checkDestroy(call: Call, { values }: Given): Guest {
  const guest = loadGuest(call, values.get('vmid') ?? '');
  checkProtection(guest, `can't remove CT ${guest.id}`);
  checkUnmanaged(call, 'ct', guest.id, values.get('purge') === '1');
  checkLock(guest);
  if (guest.state.running && values.get('force') !== '1')
    refuse(`unable to destroy CT ${guest.id} - container is running`);
  return guest;
}

export function* pctDestroy(call: Call, given: Given): Work {
  const { values } = given;
  const guest = checkDestroy(call, given);
  const { id } = guest;
  if (guest.state.running) {
    call.out(`forced to stop CT ${id} before destroying!\n`);
    beforeHalt(call, id);
    halt(call, id);
  }
  for (const volid of volumesOf(guest)) checkFree(call, volid);
  yield workTime('pct destroy');
  // Of parallel destroys the later one finds nothing any more (B31).
  for (const volid of volumesOf(loadGuest(call, id, () => {}))) freeOwn(call, id, volid, call.out);
  if (values.get('destroy-unreferenced-disks') === '1')
    for (const [volid, volume] of Object.entries(call.state.volumes))
      if (volume.owner === id) free(call.state, volid);
  if (values.get('purge') === '1') {
    call.out(`purging CT ${id} from related configurations..\n`);
    purge(call, 'ct', id);
  }
  delete call.state.guests[id];
  leaveAccess(call, id);
  delete call.state.files[`/etc/pve/firewall/${id}.fw`];
}

/** Refuses what `free` would refuse, before anything is gone: a missing storage, linked clones (B24, B84). */
function checkFree(call: Call, volid: string): void {
  const { storage, name } = parseVolumeId(volid);
  const probe = { ...call.state, volumes: { ...call.state.volumes }, datasets: { ...call.state.datasets } };
  free(probe, `${storage}:${name}`);
}

/** Every volume that the conf names now or as pending; what only a snapshot names is left behind (source). */
function volumesOf({ conf }: Guest): string[] {
  const volids = new Set<string>();
  for (const section of [conf, conf.pending]) {
    for (const mount of mountsOf(section)) if (mount.kind === 'volume') volids.add(mount.source);
    for (const [key, value] of section.keys)
      if (/^unused\d+$/.test(key)) volids.add(value.split(',')[0] ?? '');
  }
  return [...volids];
}
