/** Step `snapshot:<name>`: what clones are made from, taken after health and named by the lineage that it holds. */

import type { Guest } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { newestSeal, sealsOf } from '../../src/proxmox/seals.ts';
import { insideScopes, noteInside } from './inside-note.ts';
import { leave } from './leave.ts';
import { clearLeftLock } from './leftover.ts';
import { layersOf, lineageDigest } from './lineage.ts';
import type { Machine } from './machine.ts';
import { finished, stepOf, targetOf } from './names.ts';
import { isSafetyPoint } from './safety-means.ts';

export { newestSeal } from '../../src/proxmox/seals.ts';

/** How a step reaches the guest that it is about. */
export type Reach = (context: TaskContext<Facts>) => Machine;

/** `checks`: what its checks are known by, where it has some. */
export function sealTask(guest: Guest, reach: Reach, checks: string | undefined): PhxTask {
  const name = guest.snapshot ?? '';
  // One that runs is asked again, whatever is noted of it.
  const held = guest.state === 'stopped' ? checks : undefined;
  return {
    id: stepOf(guest, `snapshot:${name}`),
    target: targetOf(guest),
    title: `seal ${guest.id} as ${name}`,
    revision: '2',
    config: { name, state: guest.state, ...(held === undefined ? {} : { checks: held }) },
    dependencies: finished(guest),
    outputs: { snapshot: (facts) => newestSeal(facts, guest.id, name) },
    pools: [`guest:${guest.id}`],
    touches: [`guest:${guest.id}`, ...insideScopes(guest)],
    run: async (context) => {
      const machine = reach(context);
      await clearLeftLock(machine, context);
      if (context.config.state === 'stopped') await leave(machine, context);
      await seal(guest, machine, context);
      await noteInside(guest, layersOf(guest, context.stamp), held, context);
      return undefined;
    },
  };
}

/** Takes the new seal, proves that it is there, and only then lets go of the ones before it. */
async function seal(guest: Guest, machine: Machine, context: TaskContext<Facts>): Promise<void> {
  const name = String(context.config.name);
  const { id, tool } = machine;
  const wanted = `${name}-${lineageDigest(layersOf(guest, context.stamp))}`;
  const present = () => sealsOf(context.facts(), id, name).map((found) => found.name);
  if (!present().includes(wanted)) {
    // One that was being taken when a run was interrupted.
    if (machine.conf.snapshots.has(wanted)) await context.run(tool.deleteSnapshot(id, wanted));
    await context.run(tool.snapshot(id, wanted, `phx: ${name} of ${machine.target}`), {
      deadline: 10 * 60_000,
      detached: true,
    });
    await machine.look();
    if (!present().includes(wanted)) {
      throw new PhxError('failed', {
        title: `${tool.program} said that it took ${wanted}, but it is not there`,
      });
    }
  }
  await dropFormer(machine, wanted, present(), context);
}

/**
 * Former seals go; one that somebody took a later snapshot on stays, and is named. A snapshot that only is called like one
 * says nothing of phx: whoever took it may need it.
 */
async function dropFormer(
  machine: Machine,
  wanted: string,
  present: readonly string[],
  context: TaskContext<Facts>,
): Promise<void> {
  for (const former of present.filter((seal) => seal !== wanted)) {
    if (!machine.conf.snapshots.get(former)?.description.startsWith('phx: ')) {
      context.log(`${former} is kept: it does not say that phx took it`);
      continue;
    }
    const later = [...machine.conf.snapshots].find(
      ([snapshot, section]) =>
        section.keys.get('parent') === former &&
        !present.includes(snapshot) &&
        !isSafetyPoint(snapshot, section),
    );
    if (later) context.log(`${former} is kept: the snapshot ${later[0]} was taken after it`);
    else await context.run(machine.tool.deleteSnapshot(machine.id, former), { deadline: 10 * 60_000 });
  }
}
