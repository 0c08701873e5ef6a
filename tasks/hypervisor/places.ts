/** Directories of the node that are served to others: which task makes them, and whether they are there. */

import type { Hypervisor } from '../../src/config/fleet.ts';
import { BlockedError } from '../../src/core/error.ts';
import type { Dependency, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { zfsTask } from '../guest/names.ts';

/** Edges to the directory itself and to the dataset that it lies on, as far as they are described. */
export function placeEdges({ directories, zfs }: Hypervisor, path: string): Dependency<Facts>[] {
  const below = (point: string) => path === point || path.startsWith(`${point}/`);
  const datasets = Object.entries(zfs.datasets).filter(([name, { mountpoint }]) =>
    below(mountpoint ?? `/${name}`),
  );
  return [
    ...datasets.map(([name]) => zfsTask(name)),
    ...(Object.hasOwn(directories, path) ? [`hypervisor/directory:${path}`] : []),
  ].map((task) => ({ task, kind: 'order' }));
}

/** Stops before something is served that is not there: its readers would find an empty place, or none. */
export async function needPlace(context: TaskContext<Facts>, path: string, what: string): Promise<void> {
  if ((await context.ask(['test', '-d', path])).exit === 0) return;
  throw new BlockedError({
    title: `There is no directory ${path} for ${what}`,
    hint: 'Describe it in hypervisor.directories, its dataset in hypervisor.zfs.datasets, or mend the path.',
    command: 'phx config hypervisor',
  });
}
