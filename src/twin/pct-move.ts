/**
 * `pct move-volume`: to another storage as recorded (B89), to another container as tried on a node (it renames the volume
 * and edits both confs); the refusals of the latter follow the source of pve-container.
 */

import { type Call, refuse, type Work } from './call.ts';
import {
  addUnused,
  checkDigest,
  checkLock,
  type Guest,
  loadGuest,
  parseMount,
  printMount,
  save,
} from './guests.ts';
import { workTime } from './latency.ts';
import type { Given } from './options.ts';
import { inSnapshot } from './pct-apply.ts';
import { contentOf, enabledStorage, findStorage } from './storages.ts';
import { allocate, findVolume, free, volumePath } from './volumes.ts';

export function* pctMoveVolume(call: Call, given: Given): Work {
  const { values } = given;
  const storage = values.get('storage');
  const target = values.get('target-vmid');
  if (storage !== undefined && target !== undefined)
    refuse("either set 'storage' or 'target-vmid', but not both");
  if (storage === undefined && target === undefined) refuse("either set 'storage' or 'target-vmid'");
  if (storage !== undefined) yield* toStorage(call, given, storage);
  else yield* toContainer(call, given, Number(target));
}

/** The former volume stays as `unusedN` unless it is to be deleted. */
function* toStorage(call: Call, { values }: Given, id: string): Work {
  const key = values.get('volume') ?? '';
  const vmid = Number(values.get('vmid'));
  const storage = enabledStorage(call.state, id);
  if (!contentOf(storage).includes('rootdir'))
    refuse(`storage '${id}' does not support content-type 'rootdir'`);
  const guest = loadGuest(call, vmid);
  checkLock(guest);
  checkDigest(guest, values.get('digest'));
  const text = guest.conf.keys.get(key);
  if (text === undefined) {
    const mp = key === 'rootfs' ? '' : 'mp: property is missing and it is not optional\n';
    refuse(`format error\n${mp}volume: property is missing and it is not optional\n`);
  }
  if (guest.state.running) refuse('cannot move volumes of a running container');
  const mount = parseMount(key, text);
  if (mount.kind !== 'volume') refuse(`you can't move a bind mount or device`);
  const former = findVolume(call.state, mount.source);
  yield workTime('pct move-volume');
  const { volid, printed } = allocate(call.state, storage, vmid, former.size);
  call.out(printed);
  call.out(`Number of files: 10,000 (copy of ${volumePath(call.state, mount.source)})\n`);
  const now = loadGuest(call, vmid);
  mount.properties.set('volume', volid);
  now.conf.keys.set(key, printMount(mount));
  if (values.get('delete') === '1' && !inSnapshot(now.conf, mount.source)) free(call.state, mount.source);
  else addUnused(now.conf, mount.source);
  save(now);
}

function* toContainer(call: Call, { values }: Given, target: number): Work {
  const key = values.get('volume') ?? '';
  const wanted = values.get('target-volume') ?? key;
  const vmid = Number(values.get('vmid'));
  if (vmid === target)
    refuse(
      'Moving a volume to the same container is not possible. Did you mean to move the volume to a different storage?',
    );
  if (key === 'rootfs') refuse('cannot move volume rootfs to another container');
  const from = loadGuest(call, vmid);
  const to = loadGuest(call, target);
  for (const [guest, digest] of [
    [from, 'digest'],
    [to, 'target-digest'],
  ] as const) {
    checkLock(guest);
    checkDigest(guest, values.get(digest));
  }
  const text = movable(from, key, vmid);
  if (to.conf.keys.has(wanted))
    refuse(`Target volume key '${wanted}' is already in use for container '${target}'`);
  const mount = parseMount(key, text);
  const volume = findVolume(call.state, mount.source);
  if (inSnapshot(from.conf, mount.source) || volume.snapshots.length > 0)
    refuse(`Moving a volume that is used by a snapshot is not possible`);
  yield workTime('pct move-volume');
  call.out(`moving volume '${key}' from container '${vmid}' to '${target}'\n`);
  const { volid } = allocate(call.state, findStorage(call.state, volume.storage), target, volume.size);
  free(call.state, mount.source);
  const [source, destination] = [loadGuest(call, vmid), loadGuest(call, target)];
  source.conf.keys.delete(key);
  mount.properties.set('volume', volid);
  destination.conf.keys.set(wanted, /^unused/.test(wanted) ? volid : printMount(mount));
  save(source);
  save(destination);
  call.out(`removing volume '${key}' from container '${vmid}' config\n`);
  call.out(`target container '${target}' updated with '${wanted}'\n`);
}

function movable(from: Guest, key: string, vmid: number): string {
  const text = from.conf.keys.get(key);
  if (text === undefined) refuse(`volume '${key}' for container '${vmid}' does not exist`);
  if (from.state.running) refuse(`cannot move volume '${key}' of a running container to another container`);
  if (parseMount(key, text).kind !== 'volume')
    refuse('Cannot move a bindmount or device mount to another container');
  return text;
}
