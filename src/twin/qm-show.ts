/** The verbs that only look: `qm config`, `pending`, `list`, `status` (B73–B75). */

import { type ConfSection, encodeText, sorted } from '../proxmox/conf.ts';
import { type Call, refuse } from './call.ts';
import { type Guest, guestIds } from './guests.ts';
import { type Given, refuseParameters, usage } from './options.ts';
import { qmVerb } from './qm-verbs.ts';
import { parseSize } from './sizes.ts';
import { bootOrder, drivesOf, findVm, isCdrom, isCloudInit, loadVm, vmName } from './vms.ts';

/** Keys of a section with the description as one encoded line, the password hidden (vm-cloudinit-dump). */
function shown(section: ConfSection): Map<string, string> {
  const keys = new Map(section.keys);
  if (section.description !== '') keys.set('description', encodeText(section.description.replace(/\n$/, '')));
  if (keys.has('cipassword')) keys.set('cipassword', '**********');
  return keys;
}

export function qmConfig(call: Call, { values }: Given): undefined {
  const { conf } = loadVm(call, values.get('vmid') ?? '');
  const name = values.get('snapshot');
  if (name !== undefined && values.get('current') === '1') {
    const reason = "cannot use 'snapshot' parameter with 'current'";
    const spec = qmVerb(call.state.packages, 'config') ?? { args: {}, options: {} };
    refuseParameters(
      new Map(['current', 'snapshot'].map((key) => [key, reason])),
      usage('qm', 'config', spec),
    );
  }
  const snapshot = name === undefined ? undefined : conf.snapshots.get(name);
  if (name !== undefined && !snapshot) refuse(`snapshot '${name}' does not exist`);
  const keys = shown(snapshot ?? conf);
  if (!snapshot && values.get('current') !== '1') {
    for (const [key, value] of shown(conf.pending)) keys.set(key, value);
    for (const key of conf.pendingDelete) keys.delete(key);
  }
  for (const key of sorted(keys.keys())) call.out(`${key}: ${keys.get(key)}\n`);
}

export function qmPending(call: Call, { values }: Given): undefined {
  const { conf } = loadVm(call, values.get('vmid') ?? '');
  const current = shown(conf);
  const pending = shown(conf.pending);
  for (const key of sorted(new Set([...current.keys(), ...pending.keys()]))) {
    const value = current.get(key);
    if (value !== undefined)
      call.out(`${conf.pendingDelete.includes(key) ? 'del' : 'cur'} ${key}: ${value}\n`);
    if (pending.has(key)) call.out(`new ${key}: ${pending.get(key)}\n`);
  }
}

export function pidOf(id: number): number {
  return 20_000 + (id % 1_000_000);
}

function memoryOf(conf: ConfSection): number {
  return Number((conf.keys.get('memory') ?? '512').replace(/^current=/, ''));
}

/** Bytes of the first disk in the boot order. */
function bootDisk(conf: ConfSection): number {
  const disks = drivesOf(conf).filter((drive) => !isCdrom(drive) && !isCloudInit(drive));
  const first = bootOrder(conf).flatMap((key) => disks.find((disk) => disk.key === key) ?? [])[0];
  return parseSize(first?.properties.get('size') ?? '0') ?? 0;
}

export function qmList(call: Call): undefined {
  const ids = guestIds(call.state, 'vm');
  const row = (id: string, name: string, status: string, memory: string, disk: string, pid: string) =>
    call.out(
      `${id.padStart(10)} ${name.padEnd(20)} ${status.padEnd(10)} ${memory.padEnd(10)} ${disk.padStart(12)} ${pid.padEnd(10)}\n`,
    );
  if (ids.length > 0) row('VMID', 'NAME', 'STATUS', 'MEM(MB)', 'BOOTDISK(GB)', 'PID');
  for (const id of ids) {
    const guest = findVm(call, id);
    if (!guest) continue;
    const running = guest.state.running !== undefined;
    const disk = (bootDisk(guest.conf) / 1024 ** 3).toFixed(2);
    const pid = running ? pidOf(id) : 0;
    row(
      String(id),
      vmName(id, guest.conf, ' '),
      running ? 'running' : 'stopped',
      String(memoryOf(guest.conf)),
      disk,
      String(pid),
    );
  }
}

export function qmStatus(call: Call, { values }: Given): undefined {
  const id = values.get('vmid') ?? '';
  const { conf, state } = loadVm(call, id);
  const status = state.running ? (state.running.paused ? 'paused' : 'running') : 'stopped';
  if (values.get('verbose') !== '1') {
    call.out(`status: ${status}\n`);
    return;
  }
  const facts = vmFacts(call, id, { conf, state });
  for (const key of Object.keys(facts).sort()) call.out(`${key}: ${facts[key]}\n`);
}

/** Status and figures; what the twin cannot measure is 0. */
export function vmFacts(
  call: Call,
  id: number | string,
  { conf, state }: Pick<Guest, 'conf' | 'state'>,
): Record<string, string | number> {
  const status = state.running ? (state.running.paused ? 'paused' : 'running') : 'stopped';
  const cores = Number(conf.keys.get('cores') ?? 1) * Number(conf.keys.get('sockets') ?? 1);
  const facts: Record<string, string | number> = {
    cpus: cores,
    maxdisk: bootDisk(conf),
    maxmem: memoryOf(conf) * 1024 ** 2,
    name: vmName(id, conf, ' '),
    qmpstatus: status,
    status: status === 'paused' ? 'running' : status,
    vmid: id,
  };
  for (const key of ['disk', 'diskread', 'diskwrite', 'mem', 'netin', 'netout', 'uptime']) facts[key] = 0;
  for (const key of ['lock', 'tags', 'template']) {
    const value = conf.keys.get(key);
    if (value !== undefined) facts[key] = value;
  }
  if (state.running) {
    facts.pid = pidOf(Number(id));
    facts.uptime = Math.max(1, Math.round((call.now() - state.running.since) / 1000));
  }
  return facts;
}
