/** `phx destroy --keep-volumes` as an undertaking to be struck; the data outlives it, and the next container has it. */

import assert from 'node:assert/strict';
import type { Fleet } from '../../src/config/fleet.ts';
import { Observer } from '../../src/host/observe.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { containerActions } from '../../tasks/lxc/actions.ts';
import { filled, whole, worldBesideBackups } from '../property/recreate.ts';
import { HeardNode } from './node.ts';
import type { nodeOf } from './rebuilds.ts';
import type { FileSeam } from './seam.ts';
import { Station } from './station.ts';
import { calmly, filesOf, type Point, put, runAll, type Step, type Struck } from './undertaking.ts';

export interface Destruction extends Step {
  readonly node: Awaited<ReturnType<typeof nodeOf>>;
  /** The world when the container was destroyed, and built again. */
  readonly calm: unknown;
}

/** What is asked for stands on the facts of the moment. */
async function asked(seam: FileSeam, fleet: Fleet, twin: Twin): Promise<Pick<Step, 'station' | 'tasks'>> {
  const facts = (await Observer.begin(twin, [])).current();
  const request = { verb: 'destroy', guests: [filled.id], keepVolumes: true } as const;
  const own = containerActions({ project: 'phoenix', fleet }, request, facts);
  const station = new Station(own, seam, { actions: true });
  return { station, tasks: new Set(station.graph.order) };
}

export async function destruction(
  seam: FileSeam,
  node: Awaited<ReturnType<typeof nodeOf>>,
): Promise<Destruction> {
  const { before, stampsBefore, fleet } = node;
  const request = await asked(seam, fleet, before);
  const { step, lived, twin } = await calmly(seam, { id: 'destroyed', ...request, before, stampsBefore });
  assert.deepEqual(lived.troubles, []);
  seam.begin();
  assert.deepEqual((await runAll(node, twin)).troubles, []);
  whole(twin, filled, 'built again');
  return { ...step, node, calm: worldBesideBackups(twin) };
}

/** Typed again and built again, or only built: its data is in it. */
export async function rebuilt(
  seam: FileSeam,
  { step }: Point<Destruction>,
  struck: Struck,
  words: string,
): Promise<void> {
  const files = filesOf(seam);
  for (const again of [true, false]) {
    const told = `${words}, ${again ? 'again' : 'not again'}`;
    put(seam, files);
    const twin = struck.twin.fork();
    if (again) {
      const request = await asked(seam, step.node.fleet, twin);
      assert.deepEqual((await runAll({ ...step, ...request }, twin)).troubles, [], told);
      seam.begin();
    }
    const node = new HeardNode(twin, undefined, struck.made);
    assert.deepEqual((await runAll(step.node, twin, node)).troubles, [], told);
    whole(twin, filled, told);
    if (again) assert.deepEqual(worldBesideBackups(twin), step.calm, told);
    assert.deepEqual(node.doubled, [], `doubled: ${told}`);
    seam.begin();
    const third = await runAll(step.node, twin);
    assert.deepEqual([third.done, third.troubles], [[], []], told);
  }
}
