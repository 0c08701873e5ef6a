/**
 * `pct move-volume`: to another storage as recorded (B89), to another container as tried on a node (it renames the volume
 * and edits both confs); the refusals of the latter follow the source of pve-container.
 */

import { storageType } from '../proxmox/storage-types.ts';
import { type Call, refuse, type Work } from './call.ts';
import {
  addUnused,
  checkDigest,
  checkLock,
  checkProtection,
  checkRunnable,
  findGuest,
  type Guest,
  isTemplate,
  loadGuest,
  type Mount,
  parseMount,
  printMount,
  save,
} from './guests.ts';
import { workTime } from './latency.ts';
import { type Given, refuseParameters, usage } from './options.ts';
import { inSnapshot } from './pct-apply.ts';
import { pctVerbs } from './pct-options.ts';
import { formatSize } from './sizes.ts';
import { copyOf } from './storage/copies.ts';
import { contentOf, enabledStorage, findStorage, hasQuota } from './storage/storages.ts';
import { allocate, findVolume, free, makeBase, renameVolume, volumePath } from './storage/volumes.ts';
import { giveContent, takeContent } from './volume-content.ts';

/** What is looked at before the task begins. */
export function checkMoveVolume(call: Call, { values }: Given): void {
  const storage = values.get('storage');
  const target = values.get('target-vmid');
  if (storage !== undefined && target !== undefined)
    refuse('either set storage or target-vmid, but not both');
  if (storage === undefined && target === undefined) {
    const why = "both 'storage' and 'target-vmid' missing, either needs to be set";
    const line = usage('pct', 'move-volume', pctVerbs['move-volume'] ?? { args: {}, options: {} });
    refuseParameters(new Map(['storage', 'target-vmid'].map((name) => [name, why])), line);
  }
  const key = values.get('volume') ?? '';
  const vmid = Number(values.get('vmid'));
  if (target !== undefined) {
    const wanted = values.get('target-volume') ?? key;
    checkMove(call, values, { vmid, target: Number(target), key, wanted });
    return;
  }
  const guest = loadGuest(call, vmid);
  checkMovable(guest, key, values.get('delete') === '1');
  checkDigest(guest, values.get('digest'));
}

export function* pctMoveVolume(call: Call, given: Given): Work {
  checkMoveVolume(call, given);
  const storage = given.values.get('storage');
  if (storage !== undefined) yield* toStorage(call, given, storage);
  else yield* toContainer(call, given, Number(given.values.get('target-vmid')));
}

/** The former volume stays as `unusedN` unless it is to be deleted. The lock is in the conf until it is done. */
function* toStorage(call: Call, { values }: Given, id: string): Work {
  const key = values.get('volume') ?? '';
  const vmid = Number(values.get('vmid'));
  const wanted = values.get('delete') === '1';
  const guest = loadGuest(call, vmid);
  const mount = checkMovable(guest, key, wanted);
  guest.conf.keys.set('lock', 'disk');
  save(guest);
  try {
    const former = findVolume(call.state, mount.source);
    if (mount.kind !== 'volume') refuse(`cannot copy volumes of type ${mount.kind}`);
    const storage = enabledStorage(call.state, id);
    if (!contentOf(storage).includes('rootdir') && !hasQuota(storage))
      refuse(`content type 'rootdir' is not available or configured on storage '${id}'`);
    yield workTime('pct move-volume');
    const made = allocate(call, storage, vmid, former.size, { copy: copyOf(former, vmid) });
    call.out(`Number of files: 10,000 (copy of ${volumePath(call.state, mount.source)})\n`);
    const now = loadGuest(call, vmid);
    mount.properties.set('volume', isTemplate(now.conf) ? makeBase(call.state, made) : made);
    mount.properties.set('size', formatSize(former.size));
    now.conf.keys.set(key, printMount(mount));
    if (wanted) free(call.state, mount.source);
    else addUnused(now.conf, mount.source);
    save(now);
  } finally {
    const now = findGuest(call, vmid, () => {});
    if (now?.conf.keys.delete('lock')) save(now);
  }
}

/** What is looked at before a volume is copied, in the order of the source. */
function checkMovable(guest: Guest, key: string, deleting: boolean): Mount {
  checkLock(guest);
  if (guest.state.running) refuse('cannot move volumes of a running container');
  if (/^unused/.test(key))
    refuse(`cannot move volume '${key}', only configured volumes can be moved to another storage`);
  const text = guest.conf.keys.get(key);
  if (text === undefined) {
    const mp = key === 'rootfs' ? '' : 'mp: property is missing and it is not optional\n';
    return refuse(`format error\n${mp}volume: property is missing and it is not optional\n`);
  }
  const mount = parseMount(key, text);
  if (deleting && inSnapshot(guest.conf, mount.source))
    refuse("you can't move a volume with snapshots and delete the source");
  return mount;
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
  const from = loadGuest(call, vmid);
  checkLock(from);
  const to = loadGuest(call, target);
  checkLock(to);
  if (isTemplate(from.conf) || isTemplate(to.conf)) refuse("Can't move volumes from or to template CT");
  checkDigest(from, values.get('digest'), `Container ${vmid}: `);
  checkDigest(to, values.get('target-digest'), `Container ${target}: `);
  const text = from.conf.keys.get(key);
  if (text === undefined) return refuse(`volume '${key}' for container '${vmid}' does not exist`);
  if (to.conf.keys.has(wanted))
    refuse(`Target volume key '${wanted}' is already in use for container '${target}'`);
  const mount = parseMount(key, text);
  if (inSnapshot(from.conf, mount.source))
    refuse('Cannot move volume used by a snapshot to another container');
  const { format, storage } = findVolume(call.state, mount.source);
  // Of a folder of files only images can be renamed.
  if (format === 'subvol' && storageType(findStorage(call.state, storage).type)?.family === 'folder')
    refuse('Storage does not support moving of this disk to another container');
  if (from.state.running && !/^unused/.test(key))
    refuse('Cannot move in-use volume while the source CT is running - detach or shutdown first');
  return mount;
}
