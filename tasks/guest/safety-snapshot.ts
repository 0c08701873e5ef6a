/** Safety points by Proxmox's snapshots: the whole guest with its conf, and so only where nothing may stay in the present. */

import { PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { hasDatasets } from '../../src/proxmox/storage-abilities.ts';
import { clearLeftLock } from './leftover.ts';
import type { Machine } from './machine.ts';
import {
  byNumber,
  isSafetyPoint,
  nextName,
  type Obstacle,
  type SafetyMeans,
  safetyMark,
} from './safety-means.ts';
import { rootOf, type SafetySubject } from './safety-subject.ts';
import { restoreSnapshot } from './snapshots.ts';

const minutes = 60_000;

/** `back`: the points are gone back to without a person being asked. */
export function bySnapshot(subject: SafetySubject, back: boolean): SafetyMeans {
  const { machine } = subject;
  return {
    obstacle: (context) => obstacleOf(subject, machine(context), back, context.facts()),
    standing: async (context) => pointsIn(machine(context), false),
    next: async (context) => nextName(taken(machine(context))),
    take: (name, before, context) => take(machine(context), name, before, context),
    goBack: async (name, context) => {
      await clearLeftLock(machine(context), context);
      await restoreSnapshot(machine(context), name, context);
    },
    drop: (name, context) => dropSnapshot(machine(context), name, context),
  };
}

/** Takes a safety point away that is a snapshot. */
export async function dropSnapshot(
  machine: Machine,
  name: string,
  context: TaskContext<Facts>,
): Promise<void> {
  await clearLeftLock(machine, context);
  await context.run(machine.tool.deleteSnapshot(machine.id, name), { deadline: 10 * minutes });
  await machine.look();
}

function obstacleOf(
  subject: SafetySubject,
  machine: Machine,
  back: boolean,
  facts: Facts,
): Obstacle | undefined {
  const because = subject.obstacle(machine, facts) ?? (back ? dataBeside(subject, machine) : undefined);
  if (because === undefined) return undefined;
  const { type } = rootOf(subject, machine.conf, facts);
  const way = hasDatasets(type) ? "{ by: 'dataset' } takes one of its root alone" : "{ by: 'backup' } can";
  return { because, instead: `safety: ${way}, { by: 'none' } says that none is wanted` };
}

/** A volume that would go back in time with the root. */
function dataBeside({ data }: SafetySubject, { conf }: Machine): string | undefined {
  const [key] = data(conf);
  return key === undefined ? undefined : `its data in ${key} would go back with it`;
}

/** Ours, oldest first; one that was being taken when a run died is `half`. */
function pointsIn({ conf }: Machine, half: boolean): string[] {
  const ours = [...conf.snapshots].filter(
    ([name, section]) => isSafetyPoint(name, section) && section.keys.has('snapstate') === half,
  );
  return byNumber(ours.map(([name]) => name));
}

function taken(machine: Machine): string[] {
  const half = pointsIn(machine, true);
  return [...machine.conf.snapshots.keys()].filter((name) => !half.includes(name));
}

async function take(
  machine: Machine,
  name: string,
  before: string,
  context: TaskContext<Facts>,
): Promise<void> {
  const { id, tool, target } = machine;
  await clearLeftLock(machine, context);
  for (const half of pointsIn(machine, true)) await context.run(tool.deleteSnapshot(id, half));
  await context.run(tool.snapshot(id, name, `${safetyMark}${before} of ${target}`), {
    deadline: 10 * minutes,
    detached: true,
  });
  await machine.look();
  if (pointsIn(machine, false).includes(name)) return;
  throw new PhxError('failed', { title: `${tool.program} said that it took ${name}, but it is not there` });
}
