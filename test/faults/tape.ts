/**
 * A build as a row of steps, a task each, with what the node and the records were before it: so that a point inside a step
 * costs that step alone, and not all that came before. And what has to hold after whatever befell it there.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { PhxTask } from '../../src/config/project.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { worldOf } from '../world.ts';
import { HeardNode, type NodeStrike } from './node.ts';
import type { FileSeam, Strike } from './seam.ts';
import { type Lived, Station } from './station.ts';

export interface Step {
  readonly task: number;
  readonly id: string;
  readonly before: Twin;
  readonly stampsBefore: string;
  readonly worldAfter: unknown;
  /** All that the step asks of the node, and writes to the disk, in order. */
  readonly asked: readonly string[];
  readonly wrote: readonly string[];
}

export interface Tape {
  /** The world after a step's whole target, where that is more than the step: what was lent to it is given back. */
  readonly settled: Map<Step, Promise<unknown>>;
  readonly station: Station;
  readonly steps: readonly Step[];
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
  const steps: Step[] = [];
  seam.begin(undefined, true);
  for (const id of byTarget(station, order)) {
    const task = station.graph.index.get(id) ?? -1;
    const before = start.fork();
    const stampsBefore = station.stampText();
    place(seam, stampsBefore);
    const node = new HeardNode(start);
    const lived = await station.run(new Set([task]), start, node.host());
    assert.deepEqual(lived.troubles, [], id);
    const wrote = [...seam.asked];
    const worldAfter = worldAt(start);
    steps.push({ task, id, before, stampsBefore, worldAfter, asked: node.asked, wrote });
  }
  return { station, steps, end: start, settled: new Map() };
}

/** A life over the stamps alone: journals of runs that came to their end answer nothing. */
function place(seam: FileSeam, stamps: string, strike?: Strike): void {
  const folder = seam.begin(undefined, true);
  if (stamps !== '') {
    mkdirSync(join(folder, 'stamps'));
    writeFileSync(join(folder, 'stamps', 'node.log'), stamps);
  }
  seam.begin(strike);
}

/** Where a step is struck: at the node, or at a write of phx's own. */
export type Point = { readonly step: Step } & ({ readonly node: NodeStrike } | { readonly disk: Strike });

export function told(point: Point): string {
  const { step } = point;
  return 'node' in point
    ? `${step.id}: ${point.node.what} ${point.node.at}: ${step.asked[point.node.at]}`
    : `${step.id}: ${point.disk.what} ${point.disk.at}: ${step.wrote[point.disk.at]}`;
}

export interface Struck {
  readonly twin: Twin;
  /** What it made, and what stands of it. */
  readonly made: ReadonlySet<string>;
  /** How the run ended; undefined when it died. */
  readonly lived: Lived | undefined;
  /** What it was ended by, if that was an error of the whole run. */
  readonly error: unknown;
}

/** Begins the step from its checkpoint, and strikes. Afterwards the seam's present life is that of the struck run. */
export async function strike({ station }: Tape, seam: FileSeam, point: Point): Promise<Struck> {
  const { step } = point;
  const twin = step.before.fork({ killRun: () => {} });
  place(seam, step.stampsBefore, 'disk' in point ? point.disk : undefined);
  const node = new HeardNode(twin, 'node' in point ? point.node : undefined);
  let dead = false;
  const died = new Promise<void>((resolve) => {
    const die = () => {
      dead = true;
      seam.die();
      node.die();
      resolve();
    };
    seam.onDeath = die;
    node.onDeath = die;
  });
  let lived: Lived | undefined;
  let error: unknown;
  const ended = station.run(new Set([step.task]), twin, node.host()).then(
    (end) => {
      lived = end;
    },
    (reason) => {
      error = reason;
    },
  );
  await Promise.race([ended, died]);
  return { twin, made: node.made, ...(dead ? { lived: undefined, error: undefined } : { lived, error }) };
}

/** The next run ends in the calm world; the one after has nothing to do. Answers what the node heard. */
export async function calmAgain(
  tape: Tape,
  seam: FileSeam,
  step: Step,
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
  { step }: { readonly step: Step },
  { twin, made }: Pick<Struck, 'twin' | 'made'>,
  words: string,
): Promise<void> {
  twin.clearFaults();
  seam.begin();
  const { doubled } = await calmAgain(tape, seam, step, twin, words, made);
  assert.deepEqual(doubled, [], `doubled: ${words}`);
  const stamps = tape.station.stamps();
  const known = step.stampsBefore.split('\n').flatMap((line) => /"task":"([^"]+)"/.exec(line)?.[1] ?? []);
  const lost = [...new Set([...known, step.id])].filter((id) => stamps.get(id)?.state !== 'done');
  assert.deepEqual([lost, stamps.damaged > 1], [[], false], `lost: ${words}`);
}

/** Without the addresses of cards, which Proxmox draws anew in each telling; a list that a boot has emptied is as none. */
export function worldAt(twin: Twin): unknown {
  const { loops = [], mounts = [], ...state } = twin.state();
  const text = JSON.stringify([worldOf({ ...state, loops, mounts })]);
  return JSON.parse(text.replace(/BC:24:11(:[0-9A-F]{2}){3}/gi, 'card'));
}

function targetOf({ graph }: Station, { task }: Step): Set<number> {
  const { target } = graph.at(task);
  return new Set(graph.order.filter((at) => graph.at(at).target === target));
}

function atRest(world: unknown): unknown {
  return JSON.parse(JSON.stringify(world).replaceAll('"running":true', '"running":false'));
}

/** The world after the rest of the step's target, undisturbed. */
function settledAfter({ station, settled }: Tape, seam: FileSeam, step: Step): Promise<unknown> {
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

/**
 * What a dead run has left, on the disk and on the node, but for its times and its name: two that left the same recover the
 * same.
 */
export function leftBy(seam: FileSeam, step: Step, { twin }: Struck): string {
  const sum = createHash('sha256').update(step.id);
  for (const entry of readdirSync(seam.folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    sum.update(`\n${untimed(path.slice(seam.folder.length))}\n`);
    if (entry.isFile()) sum.update(untimed(readFileSync(path, 'utf8')));
  }
  const { timers, workers, faults, ...state } = twin.state();
  sum.update(untimed(JSON.stringify([timers, workers, faults])));
  return sum.update(JSON.stringify(worldOf({ ...state, faults: [] }))).digest('hex');
}

function untimed(text: string): string {
  return text
    .replace(/\d{8}-\d{9}-fade/g, 'run')
    .replace(/(?<=^|\n)[0-9a-f]{8} (?=\{)/g, '')
    .replace(/incarnation=\w+/g, 'incarnation=x')
    .replace(/"(at|ms|since|due|start|end|pstart)":\d+/g, '"$1":0');
}
