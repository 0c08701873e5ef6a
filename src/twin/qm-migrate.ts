/** `qm migrate`: to another node, running ones without a stop. From documentation: the source of qemu-server. */

import { type Call, refuse, type Work } from './call.ts';
import { there } from './cluster-call.ts';
import type { Guest } from './guests.ts';
import { transferTime, workTime } from './latency.ts';
import {
  abortable,
  checkConnection,
  checkTarget,
  copyAcross,
  freeLocal,
  handOver,
  type Journey,
  localVolumes,
  log,
  obstacle,
  storageMap,
  targetStorage,
} from './migrate.ts';
import { type Given, usage } from './options.ts';
import { qmVerb } from './qm-verbs.ts';
import { contentOf, isShared } from './storage/storages.ts';
import { isHeld } from './storage/volumes.ts';
import {
  checkVmLock,
  drivesOf,
  findVm,
  isCdrom,
  isCloudInit,
  isDriveKey,
  isVolume,
  loadVm,
  namesVolume,
  parseDrive,
  printDrive,
  saveVm,
  vmVolumes,
} from './vms.ts';

function usageLine({ state }: Call): string {
  const spec = qmVerb(state.packages, 'migrate') ?? { args: {}, options: {} };
  return usage('qm', 'migrate', spec);
}

/** What is refused before there is a task; `line` is the usage of who asked. */
export function checkQmMigrate(call: Call, { values }: Given, line = usageLine(call)): void {
  const target = values.get('target') ?? '';
  checkTarget(call, target, line);
  const guest = loadVm(call, values.get('vmid') ?? '');
  if (guest.state.running && values.get('online') !== '1')
    refuse("can't migrate running VM without --online");
  if (!guest.state.running && values.get('online') === '1')
    call.err("VM isn't running. Doing offline migration instead.\n");
  const journey = journeyOf(call, values);
  for (const drive of drivesOf(guest.conf)) if (isVolume(drive)) targetStorage(call, journey, drive.source);
}

export function qmMigrate(call: Call, given: Given): Work {
  checkQmMigrate(call, given);
  return abortable(call, migrate(call, given));
}

function journeyOf(call: Call, values: Given['values']): Journey {
  return {
    id: Number(values.get('vmid')),
    target: values.get('target') ?? '',
    storages: storageMap(values.get('targetstorage'), call.state.storages),
  };
}

function* migrate(call: Call, { values }: Given): Work {
  const journey = journeyOf(call, values);
  const { id, target } = journey;
  yield workTime('ssh');
  const guest = loadVm(call, id);
  checkVmLock(guest);
  checkDevices(guest, values.get('force') === '1');
  for (const volid of vmVolumes(guest)) {
    const wanted = targetStorage(call, journey, volid);
    if (!contentOf(wanted).includes('images'))
      refuse(`${volid}: content type 'images' is not available on storage '${wanted.id}'`);
  }
  checkConnection(call, target);
  const address = there(call, target).state.hardware.address.replace(/\/.*$/, '');
  log(call, `starting migration of VM ${id} to node '${target}' (${address})`);
  lock(call, id, true);
  const copied: string[] = [];
  try {
    const volids = localVolumes(call, id);
    checkVolumes(call, journey, volids, values.get('with-local-disks') === '1');
    const fresh = new Map<string, string>();
    for (const volid of volids) {
      copied.push(volid);
      fresh.set(volid, yield* copyAcross(call, journey, volid));
    }
    yield* copyMemory(call, journey);
    rename(call, loadVm(call, id), fresh);
    handOver(call, journey);
  } catch (error) {
    log(call, `ERROR: ${error instanceof Error ? error.message : ''}`);
    log(call, 'aborting phase 1 - cleanup resources');
    // What was copied is taken away again, where that node is still there.
    lock(call, id, false);
    throw error;
  }
  yield workTime('ssh');
  freeLocal(call, copied);
  lock(there(call, target), id, false);
}

/** A running one goes on there: for the node it is a start like any other. */
function* copyMemory(call: Call, { id, target }: Journey): Work {
  const { state, conf } = loadVm(call, id);
  if (!state.running) return;
  log(call, `starting VM ${id} on remote node '${target}'`);
  const { bridges } = there(call, target).state;
  for (const [key, value] of conf.keys) {
    const bridge = /^net\d+$/.test(key) ? /(?:^|,)bridge=([^,]+)/.exec(value)?.[1] : undefined;
    if (bridge === undefined || bridges.includes(bridge)) continue;
    log(call, `[${target}] bridge '${bridge}' does not exist`);
    refuse(`remote command failed with exit code 255`);
  }
  log(call, 'start remote tunnel');
  const megabytes = Number(/^\d+/.exec(conf.keys.get('memory') ?? '512')?.[0] ?? 512);
  yield transferTime((megabytes * 1024 ** 2) / 2);
  log(call, 'migration status: completed');
  const { running } = loadVm(call, id).state;
  if (!running) return;
  running.since = call.now();
  delete running.start;
}

/** What the VM has of this node. */
function checkDevices({ conf, state }: Guest, force: boolean): void {
  const local = [...conf.keys].filter(
    ([key, value]) =>
      (/^hostpci\d+$/.test(key) && !/(^|,)mapping=/.test(value)) ||
      (/^usb\d+$/.test(key) && !/^(host=)?spice|(^|,)mapping=/.test(value)) ||
      /^parallel\d+$/.test(key) ||
      (/^serial\d+$/.test(key) && value !== 'socket'),
  );
  if (local.length === 0 || (force && !state.running)) return;
  refuse(`can't migrate VM which uses local devices: ${local.map(([key]) => key).join(', ')}`);
}

function checkVolumes(call: Call, journey: Journey, volids: readonly string[], withDisks: boolean): void {
  const { conf, state } = loadVm(call, journey.id);
  const problems: [string, string][] = [];
  for (const drive of drivesOf(conf)) {
    if (drive.source === 'cdrom') problems.push(['', "can't migrate local cdrom drive"]);
    else if (drive.source.startsWith('/')) problems.push([drive.source, 'local file/device']);
    else if (isCdrom(drive) && drive.source !== 'none' && isLocal(call, drive.source))
      problems.push([drive.source, 'local cdrom image']);
  }
  for (const volid of volids) {
    const drive = drivesOf(conf).find(({ source }) => source === volid);
    const held = [...conf.snapshots.values()].some((section) => namesVolume(section, volid));
    const disk = drive !== undefined && !isCloudInit(drive);
    const where = drive ? 'in current VM config' : held ? 'referenced by snapshot(s)' : 'via storage';
    const kind = drive && isCloudInit(drive) ? 'generated' : 'local';
    if (held && state.running)
      problems.push([volid, 'online storage migration not possible if snapshot exists']);
    else if (isHeld(call.state, volid)) problems.push([volid, 'referenced by linked clone(s)']);
    else if (disk && state.running && !withDisks)
      problems.push([volid, "can't live migrate attached local disks without with-local-disks option"]);
    else {
      const why = obstacle(call, journey, volid, held);
      if (why !== undefined) problems.push([volid, why]);
    }
    log(call, `found ${kind} disk '${volid}' (${where})`);
  }
  for (const [volid, why] of problems) log(call, volid ? `can't migrate local disk '${volid}': ${why}` : why);
  if (problems.length > 0) refuse("Problem found while scanning volumes - can't migrate VM - check log");
}

function isLocal(call: Call, volid: string): boolean {
  const id = volid.split(':')[0];
  const storage = call.state.storages.find((one) => one.id === id);
  return storage !== undefined && !isShared(storage);
}

function rename(call: Call, guest: Guest, fresh: ReadonlyMap<string, string>): void {
  for (const { keys } of [guest.conf, ...guest.conf.snapshots.values()])
    for (const [key, value] of keys) {
      const plain = fresh.get(value);
      if (/^(unused\d+|vmstate)$/.test(key) && plain !== undefined) keys.set(key, plain);
      if (!isDriveKey(key)) continue;
      const drive = parseDrive(key, value);
      const volid = fresh.get(drive.source);
      if (volid === undefined || volid === drive.source) continue;
      drive.properties.set('file', volid);
      keys.set(key, printDrive(drive));
    }
  const own = guest.state.disk;
  if (own !== undefined) guest.state.disk = fresh.get(own) ?? own;
  saveVm(call.state, guest);
}

function lock(call: Call, id: number, on: boolean): void {
  const guest = findVm(call, id);
  if (!guest) return;
  if (on) guest.conf.keys.set('lock', 'migrate');
  else if (guest.conf.keys.get('lock') === 'migrate') guest.conf.keys.delete('lock');
  saveVm(call.state, guest);
}
