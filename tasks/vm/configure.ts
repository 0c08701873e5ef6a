/** Step `configure`: every key of the VM is as the configuration says; only what differs is sent. */

import type { VirtualMachine } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { digest } from '../../src/core/digest.ts';
import { BlockedError } from '../../src/core/error.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import {
  type Assessment,
  type JudgeView,
  type Probe,
  type TaskContext,
  unseen,
} from '../../src/core/task.ts';
import { parseProperties } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { effectiveVmKey, type VmKeys } from '../../src/proxmox/vm-keys.ts';
import { confOf } from '../guest/conf.ts';
import { bornWith } from '../guest/inheritance.ts';
import { networkTask, stepOf, targetOf } from '../guest/names.ts';
import { editedIn, restarts, waiting, waitsWords } from '../guest/restart.ts';
import { tooOld } from '../guest/too-old.ts';
import { driveKey } from './drive.ts';
import { cardsOf, gpuChange, pciIn } from './gpus.ts';
import { QemuMachine } from './machine.ts';
import { newKeys } from './needs.ts';
import { keepPassword } from './password.ts';
import { wantedKeys } from './wanted.ts';

export function configureTask(vm: VirtualMachine): PhxTask {
  const keys = wantedKeys(vm);
  const gpus = gpusOf(vm);
  const password = vm.ignore.includes('cipassword') ? undefined : vm.cipassword;
  return {
    id: stepOf(vm, 'configure'),
    target: targetOf(vm),
    title: `configure ${vm.id}`,
    revision: '2',
    config: { ...keys, ...(gpus.length > 0 ? { gpus } : {}) },
    ...(password ? { secrets: { cipassword: password.secret } } : {}),
    dependencies: [
      { task: stepOf(vm, 'define'), kind: 'result' },
      // A boot order names drives, which Proxmox wants to see (B90).
      { task: stepOf(vm, 'volumes'), kind: 'order' },
      ...(Object.keys(vm.nets).length > 0 ? [{ task: networkTask, kind: 'order' as const }] : []),
    ],
    outputs: {
      ...Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, keyProbe(vm.id, key, value)])),
      ...(gpus.length > 0 ? { gpus: gpuProbe(vm) } : {}),
      ...(password ? { cipassword: passwordProbe(vm.id) } : {}),
      [editedIn]: () => unseen,
    },
    assess: (view) => assess(vm, view),
    drift: vm.drift,
    pools: [`guest:${vm.id}`],
    touches: [`guest:${vm.id}`],
    run: (context) => run(vm, keys, password !== undefined, context),
  };
}

function gpusOf(vm: VirtualMachine): readonly number[] {
  return vm.ignore.includes('gpus') ? [] : (vm.gpus ?? []);
}

function keyProbe(id: number, key: string, wanted: string): Probe<Facts> {
  return (facts) => {
    const guest = facts.guests.get(id);
    // Without the guest it is define that is missing; each key would only repeat that.
    return guest && effectiveVmKey(confOf(guest), key, wanted);
  };
}

/** Of the hash, not the hash: a record is no place for what a password can be guessed from. */
function passwordProbe(id: number): Probe<Facts> {
  return (facts) => {
    const guest = facts.guests.get(id);
    const hash = guest && confOf(guest).keys.get('cipassword');
    return hash === undefined ? undefined : digest(hash).slice(0, 12);
  };
}

function gpuProbe(vm: VirtualMachine): Probe<Facts> {
  return (facts) => {
    const guest = facts.guests.get(vm.id);
    if (!guest) return undefined;
    const cards = cardsOf(facts);
    return [...pciIn(confOf(guest)).values()]
      .filter((host) => cards.includes(host))
      .sort()
      .join(' ');
  };
}

/** Cards by their index; one that the node does not have is undefined. */
function hostsOf(vm: VirtualMachine, facts: Facts): (string | undefined)[] {
  const cards = cardsOf(facts);
  return gpusOf(vm).map((gpu) => cards[gpu]);
}

function assess(vm: VirtualMachine, view: JudgeView<Facts>): Assessment | undefined {
  const { facts, stamp } = view;
  const old = tooOld(vm, newKeys(vm), facts);
  const guest = facts.guests.get(vm.id);
  if (old || guest?.kind !== 'vm') return old;
  const hosts = hostsOf(vm, facts).filter((host) => host !== undefined);
  const present = [...pciIn(confOf(guest)).values()];
  const missing = hosts.filter((host) => !present.includes(host));
  if (missing.length > 0)
    return { verdict: 'stale', because: [{ why: 'changed', key: 'gpus', to: hosts.join(', ') }] };
  const names = vm.state === 'running' && !restarts(vm, view) ? waiting(vm, facts, stamp) : [];
  return names.length > 0 ? { verdict: 'outdated', message: waitsWords(vm, names) } : undefined;
}

async function run(
  vm: VirtualMachine,
  keys: VmKeys,
  password: boolean,
  context: TaskContext<Facts>,
): Promise<Readonly<Record<string, string>> | undefined> {
  const machine = new QemuMachine(vm.id, context);
  await machine.clearLeft();
  const last = context.stamp(context.task);
  const wanted = Object.fromEntries(Object.keys(keys).map((key) => [key, String(context.config[key])]));
  const hosts = hostsOf(vm, context.facts());
  const lost = gpusOf(vm).filter((_, at) => hosts[at] === undefined);
  if (lost.length > 0) throw new BlockedError(noCard(vm, lost, cardsOf(context.facts())));
  const found = hosts.filter((host) => host !== undefined);
  const q35 = (wanted.machine ?? '').includes('q35');
  const former = recordedCards(last);
  const gpus = vm.ignore.includes('gpus')
    ? { keys: {}, remove: [] }
    : gpuChange(machine.conf, found, Object.keys(vm.hostpcis), former, q35);
  const surplus = surplusOf(vm, [...Object.keys(keys), ...(password ? ['cipassword'] : [])], last, context);
  const cards = pciIn(machine.conf);
  const gone = surplus.filter((key) => !found.includes(cards.get(key) ?? ''));
  const plain = smbiosOnly(vm, wanted, last, context, machine);
  await machine.configure({ ...wanted, ...plain, ...gpus.keys }, [...new Set([...gone, ...gpus.remove])]);
  const edited = password && (await keepPassword(machine, context));
  const start = machine.startedAs;
  const record = edited && start !== undefined ? { [editedIn]: JSON.stringify(start) } : undefined;
  tellWaiting(vm, context, record);
  return record;
}

/** Whatever else a VM has, it has these; and drives are another step's. */
function isKey(name: string): boolean {
  return (
    !['name', 'memory', 'boot', 'arch', 'gpus', 'smbios1', 'vmgenid', editedIn].includes(name) &&
    !driveKey.test(name)
  );
}

/** What this task once brought about, or the VM was born with, and the configuration does not want. */
function surplusOf(
  vm: VirtualMachine,
  names: readonly string[],
  last: Stamp | undefined,
  context: TaskContext<Facts>,
): string[] {
  return givenTo(vm, last, context).filter(
    (name) => isKey(name) && !names.includes(name) && !vm.ignore.includes(name),
  );
}

function givenTo(vm: VirtualMachine, last: Stamp | undefined, context: TaskContext<Facts>): string[] {
  return [...Object.keys(last?.outputs ?? {}), ...bornWith(stepOf(vm, 'define'), last, context.stamp).keys];
}

/** What it said of its maker and does not say any more goes; its UUID stays, since it is the same machine. */
function smbiosOnly(
  vm: VirtualMachine,
  wanted: VmKeys,
  last: Stamp | undefined,
  context: TaskContext<Facts>,
  { conf }: QemuMachine,
): VmKeys {
  if (wanted.smbios1 !== undefined || vm.ignore.includes('smbios1')) return {};
  if (!givenTo(vm, last, context).includes('smbios1')) return {};
  const uuid = parseProperties(conf.keys.get('smbios1') ?? '').get('uuid');
  return uuid === undefined ? {} : { smbios1: `uuid=${uuid.toLowerCase()}` };
}

function recordedCards(last: Stamp | undefined): string[] {
  const recorded = last?.outputs.gpus ?? '';
  return recorded.startsWith('"') ? String(JSON.parse(recorded)).split(' ') : [];
}

function noCard(vm: VirtualMachine, lost: readonly number[], cards: readonly string[]) {
  return {
    title: `The node has no GPU ${lost.join(' and no GPU ')} for VM ${vm.id}`,
    facts: [['NVIDIA cards', cards.join(', ') || 'none']] as const,
    hint: 'They are counted from 0, in the order of the bus. Is the card in its slot?',
    command: `phx config ${targetOf(vm)}`,
  };
}

/** Says what the running VM does not have yet, unless this run goes on to restart it. */
function tellWaiting(
  vm: VirtualMachine,
  context: TaskContext<Facts>,
  record: Readonly<Record<string, string>> | undefined,
): void {
  if (vm.state !== 'running' || restarts(vm, context)) return;
  const last = context.stamp(context.task);
  const stamp = (task: string) =>
    task === context.task && last ? { ...last, outputs: { ...last.outputs, ...record } } : undefined;
  const names = waiting(vm, context.facts(), stamp);
  if (names.length > 0) context.log(waitsWords(vm, names));
}
