/** Going back because a person said so: to a snapshot, or to a safety point of any kind. What stands in the way of ours goes. */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { forgetInside } from './inside-note.ts';
import { incarnationOf, startOf } from './known.ts';
import type { Machine } from './machine.ts';
import { byDataset, pointOfSnapshot, snapshotsOfRoot } from './safety-dataset.ts';
import { isInterrupted, isSafetyPoint, type SafetyMeans } from './safety-means.ts';
import { readNote, type SafetyNote, writeNote } from './safety-note.ts';
import { dropSnapshot } from './safety-snapshot.ts';
import type { SafetySubject } from './safety-subject.ts';
import { noSnapshot, restoreSnapshot } from './snapshots.ts';

/** A guest that ran runs again afterwards. `means`: those of its safety points. */
export async function rollBack(
  subject: SafetySubject,
  name: string,
  means: SafetyMeans | undefined,
  context: TaskContext<Facts>,
): Promise<void> {
  const { id } = subject;
  const machine = subject.machine(context);
  const snapshots = machine.conf.snapshots;
  const points = means && !snapshots.has(name) ? await means.standing(context) : [];
  if (!snapshots.has(name) && !points.includes(name)) {
    const known = [...new Set([...snapshots.keys(), ...points])];
    throw noSnapshot(machine, known, name);
  }
  await forgetInside(context, id);
  const ran = machine.state === 'running';
  if (snapshots.has(name)) {
    await clearTheWay(subject, machine, name, context);
    await restoreSnapshot(machine, name, context);
  } else if (means) await goBackTo(name, id, means, context);
  // What phx was at is over: a person decided.
  const { work, back, ...note } = await noteOf(id, context);
  await writeNote(context, id, note);
  if (ran) await machine.start();
}

/** Noted first: a restore that is cut off leaves a guest that nobody would know for ours, and the next run ends it. */
async function goBackTo(
  name: string,
  id: number,
  means: SafetyMeans,
  context: TaskContext<Facts>,
): Promise<void> {
  const before = await noteOf(id, context);
  const back = startOf(context.facts(), id) ?? '-';
  const work = { point: name, layers: new Map(), state: 'failed' as const };
  await writeNote(context, id, { ...before, work, back });
  try {
    await means.goBack(name, context);
  } catch (error) {
    if (!isInterrupted(error)) await writeNote(context, id, before);
    throw error;
  }
}

async function noteOf(id: number, context: TaskContext<Facts>): Promise<SafetyNote> {
  return readNote(context, id, incarnationOf(context.facts(), id));
}

/** On a zfspool only the newest snapshot can be rolled back to (F9): safety points that are newer go, and are named. */
async function clearTheWay(
  subject: SafetySubject,
  machine: Machine,
  name: string,
  context: TaskContext<Facts>,
): Promise<void> {
  const { conf } = machine;
  const all = await snapshotsOfRoot(subject, context);
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
    if (point !== undefined) await byDataset(subject).drop(point, context);
    else await dropSnapshot(machine, one, context);
  }
}
