/**
 * All host steps, interrupted at their commands: a sample of them here, all of them with `npm run faults` (some minutes).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tasksOf } from '../bench.ts';
import { wholeNode } from '../whole-node.ts';
import { calmRun, disturbed, moments } from './host-faults.ts';

const fleet = await wholeNode();
const tasks = await tasksOf(fleet);
const calm = await calmRun(fleet, tasks);
const every = process.env.PHX_FAULTS === 'all' ? 1 : 17;

test('the whole list is long enough to mean something', () => {
  assert.ok(calm.asked.length > 80, String(calm.asked.length));
});

for (const [turn, moment] of moments.entries()) {
  test(`killed ${moment} a command: the next run ends in the same world, the one after has nothing to do`, async () => {
    for (let at = turn; at < calm.asked.length; at += every) await disturbed(fleet, tasks, calm, at, moment);
  });
}
