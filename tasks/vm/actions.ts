/** What a person asks of VMs by a command of its own, as far as it is otherwise than with containers. */

import type { ActionRequest, PhxTask, PluginInput } from '../../src/config/project.ts';
import { BlockedError } from '../../src/core/error.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { qm } from '../../src/proxmox/qm.ts';
import { guestActions, type Hands, refuseLinked, refuseProtected } from '../guest/actions.ts';
import { QemuMachine } from './machine.ts';
import { vmSafety } from './safety.ts';

type Context = Parameters<PhxTask['run']>[0];

export function vmActions(
  input: Pick<PluginInput, 'project' | 'fleet'>,
  request: ActionRequest,
  facts: Facts,
): readonly PhxTask[] {
  const machine = (id: number, context: Context) => new QemuMachine(id, context);
  const safety = (id: number) => {
    const guest = input.fleet.guests[String(id)];
    return vmSafety(id, guest?.kind === 'vm' ? guest : undefined);
  };
  const hands: Hands = { kind: 'vm', machine, safety, destroy };
  return guestActions(hands, input, request, facts);
}

async function destroy(id: number, { keepVolumes }: ActionRequest, context: Context): Promise<void> {
  const machine = new QemuMachine(id, context);
  if (keepVolumes) {
    throw new BlockedError({
      title: `phx keeps data volumes of containers only, and ${id} is a VM`,
      hint: 'Take a backup of it first, or let its disks wait in another VM: "Made anew, by hand" in docs/vms.md.',
      command: `phx backup ${machine.target}`,
    });
  }
  refuseProtected(machine);
  refuseLinked(machine, context.facts());
  await machine.stop();
  await context.run(qm.destroy(id, { purge: true }), { deadline: 30 * 60_000 });
  await machine.look();
  if (machine.state !== 'absent')
    throw new BlockedError({ title: `qm said that it destroyed ${id}, but it is still there` });
}
