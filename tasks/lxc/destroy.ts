/** Destroys a container of ours: protection, linked clones and a running state are looked at before anything is gone. */

import { BlockedError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { dataVolumes } from '../../src/proxmox/parking.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { confOf, type LXCContainer } from './container.ts';
import type { ParkedVolumes } from './parked-volumes.ts';
import { dropDataSnapshots } from './snapshots-of-data.ts';

export interface DestroyWish {
  /** What is parked, and where data goes. */
  readonly volumes: ParkedVolumes;
  /** The data volumes stay, parked, for the next container of this id. */
  readonly keep: boolean;
}

export async function destroy(
  container: LXCContainer,
  context: TaskContext<Facts>,
  { volumes, keep }: DestroyWish,
): Promise<void> {
  const { id } = container;
  refuseProtected(container);
  const clones = linkedClonesOf(context.facts(), id);
  if (clones.length > 0) {
    throw new BlockedError({
      title: `Linked clones stand on the volumes of container ${id}`,
      facts: [['clones', clones.map((clone) => `ctid:${clone}`).join(', ')]],
      hint: 'Proxmox does not remove a base that is in use. Destroy the clones first, or name them too.',
      command: `phx destroy ${[...clones, id].map((one) => `ctid:${one}`).join(' ')}`,
    });
  }
  await container.stop();
  if (keep) {
    if (dataVolumes(container.conf.keys).size > 0) await dropDataSnapshots(container, context);
    await volumes.park();
  }
  const argv = keep ? pct.destroyNamed(id, { purge: true }) : pct.destroy(id, { purge: true });
  await context.run(argv, { deadline: 30 * 60_000 });
  await container.look();
  if (container.state !== 'absent')
    throw new BlockedError({ title: `pct said that it destroyed ${id}, but it is still there` });
  if (!keep) await volumes.free();
}

/** Proxmox destroys nothing that is protected (B23), and phx takes no protection away unasked. */
export function refuseProtected({ id, conf }: LXCContainer): void {
  if (conf.keys.get('protection') !== '1') return;
  throw new BlockedError({
    title: `Container ${id} is protected`,
    hint: 'Take the protection away by hand if it may go, and type the same again.',
    command: `pct set ${id} --protection 0`,
  });
}

/** Guests whose volumes are links on a base of this one: `store:basevol-900-disk-0/subvol-950-disk-0` and its like (F9). */
export function linkedClonesOf(facts: Facts, id: number): number[] {
  const base = new RegExp(`[:/]base(?:vol)?-${id}-disk-\\d+[^/,]*/(?:.*/)?(?:vm|subvol)-`);
  return [...facts.guests.values()].flatMap((guest) => {
    const linked = [...confOf(guest).keys].some(
      ([key, value]) =>
        /^(rootfs|mp\d+|unused\d+|scsi\d+|virtio\d+|sata\d+|ide\d+)$/.test(key) && base.test(value),
    );
    return linked && guest.id !== id ? [guest.id] : [];
  });
}
