/**
 * `qmrestore` and `qm create --archive`: a VM from a backup. From documentation and the source of qemu-server 9.2; only
 * restores of containers were recorded.
 */

import { emptyConf, parseConf, parseProperties, printConf, printProperties } from '../proxmox/conf.ts';
import { parseArchive } from './backups.ts';
import { type Call, Refusal, refuse, type Work } from './call.ts';
import { putFile } from './files.ts';
import { bareTree, copyTree } from './guest-tree.ts';
import { checkFreeId, type Guest, isTemplate } from './guests.ts';
import { unpackTime } from './latency.ts';
import { type Given, readOptions, type Verb } from './options.ts';
import { cloudInitSize } from './qm-drives.ts';
import { vmValue } from './qm-keys.ts';
import { qmVerb } from './qm-verbs.ts';
import { formatSize, parseSize } from './sizes.ts';
import { allocateImage, copyFormat } from './storage/images.ts';
import { enabledStorage } from './storage/storages.ts';
import { free, makeBase, parseVolumeId, volumePath } from './storage/volumes.ts';
import {
  addUnusedDisk,
  checkVmProtection,
  completeVmNet,
  drivesOf,
  findVm,
  isCloudInit,
  isDriveKey,
  isVolume,
  parseVmNet,
  printDrive,
  randomUuid,
  saveVm,
  systemDisk,
} from './vms.ts';

/** Options that say how to restore; the others are keys laid over those of the backup. */
const how = new Set([
  'vmid',
  'archive',
  'bwlimit',
  'force',
  'live-restore',
  'pool',
  'start',
  'storage',
  'unique',
]);

/** `qmrestore ARCHIVE VMID`. */
export function qmrestore(call: Call): Work {
  const create = qmVerb(call.state.packages, 'create') ?? { args: {}, options: {} };
  const names = ['bwlimit', 'force', 'live-restore', 'pool', 'start', 'storage', 'unique'];
  const options = Object.fromEntries(names.map((name) => [name, create.options[name] ?? {}]));
  const spec: Verb = { args: { archive: { required: true }, vmid: create.args.vmid ?? {} }, options };
  return qmRestore(call, readOptions('qmrestore', '', spec, call.args));
}

export function* qmRestore(call: Call, { values }: Given): Work {
  const id = Number(values.get('vmid'));
  const volid = values.get('archive') ?? '';
  const wrong = `unable to restore VM ${id} - `;
  const former = findVm(call, id);
  if (!former || values.get('force') !== '1') checkFreeId(call.state, id, wrong);
  if (former) {
    checkVmProtection(former, `unable to restore VM ${id}`);
    if (former.state.running) refuse(`${wrong}vm is running`);
  }
  const path = volid.startsWith('/') ? volid : volumePath(call.state, volid);
  const archive = parseArchive(call.state.files[path]?.text);
  if (!call.state.files[path]) refuse(`${wrong}volume '${volid}' does not exist`);
  if (archive?.kind !== 'vm') return refuse(`${wrong}ERROR: archive contains no configuration file`);
  call.out(`restore vma archive: vma extract -v -r /var/tmp/vzdumptmp1.fifo ${path} /var/tmp/vzdumptmp1\n`);
  const conf = { ...emptyConf(), ...parseConf(archive.conf, 'vm') };
  // Looked at before anything is taken away; a restore that fails later leaves what it left.
  for (const drive of drivesOf(conf)) {
    if (!isVolume(drive)) continue;
    const { storage } = parseVolumeId(drive.source);
    enabledStorage(call.state, values.get('storage') ?? storage);
  }
  // The conf of a former VM is put in the place of its lock: from here on nothing tells whose it is.
  const empty = former ? 'memory: 128\n' : 'lock: create\n';
  call.state.guests[id] = { kind: 'vm', conf: empty, tree: bareTree(), snapshots: {} };
  const made: string[] = [];
  try {
    const guest: Guest = { id, state: { kind: 'vm', conf: '', tree: bareTree(), snapshots: {} }, conf };
    if (former) clearDisks(call, former, guest);
    restoreDisks(call, guest, values.get('storage'), made);
    yield unpackTime(500_000_000);
    for (const [key, value] of values)
      if (!how.has(key) && !isDriveKey(key)) conf.keys.set(key, vmValue(call, key, value, 'create'));
    renew(call, guest, values.get('unique') === '1');
    if (isTemplate(conf)) rebase(call, guest);
    guest.state.conf = printConf(conf);
    call.state.guests[id] = guest.state;
    const disk = systemDisk(conf);
    const volume = disk === undefined ? undefined : call.state.volumes[disk];
    if (volume) volume.tree = copyTree(archive.tree);
    rescan(call, guest);
    saveVm(call.state, guest);
    if (archive.firewall !== undefined)
      putFile(call.state.files, `/etc/pve/firewall/${id}.fw`, archive.firewall);
  } catch (error) {
    for (const one of made) free(call.state, one);
    if (!former) delete call.state.guests[id];
    if (error instanceof Refusal) refuse(`${wrong}${error.message}`);
    throw error;
  }
}

/** Disks that are restored go first, with what snapshots kept of memory; what the backup does not hold stays, without snapshots. */
function clearDisks(call: Call, former: Guest, { conf }: Guest): void {
  for (const drive of drivesOf(former.conf)) {
    if (!isVolume(drive)) continue;
    const volume = call.state.volumes[drive.source];
    if (conf.keys.has(drive.key)) free(call.state, drive.source);
    else if (volume) volume.snapshots = [];
  }
  for (const { keys } of former.conf.snapshots.values()) {
    const memory = keys.get('vmstate');
    if (memory !== undefined) free(call.state, memory);
  }
}

/** Every volume of the id that the conf does not name becomes unused, also one that a restore left that was cut off. */
function rescan({ state }: Call, { id, conf }: Guest): void {
  for (const [volid, { owner }] of Object.entries(state.volumes))
    if (owner === id && !/-state-/.test(volid)) addUnusedDisk(conf, volid);
}

/** New volumes of the old sizes, where they lay or on the given storage. */
function restoreDisks(call: Call, { id, conf }: Guest, store: string | undefined, made: string[]): void {
  for (const drive of drivesOf(conf)) {
    if (!isVolume(drive)) continue;
    const { storage: own, name } = parseVolumeId(drive.source);
    const storage = enabledStorage(call.state, store ?? own);
    const format = copyFormat(storage, undefined, /\.qcow2$/.test(name) ? 'qcow2' : 'raw');
    const size = isCloudInit(drive) ? cloudInitSize : (parseSize(drive.properties.get('size') ?? '0') ?? 0);
    const volid = allocateImage(call, storage, id, {
      ...{ size, format },
      ...(isCloudInit(drive) ? { name: 'cloudinit' } : {}),
    });
    made.push(volid);
    drive.properties.set('file', volid);
    if (!isCloudInit(drive)) drive.properties.set('size', formatSize(size));
    conf.keys.set(drive.key, printDrive(drive));
  }
}

/** A VM that went back in time is another generation; with `--unique` it also gets addresses and a uuid of its own. */
function renew(call: Call, { conf }: Guest, unique: boolean): void {
  if (conf.keys.has('vmgenid')) conf.keys.set('vmgenid', randomUuid(call.random));
  if (!unique) return;
  const smbios = parseProperties(conf.keys.get('smbios1') ?? '');
  conf.keys.set('smbios1', printProperties(smbios.set('uuid', randomUuid(call.random)), ['uuid']));
  for (const [key, value] of conf.keys) {
    if (!/^net\d+$/.test(key)) continue;
    const { model, rest } = parseVmNet(value);
    const others = printProperties(rest, []);
    conf.keys.set(key, completeVmNet(call, others === '' ? model : `${model},${others}`));
  }
}

function rebase(call: Call, { conf }: Guest): void {
  for (const drive of drivesOf(conf)) {
    if (!isVolume(drive) || isCloudInit(drive)) continue;
    drive.properties.set('file', makeBase(call.state, drive.source));
    conf.keys.set(drive.key, printDrive(drive));
  }
}
