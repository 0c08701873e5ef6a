/**
 * What has to hold for any guest that a file can describe: what is sent makes a conf that says it, the next plan is empty,
 * and an edit leads to what a guest that was made like that would be.
 */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Bench, tasksOf } from '../bench.ts';
import { everything, seed } from '../faults/seed.ts';
import { saidBy, unsaid } from './random-conf.ts';
import { type GuestText, reachable } from './random-guest.ts';
import { fleetWith } from './random-node.ts';

export interface Kind {
  readonly kind: 'ct' | 'vm';
  readonly guests: fc.Arbitrary<GuestText>;
  /** `ctid:950` */
  readonly target: string;
  readonly conf: string;
  /** Keys that an edit leaves as they were where they are not said any more, with the reason. */
  readonly kept: Readonly<Record<string, string>>;
  readonly runs: number;
}

/** Runs them; a failure is shrunk, and says seed and path. */
export async function prove(built: Bench, kind: Kind): Promise<void> {
  await fc.assert(
    fc.asyncProperty(kind.guests, kind.guests, (one, other) => proveOne(built, kind, one, other)),
    { numRuns: everything ? kind.runs * 20 : kind.runs, seed },
  );
}

export async function proveOne(built: Bench, kind: Kind, one: GuestText, other: GuestText): Promise<void> {
  const bench = built.copy();
  await build(bench, kind, one);
  const wanted = reachable(one, other);
  const edited = await build(bench, kind, wanted);
  const fresh = await build(built.copy(), kind, wanted);
  const before = Object.keys(kind.kept).filter((key) => wanted[key] === undefined);
  const without = (conf: string) =>
    Object.fromEntries(Object.entries(saidBy(conf, kind.kind)).filter(([key]) => !before.includes(key)));
  assert.deepEqual(without(edited), without(fresh));
}

/** Its conf, once it stands. */
async function build(bench: Bench, { target, conf, kind }: Kind, guest: GuestText): Promise<string> {
  const tasks = await tasksOf(await fleetWith(guest));
  const run = await bench.run(tasks, [target]);
  assert.deepEqual(run.troubles, []);
  assert.deepEqual((await bench.run(tasks, [target])).done, [], 'the next run does nothing');
  const text = (await bench.twin.readFile(conf)) ?? '';
  assert.deepEqual(unsaid(guest, text, kind), [], text);
  return text;
}
