/** What a person asks of VMs by a command of its own, as far as it is otherwise than with containers. */

import type { ActionRequest, PhxTask, PluginInput } from '../../src/config/project.ts';
import { BlockedError } from '../../src/core/error.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { qm } from '../../src/proxmox/qm.ts';
import { parseStorageCfg } from '../../src/proxmox/storage-cfg.ts';
import { hasTemplateFlag } from '../../src/proxmox/template-conf.ts';
import { canSnapshot } from '../../src/proxmox/vm-abilities.ts';
import { guestActions, type Hands, refuseLinked, refuseProtected } from '../guest/actions.ts';
import type { Machine } from '../guest/machine.ts';
import { noSnapshot, restoreSnapshot } from '../guest/snapshots.ts';
import { drivesIn, isCloudVolume } from './drive.ts';
import { QemuMachine } from './machine.ts';

type Context = Parameters<PhxTask['run']>[0];

export function vmActions(
  input: Pick<PluginInput, 'project' | 'fleet'>,
  request: ActionRequest,
  facts: Facts,
): readonly PhxTask[] {
  const machine = (id: number, context: Context) => new QemuMachine(id, context);
  const hands: Hands = { kind: 'vm', machine, obstacle: snapshotObstacle, rollBack, destroy };
  return guestActions(hands, input, request, facts);
}

/** Why Proxmox would refuse (F9); undefined when nothing is known to stand in the way. */
function snapshotObstacle({ conf }: Machine, facts: Facts): string | undefined {
  const storages = parseStorageCfg(facts.host.storageCfg);
  for (const [key, { file, storage }] of drivesIn(conf)) {
    if (isCloudVolume(file) || file === 'none' || /:iso\//.test(file)) continue;
    if (file.startsWith('/')) return `${key} is a device of the node (${file})`;
    const type = storages.get(storage)?.type;
    const format = /\.(qcow2|vmdk|raw)$/.exec(file)?.[1];
    if (canSnapshot(type, format) === false) return `${key} lies on ${storage}, a storage of type ${type}`;
  }
  return hasTemplateFlag(conf) ? 'it is a template' : undefined;
}

/** A VM that ran runs again afterwards. */
async function rollBack(machine: Machine, name: string, context: Context): Promise<void> {
  const known = [...machine.conf.snapshots.keys()];
  if (!known.includes(name)) throw noSnapshot(machine, known, name);
  const ran = machine.state === 'running';
  await restoreSnapshot(machine, name, context);
  if (ran) await machine.start();
}

async function destroy(id: number, { keepVolumes }: ActionRequest, context: Context): Promise<void> {
  const machine = new QemuMachine(id, context);
  if (keepVolumes) {
    throw new BlockedError({
      title: `phx keeps data volumes of containers only, and ${id} is a VM`,
      hint: 'Take a backup of it first, or move its disks to another VM by hand (qm disk move --target-vmid).',
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
