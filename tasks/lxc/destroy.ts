/** Destroys a container of ours: protection, linked clones and a running state are looked at before anything is gone. */

import { BlockedError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { confOf, type LXCContainer } from './container.ts';

export async function destroy(container: LXCContainer, context: TaskContext<Facts>): Promise<void> {
  const { id } = container;
  if (container.conf.keys.get('protection') === '1') {
    throw new BlockedError({
      title: `Container ${id} is protected`,
      hint: 'Take protection out of its configuration, run its configure step, then destroy it.',
      command: `phx run ctid:${id}/configure`,
    });
  }
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
  await context.run(pct.destroy(id, { purge: true }), { deadline: 30 * 60_000 });
  await container.look();
  if (container.state !== 'absent')
    throw new BlockedError({ title: `pct said that it destroyed ${id}, but it is still there` });
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
