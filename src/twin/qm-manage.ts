/** `qm template`, `destroy`, `unlock`, `disk resize`, `import`, `rescan` and `move` (B4, B13, B23–B26; vm-resize, vm-import, vm-locks). */

import { type Call, Refusal, refuse, type Work } from './call.ts';
import { type Guest, isTemplate } from './guests.ts';
import { checkUnmanaged, purge } from './ha/requests.ts';
import { workTime } from './latency.ts';
import { type Given, refuseParameters, usage } from './options.ts';
import { leaveAccess } from './pools.ts';
import { putVmKey } from './qm-apply.ts';
import { importImage } from './qm-drives.ts';
import { qmVerb } from './qm-verbs.ts';
import { formatSize, parseSize } from './sizes.ts';
import { contentOf, enabledStorage, findStorage, keepsBases } from './storage/storages.ts';
import { findVolume, free, growVolume, isBase, makeBase } from './storage/volumes.ts';
import {
  addUnusedDisk,
  checkVmDigest,
  checkVmLock,
  checkVmProtection,
  drivesOf,
  isCdrom,
  isCloudInit,
  isVolume,
  loadVm,
  parseDrive,
  printDrive,
  saveVm,
  vmVolumes,
} from './vms.ts';
import { endWorker } from './workers.ts';

/** What a template must not be, or have. */
export function checkTemplate(guest: Guest): void {
  checkVmLock(guest);
  if (guest.conf.snapshots.size > 0) refuse('unable to create template, because VM contains snapshots');
  if (isTemplate(guest.conf)) refuse("you can't convert a template to a template");
  if (guest.state.running) refuse("you can't convert a VM to template if VM is running");
}

export function* qmTemplate(call: Call, { values }: Given): Work {
  const guest = loadVm(call, values.get('vmid') ?? '');
  checkTemplate(guest);
  yield workTime('qm template');
  const now = loadVm(call, guest.id);
  for (const drive of drivesOf(now.conf)) {
    if (!isVolume(drive) || isCloudInit(drive) || isBase(drive.source)) continue;
    const volid = makeBase(call.state, drive.source);
    if (now.state.disk === drive.source) now.state.disk = volid;
    drive.properties.set('file', volid);
    now.conf.keys.set(drive.key, printDrive(drive));
  }
  now.conf.keys.set('template', '1');
  saveVm(call.state, now);
}

/** Without a lock it has nothing to do (B13). */
export function* qmUnlock(call: Call, { values }: Given): Work {
  yield workTime('qm unlock');
  const guest = loadVm(call, values.get('vmid') ?? '');
  if (guest.conf.keys.delete('lock')) saveVm(call.state, guest);
}

/** Every refusal comes from inside the task: it is said, and the exit code is 0 (B4). */
export function* qmResize(call: Call, { values }: Given): Work {
  yield workTime('qm disk resize');
  try {
    resize(call, values);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    call.err(error.message);
  }
}

function resize(call: Call, values: Given['values']): void {
  const guest = loadVm(call, values.get('vmid') ?? '');
  checkVmDigest(guest, values.get('digest'));
  checkVmLock(guest, values.get('skiplock') === '1');
  const key = values.get('disk') ?? '';
  const text = guest.conf.keys.get(key);
  if (text === undefined) refuse(`disk '${key}' does not exist`);
  const drive = parseDrive(key, text);
  if (isCdrom(drive) || isCloudInit(drive)) refuse("you can't resize a cdrom");
  const volume = findVolume(call.state, drive.source);
  const wish = values.get('size') ?? '';
  const amount = parseSize(wish.replace(/^\+/, '')) ?? 0;
  const size = wish.startsWith('+') ? volume.size + amount : amount;
  if (size < volume.size) refuse('shrinking disks is not supported');
  if (size === volume.size) return;
  const storage = findStorage(call.state, volume.storage);
  if (isBase(drive.source) && keepsBases(storage)) refuse('could not resize base volume');
  growVolume(call, drive.source, size, guest.state.running !== undefined);
  drive.properties.set('size', formatSize(size));
  guest.conf.keys.set(key, printDrive(drive));
  saveVm(call.state, guest);
}

export function* qmDestroy(call: Call, { values }: Given): Work {
  const id = Number(values.get('vmid'));
  const guest = loadVm(call, id);
  checkVmProtection(guest, `can't remove VM ${id}`);
  checkUnmanaged(call, 'vm', id, values.get('purge') === '1');
  if (guest.state.running) refuse(`VM ${id} is running - destroy failed`, 25);
  checkVmLock(guest, values.get('skiplock') === '1');
  for (const volid of vmVolumes(guest)) checkFree(call, volid);
  yield workTime('qm destroy');
  for (const volid of vmVolumes(loadVm(call, id)))
    if (call.state.volumes[volid]?.owner === id) free(call.state, volid);
  if (values.get('destroy-unreferenced-disks') === '1')
    for (const [volid, volume] of Object.entries(call.state.volumes))
      if (volume.owner === id) free(call.state, volid);
  if (values.get('purge') === '1') {
    call.out(`purging VM ${id} from related configurations..\n`);
    purge(call, 'vm', id);
  }
  delete call.state.guests[id];
  leaveAccess(call, id);
  delete call.state.files[`/etc/pve/firewall/${id}.fw`];
}

/** Refuses what `free` would refuse, before anything is gone (B24, B84). */
function checkFree(call: Call, volid: string): void {
  const probe = { ...call.state, volumes: { ...call.state.volumes }, datasets: { ...call.state.datasets } };
  free(probe, volid);
}

export function* qmImport(call: Call, { values }: Given): Work {
  const id = Number(values.get('vmid'));
  const source = values.get('source') ?? '';
  const store = values.get('storage') ?? '';
  const guest = loadVm(call, id);
  checkVmLock(guest);
  const file = source.startsWith('/') || !source.includes(':');
  const entry = call.state.files[source];
  if (file && (!entry || entry.dir)) refuse(`${source}: non-existent or non-regular file`, 2);
  const storage = enabledStorage(call.state, store);
  if (!contentOf(storage).includes('images'))
    refuseParameters(
      new Map([['storage', `storage '${store}' does not support vm images`]]),
      usage('qm', 'disk import', qmVerb(call.state.packages, 'disk import') ?? { args: {}, options: {} }),
    );
  call.out(`importing disk '${source}' to VM ${id} ...\n`);
  const made: string[] = [];
  try {
    const volid = yield* importImage(call, { id, from: source, store, format: values.get('format') }, made);
    const now = loadVm(call, id);
    const target = values.get('target-disk');
    if (target === undefined || /^unused/.test(target)) addUnusedDisk(now.conf, volid);
    else putVmKey(call, now, target, `${volid},size=${formatSize(call.state.volumes[volid]?.size ?? 0)}`);
    const key = target ?? [...now.conf.keys].find(([, value]) => value === volid)?.[0] ?? 'unused0';
    saveVm(call.state, now);
    call.out(`${key}: successfully imported disk '${volid}'\n`);
  } catch (error) {
    for (const volid of made) free(call.state, volid);
    throw error;
  } finally {
    endWorker(call.state, id);
  }
}

/** Volumes of the VM that no key names become unused; sizes are written as they are (vm-disks). */
export function* qmRescan(call: Call, { values }: Given): Work {
  const only = values.get('vmid');
  call.out('rescan volumes...\n');
  yield workTime('qm set');
  for (const id of Object.keys(call.state.guests)) {
    if (call.state.guests[id]?.kind !== 'vm' || (only !== undefined && only !== id)) continue;
    const guest = loadVm(call, id);
    if (values.get('dryrun') !== '1') rescan(call, guest);
  }
}

function rescan(call: Call, guest: Guest): void {
  const { conf, id } = guest;
  const known = vmVolumes(guest);
  let changed = false;
  for (const [volid, volume] of Object.entries(call.state.volumes)) {
    if (volume.owner !== id || known.includes(volid)) continue;
    addUnusedDisk(conf, volid);
    changed = true;
    call.out(`VM ${id} add unreferenced volume '${volid}' as 'unused' to config\n`);
  }
  if (changed) saveVm(call.state, guest);
}
