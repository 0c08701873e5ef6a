/** Step `define`: facts in, commands out; what it holds and what comes after it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCases } from './cases.ts';
import { tasksOf } from './fleet.ts';

testCases('define');

const fleet = {
  ct: { clone: { from: 920 }, firewall: { enabled: true, rules: {} } },
  others: { 920: { state: 'running' } },
};

/** All that a task comes after, however far. */
async function before(id: string): Promise<ReadonlySet<string>> {
  const tasks = new Map((await tasksOf(fleet)).map((task) => [task.id, task]));
  const found = new Set<string>();
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { task, kind } of tasks.get(next)?.dependencies ?? []) {
      if (kind === 'after' || found.has(task)) continue;
      found.add(task);
      open.push(task);
    }
  }
  return found;
}

test('a clone has lost the address of its source before it starts: both may run', async () => {
  const earlier = await before('ctid:950/start');
  for (const step of ['define', 'configure', 'volumes', 'firewall'])
    assert.ok(earlier.has(`ctid:950/${step}`), step);
  assert.ok((await before('ctid:950/configure')).has('ctid:950/define'));
});

test('a clone, also through a passing snapshot, holds its source, itself and the storage', async () => {
  const define = (await tasksOf(fleet)).find(({ id }) => id === 'ctid:950/define');
  assert.deepEqual(define?.pools, ['guest:950', 'create:quick', 'clone:920', 'guest:920']);
  assert.deepEqual(define?.touches, [
    'guest:950',
    'file:/var/lib/phx/recreate/950',
    'guest:920',
    'file:/var/lib/phx/safety/950',
  ]);
});

test('a clone waits for its source to be whole, only as long as it must still be made', async () => {
  const ready: Readonly<Record<string, Record<string, unknown>>> = {
    'ctid:920/snapshot:s': { snapshot: 's' },
    'ctid:920/template': { template: true, state: 'stopped' },
    'ctid:920/app': { app: { name: 'n8n', params: {} } },
    'ctid:920/feature:docker': { layers: [{ name: 'docker', params: {} }] },
    'ctid:920/network': {},
  };
  for (const [step, source] of Object.entries(ready)) {
    const tasks = await tasksOf({ ...fleet, others: { 920: source } });
    const edge = tasks
      .find(({ id }) => id === 'ctid:950/define')
      ?.dependencies.find(({ task }) => task.startsWith('ctid:920/'));
    assert.equal(edge?.task, step);
    assert.ok(edge?.needed, step);
  }
});
