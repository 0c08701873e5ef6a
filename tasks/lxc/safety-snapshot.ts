/** Safety points by `pct snapshot`: the whole container with its conf, and so only where nothing may stay in the present. */

import { PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import { parseProperties } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { parseStorageCfg } from '../../src/proxmox/storage-cfg.ts';
import { clearLeftLock } from '../guest/leftover.ts';
import {
  byNumber,
  isSafetyPoint,
  nextName,
  type Obstacle,
  type SafetyMeans,
  safetyMark,
} from '../guest/safety-means.ts';
import { restoreSnapshot } from '../guest/snapshots.ts';
import { LXCContainer } from './container.ts';
import { snapshotObstacle } from './obstacle.ts';

/** `back`: the points are gone back to without a person being asked. */
export function bySnapshot(id: number, back: boolean): SafetyMeans {
  return {
    obstacle: (context) => obstacleOf(new LXCContainer(id, context), back, context.facts()),
    standing: async (context) => pointsIn(new LXCContainer(id, context), false),
    next: async (context) => nextName(taken(new LXCContainer(id, context))),
    take: (name, before, context) => take(id, name, before, context),
    goBack: async (name, context) => {
      await clearLeftLock(new LXCContainer(id, context), context);
      await restoreSnapshot(new LXCContainer(id, context), name, context);
    },
    drop: async (name, context) => {
      await clearLeftLock(new LXCContainer(id, context), context);
      await context.run(pct.deleteSnapshot(id, name), { deadline: 10 * 60_000 });
      await new LXCContainer(id, context).look();
    },
  };
}

function obstacleOf(container: LXCContainer, back: boolean, facts: Facts): Obstacle | undefined {
  const because = snapshotObstacle(container, facts) ?? (back ? dataBeside(container) : undefined);
  return because === undefined ? undefined : { because, instead: insteadOf(container, facts) };
}

/** A volume that would go back in time with the root. */
function dataBeside({ conf }: LXCContainer): string | undefined {
  const key = [...conf.keys.keys()].find((name) => /^mp\d+$/.test(name));
  return key === undefined ? undefined : `its data in ${key} would go back with it`;
}

export function insteadOf({ conf }: LXCContainer, facts: Facts): string {
  const root = parseProperties(conf.keys.get('rootfs') ?? '', 'volume').get('volume') ?? '';
  const type = parseStorageCfg(facts.host.storageCfg).get(root.replace(/:.*$/, ''))?.type;
  const way = type === 'zfspool' ? "{ by: 'dataset' } takes one of its root alone" : "{ by: 'backup' } can";
  return `safety: ${way}, { by: 'none' } says that none is wanted`;
}

/** Ours, oldest first; one that was being taken when a run died is `half`. */
function pointsIn({ conf }: LXCContainer, half: boolean): string[] {
  const ours = [...conf.snapshots].filter(
    ([name, section]) => isSafetyPoint(name, section) && section.keys.has('snapstate') === half,
  );
  return byNumber(ours.map(([name]) => name));
}

function taken(container: LXCContainer): string[] {
  const half = pointsIn(container, true);
  return [...container.conf.snapshots.keys()].filter((name) => !half.includes(name));
}

async function take(id: number, name: string, before: string, context: TaskContext<Facts>): Promise<void> {
  await clearLeftLock(new LXCContainer(id, context), context);
  const container = new LXCContainer(id, context);
  for (const half of pointsIn(container, true)) await context.run(pct.deleteSnapshot(id, half));
  await context.run(pct.snapshot(id, name, `${safetyMark}${before} of ctid:${id}`), {
    deadline: 10 * 60_000,
    detached: true,
  });
  await container.look();
  if (pointsIn(container, false).includes(name)) return;
  throw new PhxError('failed', { title: `pct said that it took ${name}, but it is not there` });
}
