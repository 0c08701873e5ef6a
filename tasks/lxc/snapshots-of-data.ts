/** Snapshots that are in the way of a container's data volumes: Proxmox moves none that a snapshot holds. */

import type { TaskContext } from '../../src/core/task.ts';
import type { ConfSection, GuestConf } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { dataVolumes } from '../../src/proxmox/parking.ts';
import { pct } from '../../src/proxmox/pct.ts';
import type { LXCContainer } from './container.ts';

/** Names of the snapshots that a person took, also by `phx snapshot`; phx takes its own anew. */
export function snapshotsOfPeople({ snapshots }: GuestConf): string[] {
  return [...snapshots].flatMap(([name, section]) => (isOwn(section) ? [] : [name]));
}

function isOwn({ description }: ConfSection): boolean {
  return description.startsWith('phx: ') && !description.startsWith('phx: taken by hand');
}

/** Deletes every snapshot that holds a data volume; the container with all the others is about to go. */
export async function dropDataSnapshots(container: LXCContainer, context: TaskContext<Facts>): Promise<void> {
  for (const [name, { keys }] of container.conf.snapshots) {
    if (dataVolumes(keys).size === 0) continue;
    context.log(`snapshot ${name} holds data volumes and goes, so that they can be moved`);
    await context.run(pct.deleteSnapshot(container.id, name), { deadline: 10 * 60_000 });
    await container.look();
  }
}
