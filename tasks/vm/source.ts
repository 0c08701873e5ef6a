/** The source of a clone: how a VM is cloned from it, and how it is made ready for that. */

import type { Fleet, VirtualMachine } from '../../src/config/fleet.ts';
import { PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { type VmCloneMode, vmCloneMode } from '../../src/proxmox/vm-clone-mode.ts';
import { stateOf } from '../guest/conf.ts';
import { leave } from '../guest/leave.ts';
import { clearLeftLock } from '../guest/leftover.ts';
import { targetOf } from '../guest/names.ts';
import { newestSeal } from '../guest/seal.ts';
import { refuseUnready } from '../guest/source.ts';
import { QemuMachine } from './machine.ts';

/** How a VM is cloned from its source; the configuration was checked for what cannot be. */
export function modeOf(vm: VirtualMachine, source: VirtualMachine, { hypervisor }: Fleet): VmCloneMode {
  const { storage } = source.disk;
  const mode = vmCloneMode({
    full: vm.clone?.full,
    source: {
      template: source.template === true,
      sealed: source.snapshot !== undefined,
      state: source.state,
      tpm: source.tpmstate0 !== undefined,
      storage,
      storageType: hypervisor.storage[storage]?.type,
    },
    storage: vm.disk.storage,
  });
  if (!('reason' in mode)) return mode;
  throw new PhxError('config', {
    title: `VM ${vm.id} cannot be cloned from VM ${source.id}: ${mode.reason}`,
    facts: [],
    hint: mode.way,
    command: `phx config ${targetOf(vm)}`,
  });
}

/** Makes the source ready, and answers the snapshot to clone from; none for one that is cloned as it stands. */
export async function prepareSource(
  source: VirtualMachine,
  through: VmCloneMode['through'],
  context: TaskContext<Facts>,
): Promise<string | undefined> {
  const machine = new QemuMachine(source.id, context);
  await clearLeftLock(machine, context);
  refuseUnready(source, through, context.facts());
  if (through === 'seal') return newestSeal(context.facts(), source.id, source.snapshot ?? '');
  // Started by a former task for work in it, or by a person: as it stands it is to be stopped.
  if (through === 'stopped' && stateOf(context.facts(), source.id) === 'running')
    await leave(machine, context);
  return undefined;
}
