/**
 * Step `cloud-init` of a VM: what its drive carries. Snippets where the configuration has data of its own, none of phx
 * otherwise, and the drive written anew while the VM runs. The drive itself is made with the others; it runs nothing inside.
 */

import type { Fleet, VirtualMachine } from '../../src/config/fleet.ts';
import type { PhxTask, PluginInput } from '../../src/config/project.ts';
import { snippetFolder } from '../../src/config/snippets.ts';
import { type Assessment, type JudgeView, type TaskContext, unseen } from '../../src/core/task.ts';
import type { GuestConf } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import {
  customOf as customValue,
  isOwnCustom,
  normalCustom,
  snippetFile,
  updateCloudInit,
} from '../../src/proxmox/qm-cloud-init.ts';
import { confOf } from '../guest/conf.ts';
import { fileScope } from '../guest/managed.ts';
import { stepOf, storageTask, targetOf } from '../guest/names.ts';
import { editedIn, onTheDrive, restarts, waitsWords } from '../guest/restart.ts';
import { customOf } from './cloud-init-custom.ts';
import { type Custom, dataOf, instanceIn, sliceOf } from './cloud-init-data.ts';
import { removeSnippets, snippetDigest, snippetTexts, writeSnippets } from './cloud-init-snippets.ts';
import { type CloudInitScript, kinds } from './cloud-init-subject.ts';
import { isCloudVolume } from './drive.ts';
import { QemuMachine } from './machine.ts';

/** `scripts` get into the guest with its user data; a VM without `cloudInit` has none of ours. */
export async function cloudInitTask(
  vm: VirtualMachine,
  input: Pick<PluginInput, 'fleet' | 'document' | 'text'>,
  scripts: readonly CloudInitScript[] = [],
): Promise<PhxTask> {
  const custom = vm.cloudInit && (await customOf(vm, vm.cloudInit, input, scripts));
  return {
    id: stepOf(vm, 'cloud-init'),
    target: targetOf(vm),
    title: `cloud-init of ${vm.id}`,
    revision: '1',
    config: custom ? sliceOf(vm, custom) : {},
    ...(custom ? { texts: custom.texts, secrets: custom.secrets } : {}),
    dependencies: [
      { task: stepOf(vm, 'define'), kind: 'result' },
      { task: stepOf(vm, 'configure'), kind: 'order' },
      ...(custom ? [{ task: storageTask(custom.storage), kind: 'order' as const }] : []),
    ],
    outputs: {
      cicustom: (facts) => customIn(facts, vm),
      ...(custom ? snippetProbes(custom) : {}),
      [editedIn]: () => unseen,
    },
    assess: (view) => assess(vm, custom, view),
    drift: vm.drift,
    pools: [`guest:${vm.id}`],
    touches: [`guest:${vm.id}`, ...(custom ? Object.values(custom.paths).map(fileScope) : [])],
    run: (context) =>
      custom
        ? keepCustom(vm, input.fleet, custom, context)
        : keepNone(vm, input.fleet, new QemuMachine(vm.id, context), context),
  };
}

function snippetProbes({ paths, secretFiles }: Custom): NonNullable<PhxTask['outputs']> {
  const probe = (path: string) => (facts: Facts) => snippetDigest(facts.files.get(path), secretFiles);
  return Object.fromEntries(kinds.map((kind) => [kind, probe(paths[kind])]));
}

/** What counts from the next start on. Without data of our own, what a person named by hand is theirs. */
function customIn(facts: Facts, { id, cloudInit, ignore }: VirtualMachine): string | undefined {
  if (ignore.includes('cicustom')) return undefined;
  const guest = facts.guests.get(id);
  const conf = guest && confOf(guest);
  if (!conf || conf.pendingDelete.includes('cicustom')) return undefined;
  const value = conf.pending.keys.get('cicustom') ?? conf.keys.get('cicustom');
  return value !== undefined && (cloudInit || isOwnCustom(value)) ? normalCustom(value) : undefined;
}

/** What no record shows: a drive that is behind, and interfaces that got other MAC addresses. */
function assess(
  vm: VirtualMachine,
  custom: Custom | undefined,
  view: JudgeView<Facts>,
): Assessment | undefined {
  const { facts } = view;
  const guest = facts.guests.get(vm.id);
  if (guest?.kind !== 'vm') return undefined;
  const stale = (key: string, words: readonly string[]): Assessment | undefined =>
    words.length === 0
      ? undefined
      : { verdict: 'stale', because: [{ why: 'changed', key, to: words.join(', ') }] };
  const network = custom && facts.files.get(custom.paths.network);
  const macs = network === undefined ? {} : (custom?.macsIn(facts) ?? {});
  const moved = Object.entries(macs).filter(([, mac]) => !network?.includes(mac));
  return (
    stale('drive', behind(vm, view)) ??
    stale(
      'network',
      moved.map((entry) => entry.join(' ')),
    )
  );
}

/** What the drive of a running VM does not say yet; a start writes it anew by itself. */
function behind(vm: VirtualMachine, view: Pick<JudgeView<Facts>, 'facts' | 'permits'>): string[] {
  const guest = view.facts.guests.get(vm.id);
  return guest?.running && !restarts(vm, view) ? onTheDrive(confOf(guest)) : [];
}

async function keepCustom(vm: VirtualMachine, fleet: Fleet, custom: Custom, context: TaskContext<Facts>) {
  const machine = new QemuMachine(vm.id, context);
  const { files } = await context.refresh(Object.values(custom.paths).map(fileScope));
  const former = instanceIn(files.get(custom.paths.meta));
  const data = dataOf(vm, custom, context, former);
  const secret = Object.keys(custom.secrets).length > 0;
  const wrote = await writeSnippets(context, custom.paths, snippetTexts(data, secret));
  const wanted = customValue(vm.id, custom.storage, kinds);
  const named = customIn(context.facts(), vm) !== wanted;
  if (named) await machine.configure({ cicustom: wanted }, []);
  // Where they lay before, and nothing names them any more.
  if (named || context.unsettled()) {
    const here = new Set(Object.values(custom.paths));
    await removeSnippets(
      context,
      snippetPaths(vm, fleet).filter((path) => !here.has(path)),
    );
  }
  const changed = wrote.length > 0 || named;
  const renewed = former !== instanceIn(data.metaData);
  if (changed && former !== undefined)
    context.log(
      renewed
        ? 'at its next boot the guest is a new instance: accounts, files and commands are done again, with new ssh host keys'
        : `${wrote.join(' and ') || 'its'} data is new, the instance is the same: the guest does not do again what it does once; with cloudInit.newInstance it would`,
    );
  return keepDrive(vm, machine, context, changed, renewed);
}

async function keepNone(vm: VirtualMachine, fleet: Fleet, machine: QemuMachine, context: TaskContext<Facts>) {
  // What it names is a person's business, and so is what lies there.
  if (vm.ignore.includes('cicustom')) return keepDrive(vm, machine, context, false, true);
  const own = customIn(context.facts(), vm) !== undefined;
  if (own) await machine.configure({}, ['cicustom']);
  // Only once nothing names them any more.
  await removeSnippets(context, snippetPaths(vm, fleet));
  return keepDrive(vm, machine, context, own, true);
}

/** Where snippets of this VM may lie: on each storage with folders. */
function snippetPaths({ id }: VirtualMachine, { hypervisor: { storage } }: Fleet): string[] {
  return Object.entries(storage).flatMap(([name, definition]) => {
    const folder = definition.content.includes('snippets') ? snippetFolder(name, definition) : undefined;
    return folder === undefined ? [] : kinds.map((kind) => `${folder}/${snippetFile(id, kind)}`);
  });
}

/**
 * Brings the drive of a running VM up to date, since a reboot from inside reads the one that is there. Answers in which
 * start it did so, where that guest has something to do at its next boot.
 */
async function keepDrive(
  vm: VirtualMachine,
  machine: QemuMachine,
  context: TaskContext<Facts>,
  changed: boolean,
  tells: boolean,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (machine.state !== 'running' || !hasDrive(machine.conf)) return undefined;
  const facts = context.facts();
  const late = behind(vm, { facts, permits: context.permits });
  if (!changed && !context.unsettled() && late.length === 0) return undefined;
  const start = machine.startedAs;
  const record = tells && start !== undefined ? { [editedIn]: JSON.stringify(start) } : undefined;
  if (restarts(vm, context)) return record;
  await context.run(updateCloudInit(vm.id), { undo: 'again' });
  await machine.look();
  const left = onTheDrive(machine.conf);
  machine.prove(
    left.length === 0,
    `qm cloudinit update ${vm.id}`,
    `the drive is behind in ${left.join(', ')}`,
  );
  if (tells) context.log(waitsWords(vm, late.length > 0 ? late : ['cloud-init data']));
  return record;
}

/** One that waits for the next start is written then. */
function hasDrive({ keys }: GuestConf): boolean {
  return [...keys.values()].some((value) => isCloudVolume(value.replace(/,.*$/, '')));
}
