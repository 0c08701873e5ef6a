/** Going back because a person said so: to a snapshot, or to a safety point of any kind. What stands in the way of ours goes. */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { incarnationOf } from '../guest/known.ts';
import type { Machine } from '../guest/machine.ts';
import { isSafetyPoint, type SafetyMeans } from '../guest/safety-means.ts';
import { readNote, writeNote } from '../guest/safety-note.ts';
import { noSnapshot, restoreSnapshot } from '../guest/snapshots.ts';
import { byDataset, pointOfSnapshot, snapshotsOfRoot } from './safety-dataset.ts';
import { bySnapshot } from './safety-snapshot.ts';

/** A container that ran runs again afterwards. `means`: those of its safety points. */
export async function rollBack(
  container: Machine,
  name: string,
  means: SafetyMeans | undefined,
  context: TaskContext<Facts>,
): Promise<void> {
  const { id } = container;
  const snapshots = container.conf.snapshots;
  const points = means && !snapshots.has(name) ? await means.standing(context) : [];
  if (!snapshots.has(name) && !points.includes(name)) {
    const known = [...new Set([...snapshots.keys(), ...points])];
    throw noSnapshot(container, known, name);
  }
  const ran = container.state === 'running';
  if (snapshots.has(name)) {
    await clearTheWay(container, name, context);
    await restoreSnapshot(container, name, context);
  } else await means?.goBack(name, context);
  // What phx was at is over: a person decided.
  const { work, back, ...note } = await readNote(context, id, incarnationOf(context.facts(), id));
  await writeNote(context, id, note);
  if (ran) await container.start();
}

/** On a zfspool only the newest snapshot can be rolled back to (F9): safety points that are newer go, and are named. */
async function clearTheWay(container: Machine, name: string, context: TaskContext<Facts>): Promise<void> {
  const { id, conf } = container;
  const all = await snapshotsOfRoot(id, context);
  const later = all.slice(all.indexOf(name) + 1).reverse();
  const isOurs = (one: string) => {
    const section = conf.snapshots.get(one);
    return section ? isSafetyPoint(one, section) : pointOfSnapshot(one) !== undefined;
  };
  // Where one of a person is among them, Proxmox refuses, and ours would go for nothing.
  if (!all.includes(name) || !later.every(isOurs)) return;
  for (const one of later) {
    context.log(`${one} was taken after ${name}, and goes`);
    const point = pointOfSnapshot(one);
    if (point !== undefined) await byDataset(id).drop(point, context);
    else await bySnapshot(id, false).drop(one, context);
  }
}
