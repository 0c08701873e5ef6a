/** A container that is made anew, disturbed at one of its commands: what has to hold afterwards, whatever happened. */

import assert from 'node:assert/strict';
import type { PhxTask } from '../../src/config/project.ts';
import type { Host } from '../../src/core/host.ts';
import { parseConf } from '../../src/proxmox/conf.ts';
import { readMark } from '../../src/proxmox/mark.ts';
import type { Bench, BenchRun } from '../bench.ts';
import { worldOf } from '../world.ts';
import { type Disturbance, Disturber, deaths } from './faults.ts';

export const id = 952;
const target = `ctid:${id}`;
const recreate = { permits: (kind: string, name: string) => kind === 'recreate' && name === target };

/** What lies on the data volumes, by path inside. */
export const data: Readonly<Record<string, string>> = {
  '/qdrant/storage/vectors': 'kept for years\n',
  '/extra/notes': 'kept, too\n',
};

export async function fill(bench: Bench): Promise<void> {
  for (const [path, text] of Object.entries(data)) {
    await bench.twin.writeFile('/root/scratch', text);
    const outcome = await bench.twin.run({
      argv: ['pct', 'push', String(id), '/root/scratch', path],
      deadline: 1,
    });
    assert.equal(outcome.stderr, '');
  }
  await bench.twin.removeFile('/root/scratch');
}

export interface Story {
  readonly tasks: readonly PhxTask[];
  /** A node with the container built and filled. */
  readonly start: () => Bench;
  readonly former: string;
}

/** The node without what every time is another one: backups, and what they are called. */
export function world(bench: Bench): unknown {
  const state = bench.twin.state();
  for (const path of Object.keys(state.files)) if (path.includes('/dump/')) delete state.files[path];
  return worldOf(state);
}

export function incarnation(bench: Bench): string | undefined {
  const conf = bench.twin.state().guests[String(id)]?.conf;
  return conf === undefined ? undefined : readMark(parseConf(conf).description, id)?.incarnation;
}

/** Nothing is noted any more. */
function settled(bench: Bench, words: string): void {
  const { files } = bench.twin.state();
  assert.deepEqual(
    Object.keys(files).filter((path) => path.startsWith('/var/lib/phx/recreate/')),
    [],
    words,
  );
}

/** It stands and runs, its data is in it, each volume once; nothing is parked. */
export function whole(bench: Bench, words: string): void {
  const { guests, volumes } = bench.twin.state();
  const guest = guests[String(id)];
  assert.ok(guest?.running, `${words}: it does not run`);
  for (const [path, text] of Object.entries(data))
    assert.equal(guest.tree.files[path]?.text, text, `${words}: ${path}`);
  const parked = Object.keys(guests).filter((one) => Number(one) >= 900_000_000);
  assert.deepEqual(parked, [], words);
  const own = Object.entries(volumes).flatMap(([volume, { owner }]) => (owner === id ? [volume] : []));
  const named = own.filter((volume) => guest.conf.includes(`${volume},`));
  assert.deepEqual([own.length, named.length], [3, 3], `${words}: ${own.join(' ')} in\n${guest.conf}`);
  assert.ok(
    Object.values(volumes).every(({ owner }) => owner < 900_000_000),
    words,
  );
}

export const run = (
  bench: Bench,
  tasks: readonly PhxTask[],
  permitted: boolean,
  host: Host = bench.twin,
): Promise<BenchRun> => bench.run(tasks, [target], { host, terms: permitted ? recreate : {} });

export interface Calm {
  readonly world: unknown;
  readonly asked: readonly string[];
}

export async function calmly({ tasks, start, former }: Story): Promise<Calm> {
  const bench = start();
  const counter = new Disturber(bench, -1, 'before');
  const { troubles } = await bench.run(tasks, [target], { host: counter.host(), terms: recreate });
  assert.deepEqual(troubles, []);
  whole(bench, 'calm');
  settled(bench, 'calm');
  assert.notEqual(incarnation(bench), former);
  assert.deepEqual((await run(bench, tasks, false)).done, []);
  return { world: world(bench), asked: counter.asked };
}

/** Disturbs one command; then the same is typed again, or only `phx run`. */
export async function disturbed(
  { tasks, start, former }: Story,
  calm: Calm,
  at: number,
  kind: Disturbance,
  again: boolean,
): Promise<void> {
  const words = `${kind} ${at}: ${calm.asked[at]}, ${again ? 'again' : 'not again'}`;
  const bench = start();
  const disturber = new Disturber(bench, at, kind);
  const ended = bench.run(tasks, [target], {
    ...{ host: disturber.host(), stamps: disturber.store(), terms: recreate },
  });
  await Promise.race([ended, disturber.died]);
  bench.twin.clearFaults();
  if (!(deaths as readonly string[]).includes(kind)) {
    const { troubles } = await ended;
    whole(bench, `${words}: at once`);
    if (troubles.length > 0) assert.equal(incarnation(bench), former, words);
  }
  const next = await run(bench, tasks, again);
  assert.deepEqual(next.troubles, [], words);
  whole(bench, words);
  settled(bench, words);
  if (again) {
    assert.notEqual(incarnation(bench), former, words);
    assert.deepEqual(world(bench), calm.world, words);
  }
  const third = await run(bench, tasks, false);
  assert.deepEqual([third.done, third.troubles], [[], []], words);
}
