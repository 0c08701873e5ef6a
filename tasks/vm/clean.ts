/** Before a VM becomes a template: where its inside was ever started, what makes it this very machine is taken out of it. */

import type { VirtualMachine } from '../../src/config/fleet.ts';
import { PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { cleanSaid, cleanScript } from '../../src/proxmox/guest-clean.ts';
import { hasTemplateFlag, unconverted } from '../../src/proxmox/template-conf.ts';
import { hasInside } from '../guest/names.ts';
import { drivesIn, isCloudVolume } from './drive.ts';
import { enterVm, type Workplace } from './lease.ts';
import { QemuMachine } from './machine.ts';

/**
 * Whether phx starts it at all: a template without work in it is converted as the image, or its source, made it. Started by
 * hand, and stopped since, it cannot be told from one that never ran.
 */
function isStarted(vm: VirtualMachine): boolean {
  return vm.layers.length > 0 || vm.app !== undefined || vm.health !== undefined;
}

export async function cleanVm(
  vm: VirtualMachine,
  place: Workplace,
  context: TaskContext<Facts>,
): Promise<void> {
  const machine = new QemuMachine(vm.id, context);
  if (!hasInside(vm) || isBegun(machine)) return;
  if (!isStarted(vm) && machine.state !== 'running') return;
  const inside = await enterVm(place, context);
  const { stdout } = await inside.run(['sh', '-s'], { stdin: cleanScript, deadline: 5 * 60_000 });
  if (stdout.trim().split('\n').at(-1) === cleanSaid) return;
  throw new PhxError('failed', {
    title: `VM ${vm.id} was cleaned, but is not clean`,
    facts: [['said', stdout.trim() || '(nothing)']],
    hint: 'A copy of it would boot as the same machine. Run again; the log has what its script printed.',
  });
}

/** A conversion that was begun: the cleaning was before it, and a base volume must not be written to. */
function isBegun({ conf }: QemuMachine): boolean {
  if (hasTemplateFlag(conf)) return true;
  const left = unconverted(conf);
  const disks = [...drivesIn(conf)].filter(
    ([, { file }]) => /[:/](vm|base)-\d+-/.test(file) && !isCloudVolume(file),
  );
  return disks.some(([key]) => !left.includes(key));
}
