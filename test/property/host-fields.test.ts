/** Each field of the node's configuration: an edit of it runs exactly these tasks, and then nothing more. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isObject } from '../../src/config/layer.ts';
import type { Json } from '../../src/core/json.ts';
import { Bench, tasksOf } from '../bench.ts';
import { wholeNode } from '../whole-node.ts';
import { fields } from './host-fields.ts';

const fleet = await wholeNode();
const built = Bench.fresh(fleet);
const first = await built.run(await tasksOf(fleet), ['hypervisor']);
assert.deepEqual(first.troubles, []);

/** Every leaf of the configuration; lists are leaves, since they are replaced whole; an empty map has none. */
function leavesOf(value: Json, path: readonly string[] = []): string[][] {
  if (!isObject(value) || 'secret' in value) return [[...path]];
  return Object.entries(value).flatMap(([key, child]) => leavesOf(child as Json, [...path, key]));
}

/** Sections whose keys are names that a person gives: one entry of each stands for all. */
const named = [
  /^network\.(bridges|hosts)$/,
  /^zfs\.(pools|datasets)$/,
  /^(storage|directories|templates|images|users|backups)$/,
  /^access\.(users|groups|roles|acl|tokens)$/,
  /^access\.acl\.\*$/,
  /^apparmor\.profiles$/,
  /^nfs\.exports$/,
  /^samba\.shares$/,
  /^dns\.records$/,
  /^certificates\.trusted$/,
  /^firewall\.(rules|aliases|ipsets|groups)$/,
  /^firewall\.groups\.\*$/,
  /^firewall\.node\.rules$/,
];

function patternOf(path: readonly string[]): string {
  return path.reduce((pattern, key) => {
    const name = named.some((one) => one.test(pattern)) ? '*' : key;
    return pattern === '' ? name : `${pattern}.${name}`;
  }, '');
}

test('every field that the configuration of a whole node has is in the table', () => {
  const patterns = new Set(leavesOf(fleet.hypervisor as unknown as Json).map(patternOf));
  const covered = new Set(fields.map(({ field }) => field));
  assert.deepEqual([...patterns].filter((pattern) => !covered.has(pattern)).sort(), []);
});

for (const { field, set, runs } of fields) {
  test(`${field}: ${set.join(' ')}`, async () => {
    const edited = await wholeNode(set);
    const tasks = await tasksOf(edited);
    const bench = built.copy();
    const run = await bench.run(tasks, ['hypervisor']);
    assert.deepEqual(
      [...run.done, ...run.troubles.map((trouble) => `✗ ${trouble.split(': ')[0]}`)]
        .map((id) => id.replace('hypervisor/', ''))
        .sort(),
      [...runs].sort(),
    );
    assert.deepEqual((await bench.run(tasks, ['hypervisor'])).done, []);
  });
}
