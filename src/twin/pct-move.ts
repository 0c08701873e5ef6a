/**
 * `pct move-volume`: to another storage as recorded (B89), to another container as tried on a node (it renames the volume
 * and edits both confs); the refusals of the latter follow the source of pve-container.
 */

import { type Call, refuse, type Work } from './call.ts';
import {
  addUnused,
  checkDigest,
  checkLock,
  checkProtection,
  checkRunnable,
  isTemplate,
  loadGuest,
  type Mount,
  parseMount,
  printMount,
  save,
} from './guests.ts';
import { workTime } from './latency.ts';
import type { Given } from './options.ts';
import { inSnapshot } from './pct-apply.ts';
import { copyOf } from './storage/copies.ts';
import { contentOf, enabledStorage } from './storage/storages.ts';
import { allocate, findVolume, free, renameVolume, volumePath } from './storage/volumes.ts';
import { giveContent, takeContent } from './volume-content.ts';

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
  const volid = allocate(call, storage, vmid, former.size, { copy: copyOf(former, vmid) });
  call.out(`Number of files: 10,000 (copy of ${volumePath(call.state, mount.source)})\n`);
  const now = loadGuest(call, vmid);
  mount.properties.set('volume', volid);
  now.conf.keys.set(key, printMount(mount));
  if (values.get('delete') === '1' && !inSnapshot(now.conf, mount.source)) free(call.state, mount.source);
  else addUnused(now.conf, mount.source);
  save(now);
}

/**
 * The volume is renamed first, then it leaves the one conf, then it enters the other: who kills the worker in between
 * leaves a volume that no conf names, which is why the pause stands there.
 */
function* toContainer(call: Call, { values }: Given, target: number): Work {
  const key = values.get('volume') ?? '';
  const wanted = values.get('target-volume') ?? key;
  const vmid = Number(values.get('vmid'));
  const mount = checkMove(call, values, { vmid, target, key, wanted });
  call.out(`moving volume '${key}' from container '${vmid}' to '${target}'\n`);
  takeContent(call.state, loadGuest(call, vmid), mount);
  const volid = renameVolume(call.state, mount.source, target);
  mount.properties.set('volume', volid);
  yield workTime('pct move-volume');
  const source = loadGuest(call, vmid);
  source.conf.keys.delete(key);
  call.out(`removing volume '${key}' from container '${vmid}' config\n`);
  save(source);
  const destination = loadGuest(call, target);
  const unused = /^unused/.test(wanted);
  if (!unused) checkProtection(destination, `can't update CT ${target} drive '${wanted}'`);
  destination.conf.keys.set(wanted, unused ? volid : printMount(mount));
  save(destination);
  if (!unused) {
    giveContent(call.state, destination, parseMount(wanted, printMount(mount)));
    checkRunnable(call, destination.conf);
  }
  call.out(`target container '${target}' updated with '${wanted}'\n`);
}

interface Move {
  readonly vmid: number;
  readonly target: number;
  readonly key: string;
  readonly wanted: string;
}

/** What is looked at before anything moves. */
function checkMove(call: Call, values: Given['values'], { vmid, target, key, wanted }: Move): Mount {
  if (key === 'rootfs' || wanted === 'rootfs') refuse("Cannot move to/from 'rootfs'");
  if (/^unused/.test(key) && !/^unused/.test(wanted))
    refuse('Moving an unused volume to a used one is not possible');
  for (const id of [vmid, target]) if (!call.state.guests[id]) refuse(`could not find CT ${id}`);
  const [from, to] = [loadGuest(call, vmid), loadGuest(call, target)];
  for (const guest of [from, to]) checkLock(guest);
  if (isTemplate(from.conf) || isTemplate(to.conf)) refuse("Can't move volumes from or to template CT");
  checkDigest(from, values.get('digest'));
  checkDigest(to, values.get('target-digest'));
  const text = from.conf.keys.get(key);
  if (text === undefined) return refuse(`volume '${key}' for container '${vmid}' does not exist`);
  if (to.conf.keys.has(wanted))
    refuse(`Target volume key '${wanted}' is already in use for container '${target}'`);
  const mount = parseMount(key, text);
  if (inSnapshot(from.conf, mount.source))
    refuse('Cannot move volume used by a snapshot to another container');
  if (mount.kind !== 'volume') refuse('Cannot move a bindmount or device mount to another container');
  findVolume(call.state, mount.source);
  if (from.state.running && !/^unused/.test(key))
    refuse('Cannot move in-use volume while the source CT is running - detach or shutdown first');
  return mount;
}
