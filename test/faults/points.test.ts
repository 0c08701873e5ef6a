/**
 * Every task of a whole build, stopped dead before, during and after each command and each write of phx's own files, and
 * failed at each command; each point from what stood before its task. A sample by seed here, all with
 * `npm run test:faults`.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Bench, sampleOf, tasksOf } from '../bench.ts';
import { builtVms } from '../property/built-vms.ts';
import { type Disturbance, deaths, failures, isDeath } from '../property/faults.ts';
import { tempFolder } from '../temp.ts';
import { wholeNode } from '../whole-node.ts';
import { FileSeam } from './seam.ts';
import { chosen, dice, everything, tell } from './seed.ts';
import { leftBy, type Point, record, recover, strike, told, worldAt } from './tape.ts';

const fleet = everything ? await wholeNode(builtVms) : await sampleOf([900, 902, 953, 8000, 8001]);
const tasks = await tasksOf(fleet);
const seam = new FileSeam(tempFolder());
const start = () => Bench.fresh(fleet, {}, () => {});
const whole = start();
const inOneRun = await whole.run(tasks, ['all']);
const tape = await record(tasks, inOneRun.done, start().twin, seam);
const roll = dice('points');

const counts = { points: 0, states: 0, recovered: 0, lost: 0, doubled: 0 };
after(() => {
  seam.release();
  tell('crash points', counts);
});

test('in single steps the same is built as in one run', () => {
  assert.deepEqual(inOneRun.troubles, []);
  assert.equal(tape.steps.length, tasks.length);
  assert.deepEqual(worldAt(tape.end), worldAt(whole.twin));
});

const seen = new Set<string>();

/** All of them, so that the sums are true; then the first of what went wrong. */
async function tryAll(points: readonly Point[]): Promise<void> {
  const wrong: Error[] = [];
  for (const point of points) {
    try {
      await tried(point);
    } catch (error) {
      const { message } = error as Error;
      if (message.startsWith('lost')) counts.lost++;
      if (message.startsWith('doubled')) counts.doubled++;
      wrong.push(error as Error);
    }
  }
  for (const error of wrong) console.log(`wrong: ${error.message.slice(0, 600)}`);
  if (wrong[0]) throw wrong[0];
}

/** Strikes and recovers; what left nothing new behind was recovered from before. */
async function tried(point: Point): Promise<void> {
  const words = told(point);
  const struck = await strike(tape, seam, point);
  counts.points++;
  assert.equal(struck.error, undefined, words);
  const left = struck.lived ? undefined : leftBy(seam, point.step, struck);
  if (left === undefined || !seen.has(left)) {
    counts.states++;
    await recover(tape, seam, point, struck, words);
  }
  if (left !== undefined) seen.add(left);
  counts.recovered++;
}

const atCommands = (what: Disturbance): Point[] =>
  tape.steps.flatMap((step) => step.asked.map((_, at): Point => ({ step, node: { at, what } })));

for (const what of [...deaths, ...failures]) {
  test(`${isDeath(what) ? `dead ${what} a command` : `a command ${what}`}`, async () => {
    await tryAll(chosen(atCommands(what), 15, roll));
  });
}

/** Only what takes bytes can be cut in the middle. */
const cuttable = /^(write|append)/;

for (const what of deaths) {
  test(`dead ${what} a write of phx's own`, async () => {
    const points = tape.steps.flatMap((step) =>
      step.wrote.flatMap((name, at): Point[] =>
        what === 'during' && !cuttable.test(name) ? [] : [{ step, disk: { at, what } }],
      ),
    );
    assert.ok(points.length > 500, String(points.length));
    await tryAll(chosen(points, 35, roll));
  });
}
