/**
 * Safety points by ZFS snapshots of the dataset (of a VM: the volume) of a guest's root: what Proxmox takes no snapshot of
 * beside it, and what shall not go back in time, stays as it is. Proxmox knows nothing of them.
 */

import { CommandError, PhxError, unreadable } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { GuestConf } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { hasDatasets } from '../../src/proxmox/storage-abilities.ts';
import { parseSnapshotList, zfsSnapshots } from '../../src/proxmox/zfs-snapshots.ts';
import { forgetReady } from './inside.ts';
import { clearLeftLock } from './leftover.ts';
import { byNumber, nextName, type Obstacle, pointNumber, type SafetyMeans } from './safety-means.ts';
import { rootOf, type SafetySubject } from './safety-subject.ts';

/** In front of a point's name: nobody else's snapshot is called so. */
const prefix = 'phx-';

export function byDataset(subject: SafetySubject): SafetyMeans {
  const { id, machine } = subject;
  const of = (context: TaskContext<Facts>) => datasetOf(subject, machine(context).conf, context.facts());
  const obstacle = (context: TaskContext<Facts>) =>
    obstacleOf(subject, machine(context).conf, context.facts());
  return {
    obstacle,
    standing: async (context) => (obstacle(context) ? [] : byNumber(await pointsOn(of(context), context))),
    next: async (context) => nextName(await pointsOn(of(context), context)),
    take: async (name, _before, context) => {
      const dataset = of(context);
      await subject.settle?.(context);
      await context.run(zfsSnapshots.take(dataset, `${prefix}${name}`));
      if ((await pointsOn(dataset, context)).includes(name)) return;
      throw new PhxError('failed', {
        title: `zfs said that it took ${dataset}@${prefix}${name}, but it is not there`,
      });
    },
    goBack: async (name, context) => {
      await clearLeftLock(machine(context), context);
      forgetReady(context, id);
      await machine(context).stop();
      // First: who fails between the two would else have a guest that went back in time, and nobody sees it.
      await subject.goesBack?.(context);
      await context.run(zfsSnapshots.rollback(of(context), `${prefix}${name}`));
    },
    drop: async (name, context) => {
      await context.run(zfsSnapshots.destroy(of(context), `${prefix}${name}`));
    },
  };
}

/** Names of all snapshots of the root's dataset, oldest first, as `zfs` has them; empty where it is none. */
export async function snapshotsOfRoot(
  subject: SafetySubject,
  context: TaskContext<Facts>,
): Promise<readonly string[]> {
  const { conf } = subject.machine(context);
  if (obstacleOf(subject, conf, context.facts())) return [];
  return listed(datasetOf(subject, conf, context.facts()), context);
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
  const names = parseSnapshotList(outcome.stdout, dataset);
  if (names === undefined) throw unreadable(argv, outcome);
  return names;
}

function obstacleOf(subject: SafetySubject, conf: GuestConf, facts: Facts): Obstacle | undefined {
  const { storage, type } = rootOf(subject, conf, facts);
  if (hasDatasets(type)) return undefined;
  return {
    because: `its root lies on ${storage}, a storage of type ${type ?? '(unknown)'}, and has no dataset`,
    instead: "safety: { by: 'snapshot' } or { by: 'backup' } can",
  };
}

/** A volume of a pool is the dataset of its own name below that of the storage; of a linked clone the last part. */
function datasetOf(subject: SafetySubject, conf: GuestConf, facts: Facts): string {
  const { pool, volume } = rootOf(subject, conf, facts);
  return `${pool}/${volume.replace(/^.*[:/]/, '')}`;
}
