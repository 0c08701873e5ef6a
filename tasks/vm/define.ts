/** Step `define`: the VM exists, made from a cloud image or as a clone, and carries our mark. */

import type { Fleet, VirtualMachine } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Problem } from '../../src/core/event.ts';
import type { Assessment, Dependency, JudgeView, TaskContext } from '../../src/core/task.ts';
import { unseen } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { layersKnown } from '../../src/proxmox/inside-note.ts';
import { printMark } from '../../src/proxmox/mark.ts';
import { qm } from '../../src/proxmox/qm.ts';
import type { VmCloneMode } from '../../src/proxmox/vm-clone-mode.ts';
import { imageFile } from '../../src/proxmox/workspace.ts';
import { acrossProblem, targetOfClone } from '../cluster/across.ts';
import { confOf, markOf, stateOf } from '../guest/conf.ts';
import { clearHalfMade } from '../guest/half-made.ts';
import { clearFirewall, dropCopiedRules, inheritedBy, isNewborn } from '../guest/inheritance.ts';
import { insideScopes } from '../guest/inside-note.ts';
import { layersOf, outdatedSince, printLayers, sourceOf } from '../guest/lineage.ts';
import { forgetMaking, forgetMakingElsewhere } from '../guest/making.ts';
import { imageTask, stepOf, storageEdges, targetOf } from '../guest/names.ts';
import { unmakeable } from '../guest/origin.ts';
import { othersThan } from '../guest/ownership.ts';
import type { Safety } from '../guest/safety.ts';
import { readyStep } from '../guest/source.ts';
import { birthChanges, madeAnew, sourceName } from './birth.ts';
import { rootKey, rootOptions } from './drive.ts';
import { QemuMachine } from './machine.ts';
import { dataIn } from './safety.ts';
import { modeOf, prepareSource } from './source.ts';
import { wantedKeys } from './wanted.ts';

/** What of its keys a VM is made with at once: all else is set right after. */
const first = ['memory', 'ostype', 'bios', 'machine', 'scsihw', 'agent', 'serial0', 'vga'];

/** `safety`: of a VM that can be worked in. */
export function defineTask(
  vm: VirtualMachine,
  fleet: Fleet,
  project: string,
  safety: Safety | undefined,
): PhxTask {
  const source = sourceVm(vm, fleet);
  const mode = source && modeOf(vm, source, fleet);
  const { storage, format } = vm.disk;
  const keys = wantedKeys(vm);
  return {
    id: stepOf(vm, 'define'),
    target: targetOf(vm),
    title: titleOf(vm),
    revision: '1',
    config: { source: sourceName(vm), storage, disk: rootKey(vm) },
    initial: {
      name: vm.name,
      firewall: vm.firewall !== undefined,
      wanted: [...Object.keys(keys), ...vm.ignore],
      ...(format ? { format } : {}),
      ...(mode
        ? { linked: mode.linked, through: mode.through }
        : {
            image: imageFile(fleet.hypervisor.images[vm.image ?? '']?.url ?? ''),
            options: rootOptions(vm),
            keys: Object.fromEntries(first.flatMap((key) => (keys[key] ? [[key, keys[key]]] : []))),
          }),
    },
    dependencies: [...storageEdges([storage], fleet.hypervisor), ...originOf(vm, fleet)],
    outputs: {
      incarnation: (facts) => markOf(facts, vm.id)?.incarnation,
      inherited: () => unseen,
      ...(source ? { inheritedKeys: () => unseen } : {}),
    },
    assess: (view) => assess(vm, fleet, project, view, safety),
    pools: [
      `guest:${vm.id}`,
      `create:${storage}`,
      ...(source ? [`clone:${source.id}`, `guest:${source.id}`] : []),
    ],
    touches: [`guest:${vm.id}`, ...(safety ? [safety.scope] : []), ...insideScopes(vm)],
    run: async (context) => {
      await safety?.finish(context);
      return make(vm, fleet, project, context);
    },
  };
}

function titleOf({ id, clone, adopted }: VirtualMachine): string {
  if (clone) return `clone ${id} from ${clone.from}`;
  return adopted ? `${id} as it was adopted` : `create ${id} from its image`;
}

/** A source or image is only demanded while the VM must still be made. */
function originOf(vm: VirtualMachine, fleet: Fleet): Dependency<Facts>[] {
  if (vm.adopted) return [];
  const needed: Dependency<Facts>['needed'] = (facts) =>
    ['absent', 'half-made'].includes(stateOf(facts, vm.id));
  const source = sourceVm(vm, fleet);
  return [{ task: source ? readyStep(source) : imageTask(vm.image ?? ''), kind: 'order', needed }];
}

function assess(
  vm: VirtualMachine,
  fleet: Fleet,
  project: string,
  view: JudgeView<Facts>,
  safety: Safety | undefined,
): Assessment | undefined {
  const { facts, stamp, permits } = view;
  const foreign = othersThan(vm, project, facts);
  if (foreign) return foreign;
  const unknown = unmakeable(vm, facts, permits('recreate', targetOf(vm)));
  if (unknown) return { verdict: 'blocked', problem: unknown };
  if (['absent', 'half-made'].includes(stateOf(facts, vm.id))) {
    const source = sourceVm(vm, fleet);
    const problem = source && acrossProblem(vm, source, fleet, facts);
    return problem && { verdict: 'blocked', problem };
  }
  const changes = birthChanges(vm, facts);
  // What keeps a container's data meanwhile is not there for the disks of a VM: nothing is done half.
  if (permits('recreate', targetOf(vm))) return { verdict: 'blocked', problem: onlyContainers(vm, facts) };
  if (changes.length > 0) return { verdict: 'blocked', problem: madeAnew(vm, changes) };
  const unfinished = safety?.unfinished(view);
  if (unfinished) return unfinished;
  const message = outdatedSince(vm, fleet, stamp);
  return message ? { verdict: 'outdated', message: `${message}; kept as it is` } : undefined;
}

function onlyContainers(vm: VirtualMachine, facts: Facts): Problem {
  const guest = facts.guests.get(vm.id);
  const data = guest ? [...dataIn(confOf(guest), rootKey(vm))] : [];
  const target = targetOf(vm);
  return {
    title: `--recreate makes containers anew, and ${vm.id} is a VM`,
    facts: data.map(([key, { file }]) => ['its data', `${key}: ${file}`] as const),
    hint:
      data.length > 0
        ? 'By hand its data can wait in another VM meanwhile: "Made anew, by hand" in docs/vms.md. Without that it goes, too.'
        : 'Take a backup of it, destroy it, and run again.',
    command: `phx backup ${target} && phx destroy ${target} && phx run ${target}`,
  };
}

async function make(vm: VirtualMachine, fleet: Fleet, project: string, context: TaskContext<Facts>) {
  const { config, initial } = context;
  const { id } = vm;
  const source = sourceVm(vm, fleet);
  const machine = new QemuMachine(id, context);
  // One that stands and is known inside tells itself what it inherited, also when the record was lost.
  const seen = layersKnown(context.facts(), id)?.filter(({ origin }) => origin !== id);
  const inherited = JSON.stringify(printLayers(seen ?? (source ? layersOf(source, context.stamp) : [])));
  const describe = (from: string) =>
    printMark({ project, kind: 'vmid', vmid: id, incarnation: context.random(), from });
  const name = String(initial.name);
  if (machine.state === 'half-made') await clearHalfMade(machine, context, { project });
  if (machine.state === 'absent') await clearFirewall(id, context);
  else await forgetMaking(id, context);
  if (machine.state !== 'absent' && source && fleet.nodes) await forgetMakingElsewhere(id, context);
  if (!source) {
    if (machine.state === 'absent') {
      const keys = { ...(initial.keys as Readonly<Record<string, string>>), ...rootDisk(context) };
      await machine.define(qm.create(id, { name, keys, description: describe(String(config.source)) }));
    }
    return { inherited };
  }
  const fresh = machine.state === 'absent';
  if (fresh) {
    const node = targetOfClone(vm, source, fleet, context.facts());
    const there = context.elsewhere();
    const snapshot = await prepareSource(source, initial.through as VmCloneMode['through'], there);
    const from = snapshot ? `${config.source}@${snapshot}` : String(config.source);
    const wish = { source: source.id, name, storage: String(config.storage), description: describe(from) };
    const more = {
      ...(snapshot ? { snapshot } : {}),
      ...('format' in initial ? { format: String(initial.format) } : {}),
      ...(node === undefined ? {} : { target: node }),
    };
    await machine.define(qm.clone(id, { ...wish, ...more, full: initial.linked !== true }), there);
  }
  const born = fresh || isNewborn(id, context);
  if (born) await dropCopiedRules(id, source.id, context);
  const { keys } = inheritedBy('vm', machine.conf, born, context);
  return { inherited, inheritedKeys: JSON.stringify(keys) };
}

/** The root disk of an image, and that it is booted from: its size is that of the image until `volumes` grows it. */
function rootDisk({ config, initial }: TaskContext<Facts>): Record<string, string> {
  const key = String(config.disk);
  const options = String(initial.options);
  const parts = [
    `${config.storage}:0`,
    `import-from=${initial.image}`,
    ...('format' in initial ? [`format=${initial.format}`] : []),
    ...(options === '' ? [] : [options]),
  ];
  return { [key]: parts.join(','), boot: `order=${key}` };
}

function sourceVm(vm: VirtualMachine, fleet: Fleet): VirtualMachine | undefined {
  const source = sourceOf(vm, fleet);
  return source?.kind === 'vm' ? source : undefined;
}
