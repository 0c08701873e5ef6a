/** `qm start`, `stop`, `shutdown`, `reboot`, `reset`, `suspend`, `resume` and `wait` (B12, B95, B98, B100; vm-power, vm-locks). */

import { parseProperties, sorted } from '../proxmox/conf.ts';
import { type Call, refuse, type Work } from './call.ts';
import { bootInside, bootTimeInside } from './cloud-run.ts';
import { hasSystem } from './guest-tree.ts';
import { type Guest, isTemplate } from './guests.ts';
import { workTime } from './latency.ts';
import type { Given } from './options.ts';
import { iommuGroups, pciDevices } from './pci.ts';
import { checkHookscript } from './pct-keys.ts';
import { missAgent } from './qm-agent-there.ts';
import { applyVmPending } from './qm-apply.ts';
import { writeCloudInit } from './qm-cloudinit.ts';
import { agentWanted, hostDevices } from './qm-devices.ts';
import { checkQuorum } from './quorum.ts';
import { allocateImage } from './storage/images.ts';
import { activationProblem } from './storage/plugins.ts';
import { enabledStorage } from './storage/storages.ts';
import { findVolume, free, parseVolumeId } from './storage/volumes.ts';
import { checkVmLock, cloudInitDrive, drivesOf, findVm, isVolume, loadVm, saveVm } from './vms.ts';

export function* qmStart(call: Call, { values }: Given): Work {
  yield* startVm(call, Number(values.get('vmid')), values.get('skiplock') === '1');
}

/** Starts a VM; refuses as Proxmox does. A suspended one goes on where it was. */
export function* startVm(call: Call, id: number, skipLock: boolean): Work {
  checkQuorum(call.state);
  const guest = loadVm(call, id);
  if (isTemplate(guest.conf)) refuse("you can't start a vm if it's a template");
  const lock = guest.conf.keys.get('lock');
  const suspended = lock === 'suspended';
  // During a backup it runs already, at most paused: it goes on.
  if (lock === 'backup' && guest.state.running) {
    delete guest.state.running.paused;
    return;
  }
  if (!suspended) checkVmLock(guest, skipLock);
  if (guest.state.running) refuse(`VM ${id} already running`);
  if (suspended) call.out('Resuming suspended VM\n');
  prepare(call, guest);
  yield workTime('qm start');
  const now = loadVm(call, id);
  if (suspended) resumeState(call, now);
  saveVm(call.state, now);
  power(call, now, !suspended);
}

/** Everything that stops a start; what was pending counts from here on. */
function prepare(call: Call, guest: Guest): void {
  const { state } = call;
  const { conf, id } = guest;
  applyVmPending(call, guest);
  saveVm(state, guest);
  const script = conf.keys.get('hookscript');
  if (script !== undefined) checkHookscript(state, script);
  for (const drive of drivesOf(conf)) {
    if (!isVolume(drive)) continue;
    const problem = activationProblem(state, enabledStorage(state, parseVolumeId(drive.source).storage));
    if (problem) refuse(problem);
    findVolume(state, drive.source);
  }
  writeCloudInit(call, guest);
  saveVm(state, guest);
  checkProcessors(call, guest);
  checkDevices(call, guest);
  for (const key of sorted([...conf.keys.keys()].filter((one) => /^net\d+$/.test(one)))) {
    const bridge = parseProperties(conf.keys.get(key) ?? '').get('bridge');
    if (bridge === undefined || state.bridges.includes(bridge)) continue;
    const script = '/usr/libexec/qemu-server/pve-bridge';
    call.out(
      `bridge '${bridge}' does not exist\nkvm: -netdev type=tap,id=${key},ifname=tap${id}i${key.slice(3)},script=${script},downscript=${script}down: network script ${script} failed with status 512\n`,
    );
    refuse('start failed: QEMU exited with code 1');
  }
}

/** A virtual processor is a thread of the node: a VM cannot have more of them (from the source of qemu-server). */
function checkProcessors({ state }: Call, { conf }: Guest): void {
  const most = Number(conf.keys.get('cores') ?? 1) * Number(conf.keys.get('sockets') ?? 1);
  const { cores } = state.hardware;
  if (cores === undefined || conf.keys.get('kvm') === '0' || most <= cores) return;
  refuse(`MAX ${cores} vcpus allowed per VM on this node`);
}

/** Devices of the node that the VM is to have for itself (from the source of qemu-server). */
function checkDevices(call: Call, guest: Guest): void {
  const { state } = call;
  const wanted = hostDevices(guest.conf);
  if (wanted.length === 0) return;
  const there = pciDevices(state).map(({ address }) => address);
  for (const address of wanted)
    if (!there.some((one) => one === address || one.startsWith(`${address}.`)))
      refuse(`no PCI device found for '${address}'`);
  if (iommuGroups(state) === 0) refuse('cannot prepare PCI pass-through, IOMMU not present');
  for (const other of Object.keys(state.guests)) {
    const vm = Number(other) === guest.id ? undefined : findVm(call, other);
    if (!vm?.state.running) continue;
    const taken = hostDevices(vm.conf).find((one) => wanted.includes(one));
    if (taken !== undefined) refuse(`PCI device '${taken}' already in use by VMID '${other}'`);
  }
}

/** The processors run: the firmware, then the system on the disk, which takes a while to come up. */
function power(call: Call, { id }: Guest, cold: boolean): void {
  const guest = loadVm(call, id);
  const drive = cloudInitDrive(guest.conf);
  const seed = drive && call.state.volumes[drive.source]?.seed;
  const now = call.now();
  const ms = bootTimeInside(guest.state.tree, seed);
  const uuid = parseProperties(guest.conf.keys.get('smbios1') ?? '').get('uuid') ?? '';
  if (cold) bootInside(guest.state.tree, seed, uuid);
  guest.state.running = {
    hostname: guest.state.tree.files['/etc/hostname']?.text.trim() ?? '',
    since: now,
    ...(agentWanted(guest.conf) ? { agentAt: cold ? now + ms : now } : {}),
  };
}

/** Stops a VM and folds its pending changes in (B39). */
export function haltVm(call: Call, id: number): void {
  const guest = findVm(call, id);
  if (!guest) return;
  delete guest.state.running;
  applyVmPending(call, guest);
  saveVm(call.state, guest);
}

function missing(call: Call, id: string | undefined): string {
  return `unable to find configuration file for VM ${id} on node '${call.state.hardware.node}'`;
}

export function* qmStop(call: Call, { values }: Given): Work {
  const guest = findVm(call, values.get('vmid') ?? '');
  if (!guest) return refuse(missing(call, values.get('vmid')));
  if (!guest.state.running) return;
  checkVmLock(guest, values.get('skiplock') === '1');
  yield workTime('qm stop');
  haltVm(call, guest.id);
}

export function* qmShutdown(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const guest = findVm(call, id);
  if (!guest) return refuse(`${missing(call, id)}\n\n${missing(call, id)}`);
  if (!guest.state.running) {
    call.err(`VM ${id} not running\n\n`);
    return;
  }
  // A paused one would hear it when it is resumed.
  if (guest.state.running.paused && values.get('forceStop') !== '1') refuse(pausedAlready);
  checkVmLock(guest, values.get('skiplock') === '1');
  if (guest.state.running.paused) {
    call.err('VM is paused - stop instead of shutdown\n');
    yield workTime('qm stop');
    return haltVm(call, guest.id);
  }
  if (yield* powerDown(call, guest, values)) return;
  if (values.get('forceStop') !== '1') refuse(`${notHeard}\ntrying to acquire lock...\n OK`);
  call.out('VM still running - terminating now with SIGTERM\n');
  haltVm(call, guest.id);
}

const pausedAlready = 'VM is paused - cannot shutdown';
const notHeard = 'VM quit/powerdown failed - got timeout';

/** Asks the system inside to go down; one that is not there does not hear it. */
function* powerDown(call: Call, guest: Guest, values: Given['values']): Generator<number, boolean, void> {
  const heard = hasSystem(guest.state.tree);
  const down = /(?:^|,)down=(\d+)/.exec(guest.conf.keys.get('startup') ?? '')?.[1];
  const timeout = Number(values.get('timeout') ?? down ?? 60);
  const waited = missAgent(call, guest);
  yield heard ? waited + workTime('qm shutdown') : timeout * 1000;
  if (heard) haltVm(call, guest.id);
  return heard;
}

export function* qmReboot(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const guest = findVm(call, id);
  if (!guest?.state.running) return refuse(`VM ${id} not running\n\nVM ${id} not running`, 2);
  if (guest.state.running.paused) refuse(pausedAlready);
  checkVmLock(guest);
  if (!(yield* powerDown(call, guest, values))) refuse(notHeard);
  yield* startVm(call, guest.id, false);
}

/** `backup`: the lock of a backup does not hinder. */
function runningVm(call: Call, values: Given['values'], backup = false): Guest {
  const id = values.get('vmid') ?? '';
  const guest = loadVm(call, id);
  if (!guest.state.running) refuse(`VM ${id} not running`, 2);
  const held = backup && guest.conf.keys.get('lock') === 'backup';
  checkVmLock(guest, held || values.get('skiplock') === '1');
  return guest;
}

/** The same process goes on; only the system inside starts anew. */
export function* qmReset(call: Call, { values }: Given): Work {
  const { id } = runningVm(call, values);
  yield workTime('qm reset');
  const guest = loadVm(call, id);
  const since = guest.state.running?.since;
  power(call, guest, true);
  if (guest.state.running && since !== undefined) guest.state.running.since = since;
}

export function* qmSuspend(call: Call, { values }: Given): Work {
  const toDisk = values.get('todisk') === '1';
  const { conf, id } = runningVm(call, values, true);
  if (toDisk && hostDevices(conf).length > 0)
    refuse(
      'cannot suspend VM to disk due to passed-through PCI device(s), which lack the possibility to save/restore their internal state',
    );
  if (toDisk && conf.keys.get('lock') === 'backup') refuse('cannot suspend to disk during backup');
  yield workTime('qm suspend');
  const guest = loadVm(call, id);
  if (toDisk) saveState(call, guest, values.get('statestorage'));
  else if (guest.state.running) guest.state.running.paused = true;
}

/** Its memory goes to a volume, and the VM is stopped. */
function saveState(call: Call, guest: Guest, asked: string | undefined): void {
  const { conf } = guest;
  const day = new Date(call.now()).toISOString().slice(0, 10);
  const { volid } = allocateState(call, guest, `suspend-${day}`, asked);
  delete guest.state.running;
  conf.keys.set('lock', 'suspended');
  conf.keys.set('vmstate', volid);
  conf.keys.set('runningmachine', runningMachine);
  conf.keys.set('runningcpu', conf.keys.get('cpu') ?? 'kvm64');
  saveVm(call.state, guest);
}

export const runningMachine = 'pc-i440fx-9.2+pve1';

/** A volume for a VM's memory: twice that, and 500 MiB for its devices (vm-snapshots). */
export function allocateState(
  call: Call,
  { id, conf }: Guest,
  name: string,
  asked = conf.keys.get('vmstatestorage'),
): { volid: string; store: string } {
  const disk = drivesOf(conf).find(isVolume);
  const store = asked ?? disk?.source.split(':')[0] ?? 'local';
  const memory = Number((conf.keys.get('memory') ?? '512').replace(/^current=/, ''));
  const size = (2 * memory + 500) * 1024 ** 2;
  const wish = { size, name: `state-${name}` };
  return { volid: allocateImage(call, enabledStorage(call.state, store), id, wish), store };
}

function resumeState(call: Call, { conf }: Guest): void {
  const volid = conf.keys.get('vmstate');
  if (volid !== undefined) free(call.state, volid);
  for (const key of ['lock', 'vmstate', 'runningmachine', 'runningcpu']) conf.keys.delete(key);
  call.out('Resumed VM, removing state\n');
}

export function* qmResume(call: Call, { values }: Given): Work {
  const id = Number(values.get('vmid'));
  if (loadVm(call, id).conf.keys.get('lock') === 'suspended') return yield* startVm(call, id, false);
  const { running } = loadVm(call, id).state;
  // One that runs already is left alone, whatever lock it has.
  if (!running || running.paused) runningVm(call, values, true);
  yield workTime('qm resume');
  delete loadVm(call, id).state.running?.paused;
}

/** Waits until it is stopped. */
export function* qmWait(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const timeout = Number(values.get('timeout') ?? 0) * 1000;
  for (let waited = 0; findVm(call, id)?.state.running; waited += 1000) {
    if (timeout > 0 && waited >= timeout) refuse('timeout');
    yield 1000;
  }
}
