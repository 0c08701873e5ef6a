/**
 * A build of a small fleet by the engine, over a real sshd whose connection is cut before, during and after each command: it
 * goes on by itself, or the next run ends in the same state of the node, with nothing made twice and no record lost. A
 * sample by seed here; more with `npm run over-ssh`, all with PHX_FAULTS=all.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Twin } from '../../src/twin/twin.ts';
import { Bench, sampleOf, tasksOf } from '../bench.ts';
import { HeardNode } from '../faults/node.ts';
import { FileSeam } from '../faults/seam.ts';
import { dice, everything, sample, tell } from '../faults/seed.ts';
import { type BuildStep, record, recover, worldAt } from '../faults/tape.ts';
import { place } from '../faults/undertaking.ts';
import { tempFolder } from '../temp.ts';
import { type Cut, CutNode, changing, cuts, type Point } from './cut.ts';

const whole = everything || process.env.PHX_OVER === 'ssh';
const fleet = await sampleOf([900, 953, 8000]);
const tasks = await tasksOf(fleet);
const seam = new FileSeam(tempFolder());
const start = (): Twin => Bench.fresh(fleet, {}, () => {}).twin;
const { done } = await Bench.fresh(fleet, {}, () => {}).run(tasks, ['all']);
const tape = await record(tasks, done, start(), seam);
const node = await CutNode.start();
const roll = dice('cuts');
const counts = { points: 0, recovered: 0, lost: 0, doubled: 0 };
let wentOn = 0;
let all = 0;
after(async () => {
  await node.end();
  seam.release();
  tell('cut connections', counts, [`of which went on by themselves ${wentOn}`, `of all ${all}`]);
});

/** Runs the step over ssh. */
async function run(step: BuildStep, twin: Twin, heard: HeardNode, point?: Point) {
  place(seam, step.stampsBefore);
  return step.station.run(step.tasks, twin, node.over(heard.host(), twin, point));
}

/** What the step asks of a node, undisturbed; and that it does over ssh what it does without. */
async function askedBy(step: BuildStep): Promise<readonly string[]> {
  const twin = step.before.fork();
  const { troubles } = await run(step, twin, new HeardNode(twin));
  assert.deepEqual(troubles, [], step.id);
  assert.deepEqual(worldAt(twin), step.worldAfter, step.id);
  return node.asked;
}

interface Tried extends Point {
  readonly step: BuildStep;
  readonly words: string;
}

function pointsOf(step: BuildStep, asked: readonly string[], what: Cut): Tried[] {
  return asked.flatMap((words, at) =>
    (what === 'half-way' || (what === 'during' && !whole)) && !changing.test(words)
      ? []
      : [{ step, at, what, words: `${step.id}: cut ${what} ${at}: ${words}` }],
  );
}

async function tried(point: Tried): Promise<void> {
  const { step, words } = point;
  const twin = step.before.fork({ killRun: () => {} });
  const heard = new HeardNode(twin);
  const lived = await run(step, twin, heard, point);
  assert.ok(node.struck, words);
  assert.deepEqual(node.early, [], `not waited for: ${words}`);
  counts.points++;
  assert.deepEqual(heard.doubled, [], `doubled: ${words}`);
  if (lived.troubles.length === 0) {
    assert.deepEqual(worldAt(twin), step.worldAfter, words);
    wentOn++;
  }
  await recover(tape, seam, { step }, { twin, made: heard.made }, words);
  counts.recovered++;
}

const steps = sample(tape.steps, whole ? tape.steps.length : 4, roll);
const asked = new Map<BuildStep, readonly string[]>();
test('over ssh the same is built as without', async () => {
  for (const step of steps) asked.set(step, await askedBy(step));
});

for (const what of cuts) {
  test(`the connection is cut ${what} a command`, async () => {
    const points = [...asked].flatMap(([step, words]) => pointsOf(step, words, what));
    assert.ok(points.length > 0);
    all += points.length;
    const count = everything ? points.length : whole ? 60 : 2;
    const wrong: Error[] = [];
    for (const point of sample(points, count, roll))
      await tried(point).catch((error: Error) => {
        if (error.message.startsWith('doubled')) counts.doubled++;
        if (error.message.startsWith('lost')) counts.lost++;
        wrong.push(error);
      });
    for (const { message } of wrong) console.log(`wrong: ${message.slice(0, 600)}`);
    if (wrong[0]) throw wrong[0];
  });
}
