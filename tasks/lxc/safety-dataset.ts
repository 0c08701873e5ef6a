/**
 * Safety points by ZFS snapshots of the dataset of a container's root: what Proxmox takes no snapshot of beside it, and
 * what shall not go back in time (data volumes, directories of the node), stays as it is. Proxmox knows nothing of them.
 */

import { CommandError, PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import { parseProperties } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { parseStorageCfg } from '../../src/proxmox/storage-cfg.ts';
import { parseSnapshotList, zfsSnapshots } from '../../src/proxmox/zfs-snapshots.ts';
import { forgetReady } from '../guest/inside.ts';
import { clearLeftLock } from '../guest/leftover.ts';
import { byNumber, nextName, type Obstacle, pointNumber, type SafetyMeans } from '../guest/safety-means.ts';
import { LXCContainer } from './container.ts';

/** In front of a point's name: nobody else's snapshot is called so. */
const prefix = 'phx-';

export function byDataset(id: number): SafetyMeans {
  const of = (context: TaskContext<Facts>) => datasetOf(new LXCContainer(id, context), context.facts());
  return {
    obstacle: (context) => obstacleOf(new LXCContainer(id, context), context.facts()),
    standing: async (context) => byNumber(await pointsOn(of(context), context)),
    next: async (context) => nextName(await pointsOn(of(context), context)),
    take: async (name, _before, context) => {
      const dataset = of(context);
      await context.run(zfsSnapshots.take(dataset, `${prefix}${name}`));
      if ((await pointsOn(dataset, context)).includes(name)) return;
      throw new PhxError('failed', {
        title: `zfs said that it took ${dataset}@${prefix}${name}, but it is not there`,
      });
    },
    goBack: async (name, context) => {
      await clearLeftLock(new LXCContainer(id, context), context);
      forgetReady(context, id);
      await new LXCContainer(id, context).stop();
      await context.run(zfsSnapshots.rollback(of(context), `${prefix}${name}`));
    },
    drop: async (name, context) => {
      await context.run(zfsSnapshots.destroy(of(context), `${prefix}${name}`));
    },
  };
}

/** Names of all snapshots of the root's dataset, oldest first, as `zfs` has them; empty where it is none. */
export async function snapshotsOfRoot(id: number, context: TaskContext<Facts>): Promise<readonly string[]> {
  const container = new LXCContainer(id, context);
  if (obstacleOf(container, context.facts())) return [];
  return listed(datasetOf(container, context.facts()), context);
}

/** The point that a ZFS snapshot is; undefined for one that is none of ours. */
export function pointOfSnapshot(snapshot: string): string | undefined {
  const name = snapshot.startsWith(prefix) ? snapshot.slice(prefix.length) : '';
  return pointNumber(name) === undefined ? undefined : name;
}

async function pointsOn(dataset: string, context: TaskContext<Facts>): Promise<string[]> {
  return (await listed(dataset, context)).flatMap((name) => pointOfSnapshot(name) ?? []);
}

async function listed(dataset: string, context: TaskContext<Facts>): Promise<string[]> {
  const argv = zfsSnapshots.list(dataset);
  const outcome = await context.ask(argv);
  if (outcome.exit !== 0) throw new CommandError(argv, outcome);
  return parseSnapshotList(outcome.stdout);
}

function obstacleOf(container: LXCContainer, facts: Facts): Obstacle | undefined {
  const { storage, type } = rootOf(container, facts);
  if (type === 'zfspool') return undefined;
  return {
    because: `its root lies on ${storage}, a storage of type ${type ?? '(unknown)'}, and has no dataset`,
    instead: "safety: { by: 'snapshot' } or { by: 'backup' } can",
  };
}

/** A volume of a pool is the dataset of its own name below that of the storage; of a linked clone the last part. */
function datasetOf(container: LXCContainer, facts: Facts): string {
  const { pool, volume } = rootOf(container, facts);
  return `${pool}/${volume.replace(/^.*[:/]/, '')}`;
}

function rootOf({ conf }: LXCContainer, facts: Facts) {
  const volume = parseProperties(conf.keys.get('rootfs') ?? '', 'volume').get('volume') ?? '';
  const storage = volume.replace(/:.*$/, '');
  const found = parseStorageCfg(facts.host.storageCfg).get(storage);
  return { volume, storage, type: found?.type, pool: found?.options.get('pool') ?? '' };
}
