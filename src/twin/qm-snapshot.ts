/** `qm snapshot`, `delsnapshot`, `rollback` and `listsnapshot` (B26, B27, B97, B99; vm-snapshots). */

import { copySection, sorted } from '../proxmox/conf.ts';
import { type Call, refuse, type Work } from './call.ts';
import { copyTree } from './guest-tree.ts';
import { type Guest, isTemplate } from './guests.ts';
import { workTime } from './latency.ts';
import type { Given } from './options.ts';
import { missAgent } from './qm-agent-there.ts';
import { writeCloudInit } from './qm-cloudinit.ts';
import { agentWanted } from './qm-devices.ts';
import { allocateState, runningMachine, startVm } from './qm-power.ts';
import { listSnapshots } from './snapshot-tree.ts';
import { findStorage } from './storages.ts';
import {
  addUnusedDisk,
  checkVmLock,
  cloudInitDrive,
  type Drive,
  drivesOf,
  findVm,
  isCloudInit,
  isVolume,
  loadVm,
  namesVolume,
  randomUuid,
  saveVm,
} from './vms.ts';
import { canSnapshot, findVolume, free, parseVolumeId } from './volumes.ts';

/** The disks that a snapshot takes; a cloud-init drive is made anew instead. */
function disksOf(section: Parameters<typeof drivesOf>[0]): Drive[] {
  return drivesOf(section).filter((drive) => isVolume(drive) && !isCloudInit(drive));
}

export function* qmSnapshot(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  if (name === 'current') refuse("unable to use snapshot name 'current' (reserved name)");
  const guest = loadVm(call, id);
  if (isTemplate(guest.conf)) refuse("you can't take a snapshot if it's a template");
  checkVmLock(guest);
  if (guest.conf.snapshots.has(name)) refuse(`snapshot name '${name}' already used`);
  const disks = disksOf(guest.conf);
  if (disks.some((drive) => !canSnapshot(call.state, drive.source)))
    refuse('snapshot feature is not available');
  for (const drive of disks) findVolume(call.state, drive.source);
  const withState = values.get('vmstate') === '1' && guest.state.running !== undefined;
  const state = withState ? allocateState(call, guest, name, undefined) : undefined;
  if (state) {
    call.out(`${state.printed}saving VM state and RAM using storage '${state.store}'\n`);
    call.out('completed saving the VM state in 0s, saved 881.21 KiB\n');
  }
  const waited = state ? 0 : missAgent(call, guest);
  yield* locked(call, guest, 'snapshot', waited + workTime('qm snapshot'));
  const now = loadVm(call, id);
  const { conf } = now;
  const section = copySection(conf);
  for (const key of sorted(section.keys.keys())) if (/^(lock|unused\d+)$/.test(key)) section.keys.delete(key);
  section.description = values.get('description') ?? '';
  section.keys.set('snaptime', String(Math.floor(call.now() / 1000)));
  if (state) {
    section.keys.set('vmstate', state.volid);
    section.keys.set('runningmachine', runningMachine);
    section.keys.set('runningcpu', conf.keys.get('cpu') ?? 'kvm64,enforce,+kvm_pv_eoi,+kvm_pv_unhalt');
  }
  conf.snapshots.set(name, section);
  conf.keys.set('parent', name);
  now.state.snapshots[name] = copyTree(now.state.tree);
  for (const drive of disksOf(conf)) {
    call.out(`snapshotting 'drive-${drive.key}' (${drive.source})\n`);
    call.state.volumes[drive.source]?.snapshots.push(name);
  }
  saveVm(call.state, now);
}

/** Holds a lock in the conf while time passes; it is taken away again also when the command is interrupted. */
function* locked(call: Call, guest: Guest, lock: string, ms: number): Work {
  guest.conf.keys.set('lock', lock);
  saveVm(call.state, guest);
  try {
    yield ms;
  } finally {
    const now = findVm(call, guest.id);
    if (now) {
      now.conf.keys.delete('lock');
      saveVm(call.state, now);
    }
  }
}

export function* qmDelSnapshot(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  const guest = loadVm(call, id);
  if (!guest.conf.snapshots.has(name)) refuse(`snapshot '${name}' does not exist`);
  checkVmLock(guest);
  yield* locked(call, guest, 'snapshot-delete', workTime('qm delsnapshot'));
  const now = loadVm(call, id);
  const { conf, state } = now;
  const gone = conf.snapshots.get(name);
  conf.snapshots.delete(name);
  delete state.snapshots[name];
  const parent = gone?.keys.get('parent');
  for (const section of [conf, ...conf.snapshots.values()]) {
    if (section.keys.get('parent') !== name) continue;
    if (parent === undefined) section.keys.delete('parent');
    else section.keys.set('parent', parent);
  }
  const memory = gone?.keys.get('vmstate');
  if (memory !== undefined) free(call.state, memory);
  for (const { source } of gone ? disksOf(gone) : []) {
    const volume = call.state.volumes[source];
    if (volume) volume.snapshots = volume.snapshots.filter((one) => one !== name);
    if (volume && ![...conf.snapshots.values()].some((section) => namesVolume(section, source)))
      addUnusedDisk(conf, source);
  }
  saveVm(call.state, now);
}

export function* qmRollback(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  const guest = loadVm(call, id);
  const section = guest.conf.snapshots.get(name);
  if (!section) return refuse(`snapshot '${name}' does not exist`);
  checkVmLock(guest);
  for (const drive of disksOf(section)) checkNewest(call, drive.source, name);
  delete guest.state.running;
  yield* locked(call, guest, 'rollback', workTime('qm rollback'));
  const now = loadVm(call, id);
  restore(call, now, name);
  // With its memory it goes on where it was, without it stays stopped (B99).
  if (section.keys.has('vmstate')) resume(call, now);
  else if (values.get('start') === '1') yield* startVm(call, now.id, false);
}

/** On zfspool only the newest snapshot can be rolled back to (F9; from the source of pve-storage, not recorded). */
function checkNewest(call: Call, volid: string, name: string): void {
  const volume = findVolume(call.state, volid);
  if (findStorage(call.state, parseVolumeId(volid).storage).type !== 'zfspool') return;
  if (volume.snapshots.at(-1) !== name)
    refuse(`can't rollback, '${name}' is not most recent snapshot on '${volid}'`);
}

function restore(call: Call, guest: Guest, name: string): void {
  const { conf, state } = guest;
  const section = conf.snapshots.get(name);
  if (!section) return;
  const before = disksOf(conf).map((drive) => drive.source);
  const unused = [...conf.keys].filter(([key]) => /^unused\d+$/.test(key));
  conf.keys = new Map(section.keys);
  for (const key of ['snaptime', 'vmstate', 'runningmachine', 'runningcpu']) conf.keys.delete(key);
  for (const [key, value] of unused) if (!namesVolume(conf, value)) conf.keys.set(key, value);
  for (const volid of before) if (call.state.volumes[volid]) addUnusedDisk(conf, volid);
  conf.keys.set('parent', name);
  if (conf.keys.has('vmgenid')) conf.keys.set('vmgenid', randomUuid(call.random));
  conf.pending.keys.clear();
  conf.pendingDelete = [];
  if (cloudInitDrive(conf)) writeCloudInit(call, guest);
  saveVm(call.state, guest);
  const tree = state.snapshots[name];
  if (tree) state.tree = copyTree(tree);
}

function resume(call: Call, { conf, state }: Guest): void {
  const now = call.now();
  state.running = {
    hostname: state.tree.files['/etc/hostname']?.text.trim() ?? '',
    since: now,
    ...(agentWanted(conf) ? { agentAt: now } : {}),
  };
}

export function qmListSnapshot(call: Call, { values }: Given): undefined {
  return listSnapshots(call, loadVm(call, values.get('vmid') ?? '').conf);
}
