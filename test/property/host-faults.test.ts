/**
 * All host steps in one run, interrupted at a sample of its commands: what one task leaves to the others. Every command,
 * from what stood before its task, is in test/faults.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench, tasksOf } from '../bench.ts';
import { wholeNode } from '../whole-node.ts';
import { calmRun, deaths, disturbed } from './faults.ts';

const fleet = await wholeNode();
const tasks = await tasksOf(fleet);
const start = () => Bench.fresh(fleet, {}, () => {});
const story = { tasks, targets: ['hypervisor'], start };
const calm = await calmRun(story);
const every = 17;

test('the whole list is long enough to mean something', () => {
  assert.ok(calm.asked.length > 80, String(calm.asked.length));
});

for (const [turn, moment] of deaths.entries()) {
  test(`killed ${moment} a command: the next run ends in the same world, the one after has nothing to do`, async () => {
    for (let at = turn; at < calm.asked.length; at += every) await disturbed(story, calm, at, moment);
  });
}
