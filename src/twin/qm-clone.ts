/** `qm clone`: linked from a template, else in full; new uuid, vmgenid and MACs (B14, B100, B101, F11; vm-template-clone). */

import {
  type ConfSection,
  copySection,
  emptyConf,
  parseProperties,
  printConf,
  printProperties,
  sorted,
} from '../proxmox/conf.ts';
import { type Call, Refusal, refuse, type Work } from './call.ts';
import { checkStorageFor, handTo, isForAll, otherNode } from './clone-target.ts';
import { bareTree, copyTree } from './guest-tree.ts';
import { type Guest, isTemplate, kindOf, placeOf } from './guests.ts';
import { copyTime, workTime } from './latency.ts';
import { type Given, refuseParameters, usage } from './options.ts';
import { checkPool, joinPool } from './pools.ts';
import { cloudInitSize } from './qm-drives.ts';
import { qmVerb } from './qm-verbs.ts';
import { formatSize } from './sizes.ts';
import { canCopyImage, canLinkImage } from './storage/abilities.ts';
import { convertOf } from './storage/copies.ts';
import { writtenOn } from './storage/counting.ts';
import { allocateImage, copyFormat, copyProgress, linkFormat } from './storage/images.ts';
import { contentOf, enabledStorage } from './storage/storages.ts';
import { findVolume, free, parseVolumeId, volumePath } from './storage/volumes.ts';
import {
  checkVmLock,
  completeVmNet,
  type Drive,
  drivesOf,
  findVm,
  isCloudInit,
  isVolume,
  parseVmNet,
  printDrive,
  randomUuid,
  saveVm,
} from './vms.ts';
import { beginWorker, endWorker } from './workers.ts';

export function* qmClone(call: Call, { values }: Given): Work {
  const source = values.get('vmid') ?? '';
  const target = Number(values.get('newid'));
  const node = call.state.hardware.node;
  const pool = values.get('pool');
  checkPool(call, pool);
  const store = values.get('storage');
  const other = otherNode(call, values.get('target'));
  if (store !== undefined) checkStore(call, store);
  checkStorageFor(call, store, other);
  const from = findVm(call, source);
  if (!from) return refuse(`unable to find configuration file for VM ${source} on node '${node}'`, 2);
  checkVmLock(from);
  const name = values.get('snapname');
  const section = name === undefined ? from.conf : from.conf.snapshots.get(name);
  if (!section) return refuse(`snapshot '${name}' does not exist`);
  const full = values.has('full') ? values.get('full') === '1' : !isTemplate(from.conf);
  for (const option of ['storage', 'format'])
    if (values.has(option) && !full) refuse(`parameter '${option}' not allowed for linked clones`, 2);
  // Also of a CD, and also where they are copied to a storage that both nodes have.
  const volumes = drivesOf(section).filter(({ source: file }) => /^[^/]+:/.test(file));
  if (other !== undefined && !volumes.every(({ source: volid }) => isForAll(call, volid)))
    refuse(`can't clone VM to node '${other}' (VM uses local storage)`);
  if (kindOf(call.state, target) === 'vm')
    refuse(`unable to create VM ${target}: config file already exists`, 2);
  const drives = checkDrives(call, from, section, full, name);
  // The id of a container, or of another node's guest, shows only when the file is written (B14).
  if (placeOf(call.state, target))
    refuse(
      `close (rename) atomic file '/etc/pve/nodes/${node}/qemu-server/${target}.conf' failed: File exists\n`,
    );
  call.state.guests[target] = { kind: 'vm', conf: 'lock: clone\n', tree: bareTree(), snapshots: {} };
  const made: string[] = [];
  beginWorker(call.state, target, call.now(), workTime('qm clone'), made);
  try {
    const conf = targetConf(call, from, section, values);
    let bytes = 0;
    for (const drive of drives)
      bytes += copyDrive(call, { target, drive, full, store, format: values.get('format') }, made, conf);
    const ms = bytes > 0 ? copyTime(bytes) : workTime('qm clone');
    beginWorker(call.state, target, call.now(), ms, made);
    const tree = copyTree((name === undefined ? undefined : from.state.snapshots[name]) ?? from.state.tree);
    yield ms;
    discardPending(call, from.conf, name);
    finish(call, target, conf, { tree, boots: from.state.disk, drives });
    const rules = call.state.files[`/etc/pve/firewall/${source}.fw`];
    joinPool(call, pool, target);
    if (rules) call.state.files[`/etc/pve/firewall/${target}.fw`] = { ...rules };
    handTo(call, target, other);
  } catch (error) {
    for (const volid of made) free(call.state, volid);
    delete call.state.guests[target];
    if (error instanceof Refusal) refuse(`clone failed: ${error.message}`);
    call.err('clone failed: interrupted by signal\n');
    throw error;
  } finally {
    endWorker(call.state, target);
  }
}

/** What waits on the source does not go along. */
function discardPending(
  call: Call,
  { pending, pendingDelete }: Guest['conf'],
  name: string | undefined,
): void {
  const keys = [...pending.keys.keys(), ...(pendingDelete.length > 0 ? ['delete'] : [])].sort();
  if (name === undefined && keys.length > 0)
    call.out(`found pending changes for '${keys.join(',')}', discarding for clone\n`);
}

function checkStore(call: Call, id: string): void {
  if (contentOf(enabledStorage(call.state, id)).includes('images')) return;
  const wrong = new Map([['storage', `storage '${id}' does not support vm images`]]);
  refuseParameters(
    wrong,
    usage('qm', 'clone', qmVerb(call.state.packages, 'clone') ?? { args: {}, options: {} }),
  );
}

/** The drives to copy, or the refusal of the first that cannot be; CD drives are only written down. */
function checkDrives(
  call: Call,
  from: Guest,
  section: ConfSection,
  full: boolean,
  name: string | undefined,
): Drive[] {
  const drives = drivesOf(section).filter(isVolume);
  for (const drive of drives) {
    if (drive.key === 'tpmstate0' && full && from.state.running && name === undefined)
      refuse('cannot clone TPM state while VM is running');
    findVolume(call.state, drive.source);
    if (isCloudInit(drive)) continue;
    const of = name === undefined ? '' : ' a snapshot of';
    const reason = `clone feature is not supported for${of} '${drive.source}' (${drive.key})`;
    if (full || drive.key === 'tpmstate0') {
      if (!canCopyImage(call.state, drive.source, name)) refuse(`Full ${reason}`);
    } else if (!canLinkImage(call.state, drive.source, name)) refuse(`Linked ${reason}`);
  }
  return drives;
}

/** What the clone takes over: everything but lock, snapshots, the template's flag and unused volumes. */
function targetConf(call: Call, from: Guest, section: ConfSection, values: Given['values']): ConfSection {
  const conf = copySection(section);
  const own = ['lock', 'parent', 'template', 'snaptime', 'vmstate', 'runningmachine', 'runningcpu'];
  for (const key of own) conf.keys.delete(key);
  for (const key of sorted(conf.keys.keys())) {
    if (/^unused\d+$/.test(key)) conf.keys.delete(key);
    if (!/^net\d+$/.test(key)) continue;
    const { model, rest } = parseVmNet(conf.keys.get(key) ?? '');
    const others = printProperties(rest, []);
    conf.keys.set(key, completeVmNet(call, others === '' ? model : `${model},${others}`));
  }
  const smbios = parseProperties(conf.keys.get('smbios1') ?? '');
  smbios.set('uuid', randomUuid(call.random));
  conf.keys.set('smbios1', printProperties(smbios, ['uuid']));
  if (conf.keys.has('vmgenid')) conf.keys.set('vmgenid', randomUuid(call.random));
  const former = section.keys.get('name') ?? String(from.id);
  conf.keys.set('name', values.get('name') ?? `Copy-of-VM-${former}`);
  const description = values.get('description');
  if (description) conf.description = description;
  return conf;
}

interface Copy {
  readonly target: number;
  readonly drive: Drive;
  readonly full: boolean;
  readonly store: string | undefined;
  readonly format: string | undefined;
}

/** Copies or links one drive into the target's conf; returns the bytes copied. */
function copyDrive(call: Call, copy: Copy, made: string[], conf: ConfSection): number {
  const { target, drive, store } = copy;
  const cloudInit = isCloudInit(drive);
  const full = copy.full || cloudInit || drive.key === 'tpmstate0';
  const volume = findVolume(call.state, drive.source);
  const storage = enabledStorage(call.state, store ?? parseVolumeId(drive.source).storage);
  call.out(`create ${full ? 'full' : 'linked'} clone of drive ${drive.key} (${drive.source})\n`);
  const format = full ? copyFormat(storage, copy.format, volume.format) : linkFormat(storage);
  const kept = store === undefined || store === volume.storage;
  const copied = convertOf(writtenOn(volume), {
    ...{ from: volumePath(call.state, drive.source), formats: [volume.format, format] },
  });
  const wish = cloudInit
    ? {
        size: cloudInitSize,
        name: 'cloudinit',
        format: kept && copy.format === undefined ? volume.format : format,
      }
    : { size: volume.size, format, ...(full ? { copy: copied } : { link: drive.source }) };
  const volid = allocateImage(call, storage, target, wish);
  made.push(volid);
  if (full && !cloudInit) call.out(copyProgress(volume.size));
  const fresh = { ...drive, source: volid, properties: new Map(drive.properties).set('file', volid) };
  fresh.properties.set('size', formatSize(wish.size));
  conf.keys.set(drive.key, printDrive(fresh));
  // The systems on other disks than the one that is booted from go along, too.
  const there = call.state.volumes[volid];
  if (there && volume.tree) there.tree = copyTree(volume.tree);
  return full && !cloudInit ? volume.size : 0;
}

interface Taken {
  readonly tree: ReturnType<typeof bareTree>;
  /** Volume of the source that the tree lies on. */
  readonly boots: string | undefined;
  readonly drives: readonly Drive[];
}

function finish(call: Call, target: number, conf: ConfSection, { tree, boots, drives }: Taken): void {
  const whole = { ...emptyConf(), ...conf, kind: 'vm' as const };
  const state = call.state.guests[target] ?? {
    kind: 'vm' as const,
    conf: '',
    tree: bareTree(),
    snapshots: {},
  };
  call.state.guests[target] = state;
  state.conf = printConf(whole);
  const key = drives.find((drive) => drive.source === boots)?.key;
  const volume = key && drivesOf(whole).find((drive) => drive.key === key)?.source;
  const own = volume === undefined ? undefined : call.state.volumes[volume];
  if (own) own.tree = tree;
  saveVm(call.state, { id: target, state, conf: whole });
}
