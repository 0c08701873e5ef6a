/**
 * Step `cloud-init` of a VM: a drive that carries its settings, made of snippets where the configuration has data of its own,
 * and written anew when it is old. It runs nothing inside.
 */

import type { VirtualMachine } from '../../src/config/fleet.ts';
import type { PhxTask, PluginInput } from '../../src/config/project.ts';
import { snippetFolder, snippetStorageOf } from '../../src/config/snippets.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Assessment, JudgeView, TaskContext } from '../../src/core/task.ts';
import { digestToSend } from '../../src/proxmox/conf-digest.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import {
  cloudInitDrive,
  comingKeys,
  freeDrive,
  isOwnCustom,
  normalCustom,
  qmCloudInit,
  snippetFile,
  unwritten,
} from '../../src/proxmox/qm-cloud-init.ts';
import { fileScope } from '../guest/managed.ts';
import { stepOf, storageTask, targetOf } from '../guest/names.ts';
import { type CloudInitScript, type Kind, kinds } from './cloud-init.ts';
import { type Custom, customOf, dataOf, instanceIn, sliceOf } from './cloud-init-custom.ts';
import { removeSnippets, snippetDigest, snippetTexts, writeSnippets } from './cloud-init-snippets.ts';

/** What later keys of a VM say of drives, as far as it matters here. */
export type CloudInitVm = VirtualMachine & {
  readonly drives?: Readonly<Record<string, { readonly cloudinit?: boolean }>>;
  readonly ciupgrade?: boolean;
};

/** `scripts` are put into the guest by its user data; without `cloudInit` there is none of ours, and they are left out. */
export async function cloudInitTask(
  vm: CloudInitVm,
  input: Pick<PluginInput, 'fleet' | 'document' | 'text'>,
  scripts: readonly CloudInitScript[] = [],
): Promise<PhxTask> {
  const custom = vm.cloudInit && (await customOf(vm, vm.cloudInit, input, scripts));
  const storage = snippetStorageOf(vm, input.fleet);
  const id = stepOf(vm, 'cloud-init');
  const described = storage !== undefined && storage in input.fleet.hypervisor.storage;
  const paths = snippetPaths(vm, input.fleet.hypervisor.storage);
  return {
    id,
    target: targetOf(vm),
    title: `cloud-init of ${vm.id}`,
    revision: '1',
    config: { drive: wantsDrive(vm) ? vm.disk.storage : null, ...(custom ? sliceOf(vm, custom) : {}) },
    ...(custom ? { texts: custom.texts, secrets: custom.secrets } : {}),
    dependencies: [
      { task: stepOf(vm, 'define'), kind: 'result' },
      { task: stepOf(vm, 'configure'), kind: 'order' },
      { task: stepOf(vm, 'volumes'), kind: 'after' },
      ...(custom && described ? [{ task: storageTask(storage), kind: 'order' as const }] : []),
    ],
    outputs: {
      drive: (facts) => cloudInitDrive(keysOf(facts, vm)),
      cicustom: (facts) => customIn(facts, vm, custom !== undefined),
      ...(custom
        ? Object.fromEntries(
            kinds.map((kind) => [
              kind,
              (facts: Facts) => snippetDigest(facts.files.get(custom.paths[kind]), custom.secretFiles),
            ]),
          )
        : {}),
    },
    assess: (view) => assess(vm, custom, view),
    pools: [`guest:${vm.id}`],
    touches: [`guest:${vm.id}`, ...(custom ? Object.values(custom.paths).map(fileScope) : [])],
    run: async (context) => {
      if (custom) await keepCustom(vm, custom, context);
      else await keepBuiltIn(vm, paths, context);
      return undefined;
    },
  };
}

const confOf = (facts: Facts, { id }: VirtualMachine): string => facts.guests.get(id)?.conf ?? '';
const keysOf = (facts: Facts, vm: VirtualMachine): Map<string, string> => comingKeys(confOf(facts, vm));

/** Without snippets of our own, what a person gave it by hand is theirs. */
function customIn(facts: Facts, vm: VirtualMachine, ours: boolean): string | undefined {
  const value = keysOf(facts, vm).get('cicustom');
  return value !== undefined && (ours || isOwnCustom(value)) ? normalCustom(value) : undefined;
}

/** A drive that the configuration itself names is made with the others. */
function wantsDrive(vm: CloudInitVm): boolean {
  const { ciuser, sshkeys, cipassword, ipconfig, cloudInit, drives = {} } = vm;
  if (Object.values(drives).some(({ cloudinit }) => cloudinit === true)) return false;
  const spoken = [ciuser, sshkeys?.[0], cipassword, Object.keys(ipconfig)[0], cloudInit];
  return spoken.some((word) => word !== undefined);
}

/** Where snippets of phx may lie: on each storage that takes them. */
function snippetPaths(
  { id }: VirtualMachine,
  storage: PluginInput['fleet']['hypervisor']['storage'],
): Readonly<Record<string, readonly string[]>> {
  const folders = Object.keys(storage).map((name) => [name, snippetFolder(name, storage[name])] as const);
  return Object.fromEntries(
    folders.flatMap(([name, folder]) =>
      folder === undefined ? [] : [[name, kinds.map((kind) => `${folder}/${snippetFile(id, kind)}`)]],
    ),
  );
}

/** What the record cannot show: a drive that is behind, and interfaces that got other MAC addresses. */
function assess(
  vm: VirtualMachine,
  custom: Custom | undefined,
  { facts }: JudgeView<Facts>,
): Assessment | undefined {
  const guest = facts.guests.get(vm.id);
  if (guest?.kind !== 'vm') return undefined;
  const behind = guest.running ? unwritten(guest.conf) : [];
  if (behind.length > 0)
    return { verdict: 'stale', because: [{ why: 'changed', key: 'drive', to: behind.join(', ') }] };
  const present = custom && facts.files.get(custom.paths.network);
  const macs = custom?.macsIn(facts);
  if (!custom || present === undefined || macs === undefined) return undefined;
  const known = (mac: string) => present.includes(`macaddress: ${mac}\n`);
  const others = Object.entries(macs).filter(([, mac]) => !known(mac) && !present.includes(`"${mac}"`));
  if (others.length === 0) return undefined;
  const to = others.map((entry) => entry.join(' ')).join(', ');
  return { verdict: 'stale', because: [{ why: 'changed', key: 'network', to }] };
}

async function keepCustom(vm: VirtualMachine, custom: Custom, context: TaskContext<Facts>): Promise<void> {
  const before = (await context.refresh(Object.values(custom.paths).map(fileScope))).files;
  const former = instanceIn(before.get(custom.paths.meta));
  const data = dataOf(vm, custom, context, former);
  const secret = Object.keys(custom.secrets).length > 0;
  const wrote = await writeSnippets(context, custom.paths, snippetTexts(data, secret));
  const wanted = kinds
    .map((kind) => `${kind}=${custom.storage}:snippets/${snippetFile(vm.id, kind)}`)
    .join(',');
  const changed = await keepKeys(vm, wanted, context);
  await keepDrive(vm, context, wrote.length > 0 || changed);
  if (former !== undefined) tellInstance(vm, wrote, former !== instanceIn(data.metaData), context);
}

async function keepBuiltIn(
  vm: VirtualMachine,
  paths: Readonly<Record<string, readonly string[]>>,
  context: TaskContext<Facts>,
): Promise<void> {
  const own = customIn(context.facts(), vm, false);
  if (own !== undefined) {
    const digest = digestToSend(confOf(context.facts(), vm));
    await context.run(qmCloudInit.unset(vm.id, 'cicustom', digest), {
      undo: qmCloudInit.set(vm.id, { cicustom: own }),
    });
    await context.refresh([`guest:${vm.id}`]);
    prove(customIn(context.facts(), vm, false) === undefined, vm, 'its conf still names snippets');
  }
  // Only once nothing names them any more.
  await removeSnippets(context, Object.values(paths).flat());
  const changed = await keepKeys(vm, undefined, context);
  await keepDrive(vm, context, own !== undefined || changed);
}

/** Names the snippets and adds the drive, where they are not there; answers whether anything was sent. */
async function keepKeys(
  vm: VirtualMachine,
  cicustom: string | undefined,
  context: TaskContext<Facts>,
): Promise<boolean> {
  const storage = context.config.drive as string | null;
  const keys = keysOf(context.facts(), vm);
  const drive = storage === null || cloudInitDrive(keys) !== undefined ? undefined : freeDrive(keys);
  const differs = cicustom !== undefined && normalCustom(keys.get('cicustom') ?? '') !== cicustom;
  const wanted: Record<string, string> = {
    ...(differs ? { cicustom } : {}),
    ...(drive === undefined ? {} : { [drive]: `${storage}:cloudinit` }),
  };
  if (Object.keys(wanted).length === 0) return false;
  const former = keys.get('cicustom');
  const back = differs && former !== undefined && drive === undefined;
  await context.run(qmCloudInit.set(vm.id, wanted, digestToSend(confOf(context.facts(), vm))), {
    undo: back
      ? qmCloudInit.set(vm.id, { cicustom: former })
      : qmCloudInit.unset(vm.id, Object.keys(wanted).join(',')),
  });
  await context.refresh([`guest:${vm.id}`]);
  const now = keysOf(context.facts(), vm);
  const named = !differs || normalCustom(now.get('cicustom') ?? '') === cicustom;
  prove(named, vm, 'its conf does not name the snippets');
  prove(drive === undefined || cloudInitDrive(now) !== undefined, vm, 'it has no cloud-init drive');
  return true;
}

/** A start writes the drive anew by itself; while the VM runs, its next reboot would read an old one. */
async function keepDrive(vm: VirtualMachine, context: TaskContext<Facts>, changed: boolean): Promise<void> {
  const guest = context.facts().guests.get(vm.id);
  if (!guest?.running || cloudInitDrive(keysOf(context.facts(), vm)) === undefined) return;
  if (!changed && !context.unsettled() && unwritten(guest.conf).length === 0) return;
  await context.run(qmCloudInit.update(vm.id), { undo: 'again' });
  await context.refresh([`guest:${vm.id}`]);
  const behind = unwritten(confOf(context.facts(), vm));
  prove(behind.length === 0, vm, `its drive is behind in ${behind.join(', ')}`);
}

function tellInstance(
  vm: VirtualMachine,
  wrote: readonly Kind[],
  renewed: boolean,
  context: TaskContext<Facts>,
): void {
  if (renewed)
    context.log(
      'the guest takes this as a new instance at its next boot: accounts, files and commands are done again, with new ssh host keys',
    );
  else if (wrote.length > 0)
    context.log(
      `${wrote.join(' and ')} data is new, the instance is not: what the guest does once an instance it does not do again; cloudInit.newInstance: true of VM ${vm.id} makes it`,
    );
}

function prove(seen: boolean, { id }: VirtualMachine, instead: string): void {
  if (seen) return;
  throw new PhxError('failed', {
    title: `qm ended well, but the cloud-init settings of VM ${id} are not as they were set`,
    facts: [['seen', instead]],
    hint: "Look at the VM's task log on the node, then run again.",
  });
}
