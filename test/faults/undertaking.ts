/**
 * One run of some tasks, from a checkpoint of the node and of the records: struck once at a command or at a write of phx's
 * own, and what it then left. What has to hold afterwards is not known here.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Host } from '../../src/core/host.ts';
import type { Terms } from '../../src/core/terms.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { worldOf } from '../world.ts';
import { HeardNode, type NodeStrike } from './node.ts';
import type { FileSeam, Strike } from './seam.ts';
import type { Lived, Station } from './station.ts';

export interface Undertaking {
  readonly id: string;
  readonly station: Station;
  readonly tasks: ReadonlySet<number>;
  readonly terms?: Partial<Terms>;
  /** Stands between the engine and the node: a guest that is unwell. */
  readonly through?: (host: Host, twin: Twin) => Host;
  readonly before: Twin;
  readonly stampsBefore: string;
}

/** An undertaking that nobody disturbed. */
export interface Step extends Undertaking {
  /** All that it asks of the node, and writes to the disk, in order. */
  readonly asked: readonly string[];
  readonly wrote: readonly string[];
}

/** Runs it in the seam's present life. */
export function runAll(
  { station, tasks, terms, through }: Pick<Undertaking, 'station' | 'tasks' | 'terms' | 'through'>,
  twin: Twin,
  node: HeardNode = new HeardNode(twin),
): Promise<Lived> {
  const host = node.host();
  return station.run(tasks, twin, through?.(host, twin) ?? host, terms);
}

/** Builds all of it on a node, as the beginning of undertakings. */
export async function built(
  seam: FileSeam,
  station: Station,
  targets: readonly string[],
  twin: Twin,
): Promise<Pick<Undertaking, 'before' | 'stampsBefore'>> {
  seam.begin(undefined, true);
  const { troubles } = await station.run(station.closure(targets), twin);
  assert.deepEqual(troubles, []);
  return { before: twin, stampsBefore: station.stampText() };
}

/** The same, undisturbed, with how it ended and the node after it. */
export async function calmly<U extends Undertaking>(
  seam: FileSeam,
  undertaking: U,
): Promise<{ readonly step: U & Step; readonly lived: Lived; readonly twin: Twin }> {
  const twin = undertaking.before.fork({ killRun: () => {} });
  place(seam, undertaking.stampsBefore);
  const node = new HeardNode(twin);
  const lived = await runAll(undertaking, twin, node);
  return { step: { ...undertaking, asked: node.asked, wrote: [...seam.asked] }, lived, twin };
}

/** A life over the stamps alone: journals of runs that came to their end answer nothing. */
export function place(seam: FileSeam, stamps: string, strike?: Strike): void {
  const files = stamps === '' ? [] : [['stamps/node.log', Buffer.from(stamps)] as const];
  put(seam, new Map(files), strike);
}

/** A life over these files, by their names below its folder. */
export function put(seam: FileSeam, files: ReadonlyMap<string, Buffer>, strike?: Strike): void {
  const folder = seam.begin(undefined, true);
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  seam.begin(strike);
}

/** The files that the present life has. */
export function filesOf({ folder }: FileSeam): ReadonlyMap<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path)]));
}

/** Where a step is struck: at the node, or at a write of phx's own. */
export type Point<S extends Step = Step> = { readonly step: S } & (
  | { readonly node: NodeStrike }
  | { readonly disk: Strike }
);

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
export async function strike(seam: FileSeam, point: Point): Promise<Struck> {
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
  const ended = runAll(step, twin, node).then(
    (end) => {
      lived = end;
    },
    (reason) => {
      error = reason;
    },
  );
  await Promise.race([ended, died]);
  twin.clearFaults();
  return { twin, made: node.made, ...(dead ? { lived: undefined, error: undefined } : { lived, error }) };
}

/** Whose work was known to be done is known to be done, and so is what was asked for. */
export function nothingLost(
  { station, stampsBefore }: Pick<Undertaking, 'station' | 'stampsBefore'>,
  ids: readonly string[],
  words: string,
): void {
  const stamps = station.stamps();
  const known = stampsBefore.split('\n').flatMap((line) => /"task":"([^"]+)"/.exec(line)?.[1] ?? []);
  const lost = [...new Set([...known, ...ids])].filter((id) => stamps.get(id)?.state !== 'done');
  assert.deepEqual([lost, stamps.damaged > 1], [[], false], `lost: ${words}`);
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
    .replace(/incarnation([= ])\w+/g, 'incarnation$1x')
    .replace(/"(at|ms|since|due|start|end|pstart)":\d+/g, '"$1":0');
}
