/** `qm disk move`: to another storage, or to another VM (from the source of qemu-server; not recorded). */

import { type Call, Refusal, refuse, type Work } from './call.ts';
import { copyTree } from './guest-tree.ts';
import { type Guest, isTemplate, kindOf } from './guests.ts';
import { copyTime, workTime } from './latency.ts';
import { type Given, refuseParameters, usage } from './options.ts';
import { putVmKey } from './qm-apply.ts';
import { qmVerb } from './qm-verbs.ts';
import { convertOf } from './storage/copies.ts';
import { writtenOn } from './storage/counting.ts';
import { allocateImage, copyFormat, copyProgress } from './storage/images.ts';
import { contentOf, enabledStorage } from './storage/storages.ts';
import {
  findVolume,
  free,
  isBase,
  makeBase,
  parseVolumeId,
  renameVolume,
  volumePath,
} from './storage/volumes.ts';
import {
  addUnusedDisk,
  bootOrder,
  checkVmDigest,
  checkVmLock,
  type Drive,
  isCdrom,
  isCloudInit,
  loadVm,
  namesVolume,
  parseDrive,
  printBootOrder,
  printDrive,
  saveVm,
} from './vms.ts';

function wrong(call: Call, names: readonly string[], reason: string): never {
  const spec = qmVerb(call.state.packages, 'disk move') ?? { args: {}, options: {} };
  return refuseParameters(new Map(names.map((name) => [name, reason])), usage('qm', 'disk move', spec));
}

export function* qmMove(call: Call, { values }: Given): Work {
  const store = values.get('storage');
  const target = values.get('target-vmid');
  const both = ['storage', 'target-vmid'];
  if (store !== undefined && target !== undefined)
    wrong(call, both, "either set 'storage' or 'target-vmid', but not both");
  if (target !== undefined) return yield* reassign(call, values, target);
  if (store === undefined)
    return wrong(call, both, "both 'storage' and 'target-vmid' missing, either needs to be set");
  yield* toStorage(call, values, store);
}

/** A snapshot that names this volume keeps it where it is. */
function isHeld({ conf }: Guest, volid: string): boolean {
  return [...conf.snapshots.values()].some((section) => namesVolume(section, volid));
}

function checkMove(call: Call, values: Given['values'], store: string): { guest: Guest; drive: Drive } {
  const guest = loadVm(call, values.get('vmid') ?? '');
  const key = values.get('disk') ?? '';
  checkVmLock(guest);
  checkDigest(guest, values.get('digest'), '');
  const text = guest.conf.keys.get(key);
  if (text === undefined) return refuse(`disk '${key}' does not exist`);
  const drive = parseDrive(key, text);
  if (isCdrom(drive)) refuse("you can't move a cdrom");
  const own = /\.(raw|qcow2|vmdk)$/.exec(drive.source)?.[1];
  const asked = values.get('format');
  if (store === parseVolumeId(drive.source).storage && (!asked || !own || own === asked))
    refuse("you can't move to the same storage with same format");
  if (!contentOf(enabledStorage(call.state, store)).includes('images'))
    wrong(call, ['storage'], `storage '${store}' does not support vm images`);
  if (isHeld(guest, drive.source) && values.get('delete') === '1')
    refuse("you can't move a disk with snapshots and delete the source");
  return { guest, drive };
}

/** The former volume stays as `unusedN` unless it is to be deleted. */
function* toStorage(call: Call, values: Given['values'], store: string): Work {
  const { guest, drive } = checkMove(call, values, store);
  const { key } = drive;
  const former = findVolume(call.state, drive.source);
  if (isHeld(guest, drive.source)) call.out('moving disk with snapshots, snapshots will not be moved!\n');
  const storage = enabledStorage(call.state, store);
  const format = copyFormat(storage, values.get('format'), former.format);
  call.out(`create full clone of drive ${key} (${drive.source})\n`);
  const copy = convertOf(writtenOn(former), {
    from: volumePath(call.state, drive.source),
    ...{ formats: [former.format, format], before: 'storage migration failed: ' },
  });
  const wish = { size: former.size, format, ...(isCloudInit(drive) ? { name: 'cloudinit' } : { copy }) };
  const volid = allocateImage(call, storage, guest.id, wish);
  if (!isCloudInit(drive)) call.out(copyProgress(former.size));
  try {
    yield copyTime(former.size);
  } catch (error) {
    free(call.state, volid);
    throw error;
  }
  const now = loadVm(call, guest.id);
  const fresh = call.state.volumes[volid];
  const boots = now.state.disk === drive.source;
  if (fresh && !boots && former.tree) fresh.tree = copyTree(former.tree);
  const placed = isTemplate(now.conf) && !isBase(volid) ? makeBase(call.state, volid) : volid;
  // The system goes along with the disk that the VM runs from.
  if (boots) now.state.disk = placed;
  const { source } = drive;
  drive.properties.set('file', placed);
  now.conf.keys.set(key, printDrive(drive));
  if (values.get('delete') !== '1') addUnusedDisk(now.conf, source);
  else freeOrTell(call, source);
  saveVm(call.state, now);
}

/** What cannot be freed is only told. */
function freeOrTell(call: Call, volid: string): void {
  try {
    free(call.state, volid);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    call.out(error.message);
  }
}

/** Told in the words of a container's digest, unlike that of `qm set`. */
function checkDigest(guest: Guest, digest: string | undefined, before: string): void {
  try {
    checkVmDigest(guest, digest);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(`${before}detected modified configuration - file changed by other user? Try again.`);
  }
}

function checkReassign(call: Call, values: Given['values'], target: string): { source: Guest; other: Guest } {
  const id = values.get('vmid') ?? '';
  const key = values.get('disk') ?? '';
  const slot = values.get('target-disk') ?? key;
  if (id === target) wrong(call, ['target-vmid'], 'must be different than source VMID to reassign disk');
  if (kindOf(call.state, id) === undefined) refuse(`could not find VM ${id}`);
  if (kindOf(call.state, target) === undefined) refuse(`could not find target VM ${target}`);
  const source = loadVm(call, id);
  checkVmLock(source);
  const other = loadVm(call, target);
  checkVmLock(other);
  if (isTemplate(source.conf) || isTemplate(other.conf)) refuse("Can't move disks from or to template VMs");
  checkDigest(source, values.get('digest'), `VM ${id}: `);
  checkDigest(other, values.get('target-digest'), `VM ${target}: `);
  const text = source.conf.keys.get(key);
  if (text === undefined) return refuse(`Disk '${key}' for VM '${id}' does not exist`);
  if (other.conf.keys.has(slot)) refuse(`Target disk key '${slot}' is already in use for VM '${target}'`);
  const drive = parseDrive(key, text);
  if (isCdrom(drive)) refuse("CD drive contents can't be moved to another VM");
  if (drive.source.startsWith('/')) refuse(`Volume '${drive.source}' not managed by PVE`);
  if (isHeld(source, drive.source)) refuse("Can't move disk used by a snapshot to another VM");
  if (isBase(drive.source)) refuse('Storage does not support moving of this disk to another VM');
  if (source.state.running && !/^unused\d+$/.test(key))
    refuse('Cannot move disk to another VM while the source VM is running - detach first');
  return { source, other };
}

/** The volume gets a name of the other VM. */
function* reassign(call: Call, values: Given['values'], target: string): Work {
  checkReassign(call, values, target);
  yield workTime('qm set');
  const { source, other } = checkReassign(call, values, target);
  const key = values.get('disk') ?? '';
  const slot = values.get('target-disk') ?? key;
  const drive = parseDrive(key, source.conf.keys.get(key) ?? '');
  call.out(`moving disk '${key}' from VM '${source.id}' to '${other.id}'\n`);
  const volid = renameVolume(call.state, drive.source, other.id);
  const order = bootOrder(source.conf);
  if (order.includes(key)) {
    call.out(`removing disk '${key}' from boot order config\n`);
    source.conf.keys.set('boot', printBootOrder(order.filter((one) => one !== key)));
  }
  source.conf.keys.delete(key);
  call.out(`removing disk '${key}' from VM '${source.id}' config\n`);
  saveVm(call.state, source);
  drive.properties.set('file', volid);
  const value = /^unused\d+$/.test(slot) ? volid : printDrive(drive);
  if (!/^unused\d+$/.test(slot)) call.out(`update VM ${other.id}: -${slot} ${value}\n`);
  putVmKey(call, other, slot, value);
  saveVm(call.state, other);
}
