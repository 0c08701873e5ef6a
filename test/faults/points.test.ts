/**
 * Every task of a whole build, stopped dead before, during and after each command and each write of phx's own files, and
 * failed at each command; each point from what stood before its task. Then the records of a run, torn. A sample by seed
 * here, all with `npm run test:faults`.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Twin } from '../../src/twin/twin.ts';
import { Bench, sampleOf, tasksOf } from '../bench.ts';
import { builtVms } from '../property/built-vms.ts';
import { tempFolder } from '../temp.ts';
import { wholeNode } from '../whole-node.ts';
import { HeardNode } from './node.ts';
import { FileSeam } from './seam.ts';
import { everything } from './seed.ts';
import { record, recover, worldAt } from './tape.ts';
import { tornRecords } from './torn.ts';
import { Trial } from './trial.ts';
import { calmly, runAll } from './undertaking.ts';

const fleet = everything ? await wholeNode(builtVms) : await sampleOf([900, 953, 8000, 8001]);
const tasks = await tasksOf(fleet);
const seam = new FileSeam(tempFolder());
const start = () => Bench.fresh(fleet, {}, () => {});
const whole = start();
const inOneRun = await whole.run(tasks, ['all']);
const tape = await record(tasks, inOneRun.done, start().twin, seam);

/**
 * All that the world holds, whatever its order: who comes later since he failed has other numbers, of his own and
 * for his containers, and another line, also the first of a file; what ran once does not after a reboot.
 */
function linesOf(twin: Twin): string[] {
  const text = JSON.stringify(worldAt(twin))
    .replace(/\b10\d\d\b/g, 'number')
    .replace(/:\d+:65536\b/g, ':numbers')
    .replaceAll('"text":"', '"text":\\n')
    .replace(/"active":\w+/g, '');
  return text.split(/\\n|[,{}[\]]/).sort();
}

/** What one task leaves to the others, when the run dies or goes on without it. */
const allAtOnce = { id: 'in one run', station: tape.station, tasks: new Set(tape.station.graph.order) };
const { step: inOne } = await calmly(seam, { ...allAtOnce, before: start().twin, stampsBefore: '' });
const tear = await tornRecords(tape, seam);

test('in single steps the same is built as in one run', () => {
  assert.deepEqual(inOneRun.troubles, []);
  assert.equal(tape.steps.length, tasks.length);
  assert.deepEqual(worldAt(tape.end), worldAt(whole.twin));
});

const trial = new Trial('crash points', seam);
trial.strikes({
  ...{ steps: tape.steps, commands: 4, writes: 5, least: 100 },
  recover: (point, struck, words) => recover(tape, seam, point, struck, words),
});

trial.strikes({
  ...{ of: 'all in one run', steps: [inOne], commands: 1, writes: 0, least: 100, most: 120 },
  ways: ['during', 'refused'],
  recover: async ({ step }, { twin, made }, words) => {
    seam.begin();
    const node = new HeardNode(twin, undefined, made);
    assert.deepEqual((await runAll(step, twin, node)).troubles, [], words);
    assert.deepEqual(linesOf(twin), linesOf(tape.end), words);
    assert.deepEqual(node.doubled, [], `doubled: ${words}`);
    seam.begin();
    const third = await runAll(step, twin);
    assert.deepEqual([third.done, third.troubles], [[], []], words);
  },
});
tear();
