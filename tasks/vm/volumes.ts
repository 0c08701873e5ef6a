/** Step `volumes`: the root disk has its size, each further drive is there; allocated once, recognised by its key, only grown. */

import type { Fleet, VirtualMachine } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Json } from '../../src/core/json.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { confOf } from '../guest/conf.ts';
import { stepOf, storageTask, targetOf } from '../guest/names.ts';
import { restarts, waiting, waitsWords } from '../guest/restart.ts';
import { tooOld } from '../guest/too-old.ts';
import { Disks } from './disks.ts';
import {
  describeDrive,
  driveKey,
  drivesOf,
  rootKey,
  rootOptions,
  type WantedDrive,
  wantedDrives,
} from './drive.ts';
import { newDriveKeys } from './needs.ts';

export function volumesTask(vm: VirtualMachine, { hypervisor }: Fleet): PhxTask {
  const drives = wantedDrives(vm);
  const root = rootKey(vm);
  const leavesRoot = vm.ignore.includes(root);
  const protection = vm.ignore.includes('protection') ? undefined : vm.protection;
  const own = [...drives].map(([key, { kind, ...wish }]) => [key, { kind, ...wish }] as const);
  const storages = new Set([...drives.values()].flatMap(({ storage, file }) => storageOf(storage, file)));
  const known = [...storages].filter((id) => Object.hasOwn(hypervisor.storage, id));
  return {
    id: stepOf(vm, 'volumes'),
    target: targetOf(vm),
    title: `volumes of ${vm.id}`,
    revision: '2',
    config: {
      ...(protection === undefined ? {} : { protection }),
      ...(leavesRoot ? {} : { [root]: { size: vm.disk.size, options: rootOptions(vm) } }),
      ...(Object.fromEntries(own) as unknown as Record<string, Json>),
    },
    dependencies: [
      { task: stepOf(vm, 'define'), kind: 'result' },
      ...known.map((id) => ({ task: storageTask(id), kind: 'order' as const })),
    ],
    outputs: Object.fromEntries(
      [...(leavesRoot ? [] : [root]), ...drives.keys()].map((key) => [
        key,
        (facts: Facts) => describeDrive(key, drivesOf(facts, vm.id).get(key)),
      ]),
    ),
    assess: ({ facts }) => tooOld(vm, newDriveKeys(vm), facts) ?? small(vm, facts),
    drift: vm.drift,
    pools: [`guest:${vm.id}`, ...known.map((id) => `storage:${id}`)],
    touches: [`guest:${vm.id}`],
    run: async (context) => {
      await run(vm, root, [...drives.keys()], protection, context);
      return undefined;
    },
  };
}

/** A storage id, told by its name or by a volume on it. */
function storageOf(storage: string | undefined, file: string | undefined): string[] {
  if (storage !== undefined) return [storage];
  return file?.includes(':') && !file.startsWith('/') ? [file.replace(/:.*$/, '')] : [];
}

function wish({ config }: TaskContext<Facts>, key: string): WantedDrive {
  return config[key] as unknown as WantedDrive;
}

/** Whether its protection is to go, or was ours and is not asked for any more; `configure` comes too late for that. */
function mayLift(
  vm: VirtualMachine,
  protection: boolean | undefined,
  { stamp }: TaskContext<Facts>,
): boolean {
  if (protection !== undefined) return !protection;
  const ours = stamp(stepOf(vm, 'configure'))?.outputs.protection !== undefined;
  return ours && !vm.ignore.includes('protection');
}

/** One that was only pending could not grow yet. */
function small(vm: VirtualMachine, facts: Facts): Assessment | undefined {
  const guest = facts.guests.get(vm.id);
  const present = guest ? drivesOf(facts, vm.id) : undefined;
  const because = [...wantedDrives(vm)].flatMap(([key, { size }]) => {
    const now = guest && confOf(guest).keys.has(key) ? present?.get(key)?.size : undefined;
    if (size === undefined || now === undefined || now >= size) return [];
    return [{ why: 'changed' as const, key, from: `${now}G`, to: `${size}G` }];
  });
  return because.length > 0 ? { verdict: 'stale', because } : undefined;
}

async function run(
  vm: VirtualMachine,
  root: string,
  keys: readonly string[],
  protection: boolean | undefined,
  context: TaskContext<Facts>,
): Promise<void> {
  const disks = new Disks(vm.id, context);
  // Before anything new is made: what left the configuration may sit where a new drive is wanted.
  const recorded = Object.keys(context.stamp(context.task)?.outputs ?? {}).filter((key) =>
    driveKey.test(key),
  );
  const leaving = recorded.filter((key) => key !== root && !keys.includes(key));
  const carrier = keys.find((key) => wish(context, key).kind === 'cloudinit');
  const others = carrier === undefined ? [] : disks.otherCarriers(carrier);
  const gone = [...new Set([...leaving, ...others])];
  if (gone.length > 0 && mayLift(vm, protection, context)) await disks.unprotect();
  await disks.detach(gone);
  if (!vm.ignore.includes(root)) {
    const { size, options } = context.config[root] as unknown as { size: number; options: string };
    await disks.growTo(root, size);
    await disks.keepOptions(root, options);
  }
  for (const key of keys) await disks.bringAbout(key, wish(context, key));
  const names =
    restarts(vm, context) || vm.state === 'stopped' ? [] : waiting(vm, context.facts(), () => undefined);
  const drives = names.filter((name) => driveKey.test(name));
  if (drives.length > 0) context.log(waitsWords(vm, drives));
}
