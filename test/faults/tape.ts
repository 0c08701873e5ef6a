/**
 * A build as a row of steps, a task each, with what the node and the records were before it: so that a point inside a step
 * costs that step alone, and not all that came before. And what has to hold after whatever befell it there.
 */

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { PhxTask } from '../../src/config/project.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { worldOf } from '../world.ts';
import { HeardNode } from './node.ts';
import type { FileSeam } from './seam.ts';
import { Station } from './station.ts';
import { nothingLost, place, type Step, type Struck } from './undertaking.ts';

export interface BuildStep extends Step {
  readonly task: number;
  readonly worldAfter: unknown;
}

export interface Tape {
  /** The world after a step's whole target, where that is more than the step: what was lent to it is given back. */
  readonly settled: Map<BuildStep, Promise<unknown>>;
  readonly station: Station;
  readonly steps: readonly BuildStep[];
  readonly end: Twin;
}

/** The same order, with the tasks of a target one after the other, as soon as all that they wait for is done. */
function byTarget({ graph }: Station, order: readonly string[]): string[] {
  const at = (id: string) => graph.index.get(id) ?? -1;
  const left = new Set(order);
  const sorted: string[] = [];
  while (left.size > 0) {
    const own = (id: string) =>
      [...left].filter((other) => graph.at(at(other)).target === graph.at(at(id)).target);
    const next = [...left]
      .map(own)
      .find((group) =>
        group
          .flatMap((id) => graph.dependencies[at(id)] ?? [])
          .every(({ to }) => !left.has(graph.at(to).id) || group.includes(graph.at(to).id)),
      );
    assert.ok(next, 'targets wait for each other');
    sorted.push(...next);
    for (const id of next) left.delete(id);
  }
  return sorted;
}

/** Runs these tasks in this order, every one as a run of its own. */
export async function record(
  tasks: readonly PhxTask[],
  order: readonly string[],
  start: Twin,
  seam: FileSeam,
): Promise<Tape> {
  const station = new Station(tasks, seam);
  const steps: BuildStep[] = [];
  seam.begin(undefined, true);
  for (const id of byTarget(station, order)) {
    const task = station.graph.index.get(id) ?? -1;
    const before = start.fork();
    const stampsBefore = station.stampText();
    place(seam, stampsBefore);
    const node = new HeardNode(start);
    const tasks = new Set([task]);
    const lived = await station.run(tasks, start, node.host());
    assert.deepEqual(lived.troubles, [], id);
    const wrote = [...seam.asked];
    const worldAfter = worldAt(start);
    steps.push({
      ...{ id, station, task, tasks, before, stampsBefore, worldAfter },
      asked: node.asked,
      wrote,
    });
  }
  return { station, steps, end: start, settled: new Map() };
}

/** The next run ends in the calm world; the one after has nothing to do. Answers what the node heard. */
export async function calmAgain(
  tape: Tape,
  seam: FileSeam,
  step: BuildStep,
  twin: Twin,
  words: string,
  made: Iterable<string> = [],
): Promise<HeardNode> {
  const { station } = tape;
  const node = new HeardNode(twin, undefined, made);
  const next = await station.run(new Set([step.task]), twin, node.host());
  assert.deepEqual(next.troubles, [], words);
  const world = worldAt(twin);
  let about: ReadonlySet<number> = new Set([step.task]);
  if (!isDeepStrictEqual(world, step.worldAfter)) {
    // A guest that was started for this step alone runs on when its run dies, until its target has come to its end.
    assert.deepEqual(atRest(world), atRest(step.worldAfter), words);
    about = targetOf(station, step);
    const end = await settledAfter(tape, seam, step);
    seam.begin();
    const rest = await station.run(about, twin, node.host());
    assert.deepEqual(rest.troubles, [], words);
    assert.deepEqual(worldAt(twin), end, words);
  }
  seam.begin();
  const third = await station.run(about, twin);
  assert.deepEqual([third.done, third.troubles], [[], []], words);
  return node;
}

/** The next run ends in the calm world, makes nothing twice and loses no record; the one after has nothing to do. */
export async function recover(
  tape: Tape,
  seam: FileSeam,
  { step }: { readonly step: BuildStep },
  { twin, made }: Pick<Struck, 'twin' | 'made'>,
  words: string,
): Promise<void> {
  seam.begin();
  const { doubled } = await calmAgain(tape, seam, step, twin, words, made);
  assert.deepEqual(doubled, [], `doubled: ${words}`);
  nothingLost(step, [step.id], words);
}

/** Without the addresses of cards, which Proxmox draws anew in each telling; a list that a boot has emptied is as none. */
export function worldAt(twin: Twin): unknown {
  const { loops = [], mounts = [], ...state } = twin.state();
  const text = JSON.stringify([worldOf({ ...state, loops, mounts })]);
  return JSON.parse(text.replace(/BC:24:11(:[0-9A-F]{2}){3}/gi, 'card'));
}

function targetOf({ graph }: Station, { task }: BuildStep): Set<number> {
  const { target } = graph.at(task);
  return new Set(graph.order.filter((at) => graph.at(at).target === target));
}

function atRest(world: unknown): unknown {
  return JSON.parse(JSON.stringify(world).replaceAll('"running":true', '"running":false'));
}

/** The world after the rest of the step's target, undisturbed. */
function settledAfter({ station, settled }: Tape, seam: FileSeam, step: BuildStep): Promise<unknown> {
  const act = async () => {
    const stamps = station.stampText();
    const twin = step.before.fork();
    place(seam, step.stampsBefore);
    const lived = await station.run(targetOf(station, step), twin);
    assert.deepEqual(lived.troubles, [], step.id);
    place(seam, stamps);
    return worldAt(twin);
  };
  const known = settled.get(step) ?? act();
  settled.set(step, known);
  return known;
}
