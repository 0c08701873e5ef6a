/**
 * Takes away one thing of the node that left the configuration, asked for by its name: a backup job, a storage's definition,
 * an empty dataset, a downloaded file. Whoever calls it knows that phx made it.
 */

import type { Leftover, PhxTask } from '../../src/config/project.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { deleteJobArgv, jobsCfg, parseJobsCfg } from '../../src/proxmox/jobs-cfg.ts';
import { parseStorageCfg } from '../../src/proxmox/storage-cfg.ts';

/** What lies on something goes before it. */
const order = ['backup-job', 'image', 'template', 'storage', 'dataset'] as const;

/** Tasks that take these away one after the other. */
export function pruneTasks(leftovers: readonly Leftover[]): PhxTask[] {
  const sorted = [...leftovers].sort(
    (a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || b.name.length - a.name.length,
  );
  return sorted.map((leftover, at) => {
    const before = sorted[at - 1];
    return {
      id: idOf(leftover),
      target: 'prune',
      title: `take away ${leftover.kind} ${leftover.name}`,
      revision: '1',
      config: {},
      dependencies: before ? [{ task: idOf(before), kind: 'order' }] : [],
      pools:
        leftover.kind === 'storage' ? ['storage.cfg'] : leftover.kind === 'backup-job' ? ['jobs.cfg'] : [],
      touches: ['host', `file:${jobsCfg}`],
      run: async (context) => takeAway(leftover, context),
    };
  });
}

function idOf({ kind, name }: Leftover): string {
  return `prune/${kind}:${name}`;
}

async function takeAway({ kind, name, path }: Leftover, context: TaskContext<Facts>): Promise<undefined> {
  const { host, files } = context.facts();
  if (kind === 'backup-job') {
    if (parseJobsCfg(files.get(jobsCfg) ?? '').has(name)) await context.run(deleteJobArgv(name));
  } else if (kind === 'storage') {
    // The definition alone: what lies on it stays where it is.
    if (parseStorageCfg(host.storageCfg).has(name)) await context.run(['pvesm', 'remove', name]);
  } else if (kind === 'dataset') {
    // Without -r: zfs refuses it while it has children or snapshots.
    if (host.datasets.has(name)) await context.run(['zfs', 'destroy', name]);
  } else if (path !== undefined && [...host.templates, ...host.images].some((file) => file.path === path)) {
    await context.run(['rm', '--', path]);
  }
  return undefined;
}
