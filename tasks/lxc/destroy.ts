/** Destroys a container of ours: protection, linked clones and a running state are looked at before anything is gone. */

import { BlockedError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { dataVolumes } from '../../src/proxmox/parking.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { refuseLinked, refuseProtected } from '../guest/actions.ts';
import type { LXCContainer } from './container.ts';
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
  refuseLinked(container, context.facts());
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
