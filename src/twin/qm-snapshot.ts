/** `qm snapshot`, `delsnapshot`, `rollback` and `listsnapshot` (B26, B27, B97, B99; vm-snapshots). */

import { type Call, refuse, type Work } from './call.ts';
import { copyTree } from './guest-tree.ts';
import type { Guest } from './guests.ts';
import { workTime } from './latency.ts';
import type { Given } from './options.ts';
import { missAgent } from './qm-agent-there.ts';
import { writeCloudInit } from './qm-cloudinit.ts';
import { agentWanted } from './qm-devices.ts';
import { allocateState, runningMachine, startVm } from './qm-power.ts';
import {
  addSection,
  checkSnapshot,
  dropSection,
  type Kind,
  locked,
  refuseName,
  refuseTemplate,
  sectionOf,
} from './snapshot-sections.ts';
import { listSnapshots } from './snapshot-tree.ts';
import { checkRollback } from './storage/abilities.ts';
import { free } from './storage/volumes.ts';
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

const machine: Kind = { find: findVm, save: ({ state }, guest) => saveVm(state, guest) };

/** The disks that a snapshot takes; a cloud-init drive is made anew instead. */
function disksOf(section: Parameters<typeof drivesOf>[0]): Drive[] {
  return drivesOf(section).filter((drive) => isVolume(drive) && !isCloudInit(drive));
}

function sourcesOf(section: Parameters<typeof drivesOf>[0]): string[] {
  return disksOf(section).map(({ source }) => source);
}

export function checkSnapshotName(name: string): void {
  refuseName(name);
  if (name.toLowerCase() === 'pending') refuse("unable to use snapshot name 'pending' (reserved name)");
}

export function* qmSnapshot(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  checkSnapshotName(name);
  const guest = loadVm(call, id);
  refuseTemplate(guest);
  checkVmLock(guest);
  checkSnapshot(call, guest, name, sourcesOf(guest.conf));
  const withState = values.get('vmstate') === '1' && guest.state.running !== undefined;
  const state = withState ? allocateState(call, guest, name, undefined) : undefined;
  if (state) {
    call.out(`saving VM state and RAM using storage '${state.store}'\n`);
    call.out('completed saving the VM state in 0s, saved 881.21 KiB\n');
  }
  const waited = state ? 0 : missAgent(call, guest);
  yield* locked(call, guest, 'snapshot', waited + workTime('qm snapshot'), machine);
  const now = loadVm(call, id);
  const { conf } = now;
  const section = addSection(call, now, name, values.get('description') ?? '', sourcesOf(conf));
  if (state) {
    section.keys.set('vmstate', state.volid);
    section.keys.set('runningmachine', runningMachine);
    section.keys.set('runningcpu', conf.keys.get('cpu') ?? 'kvm64,enforce,+kvm_pv_eoi,+kvm_pv_unhalt');
  }
  for (const { key, source } of disksOf(conf)) call.out(`snapshotting 'drive-${key}' (${source})\n`);
  saveVm(call.state, now);
}

export function* qmDelSnapshot(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  const guest = loadVm(call, id);
  sectionOf(guest, name);
  checkVmLock(guest);
  yield* locked(call, guest, 'snapshot-delete', workTime('qm delsnapshot'), machine);
  const now = loadVm(call, id);
  const { conf } = now;
  const gone = conf.snapshots.get(name);
  const sources = gone ? sourcesOf(gone) : [];
  dropSection(call, now, name, sources);
  const memory = gone?.keys.get('vmstate');
  if (memory !== undefined) free(call.state, memory);
  for (const source of sources) {
    const held = [...conf.snapshots.values()].some((section) => namesVolume(section, source));
    if (call.state.volumes[source] && !held) addUnusedDisk(conf, source);
  }
  saveVm(call.state, now);
}

export function* qmRollback(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  const guest = loadVm(call, id);
  const section = sectionOf(guest, name);
  checkVmLock(guest);
  for (const source of sourcesOf(section)) checkRollback(call.state, source, name);
  delete guest.state.running;
  yield* locked(call, guest, 'rollback', workTime('qm rollback'), machine);
  const now = loadVm(call, id);
  restore(call, now, name);
  // With its memory it goes on where it was, without it stays stopped (B99).
  if (section.keys.has('vmstate')) resume(call, now);
  else if (values.get('start') === '1') yield* startVm(call, now.id, false);
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
