/** How long a run would take: never less than its longest chain or its work shared by all, never more than one after the other. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TaskGraph } from '../../src/core/graph.ts';
import type { Host } from '../../src/core/host.ts';
import { simulate } from '../../src/core/simulate.ts';
import { onlySite } from '../../src/core/site.ts';
import type { Task } from '../../src/core/task.ts';

interface Wish {
  readonly after?: readonly string[];
  readonly pools?: readonly string[];
  readonly exclusive?: boolean;
}

function graphOf(wishes: Readonly<Record<string, Wish>>): TaskGraph<undefined> {
  const tasks = Object.entries(wishes).map(([id, { after = [], pools, exclusive }]): Task<undefined> => {
    const dependencies = after.map((task) => ({ task, kind: 'order' as const }));
    const more = { ...(pools ? { pools } : {}), ...(exclusive ? { exclusive } : {}) };
    return {
      id,
      target: id,
      title: id,
      revision: '1',
      config: {},
      dependencies,
      touches: [],
      run: async () => undefined,
      ...more,
    };
  });
  return new TaskGraph(tasks);
}

function told(
  wishes: Readonly<Record<string, Wish>>,
  times: Readonly<Record<string, number>>,
  jobs: number,
  widths = {},
) {
  const graph = graphOf(wishes);
  const durations = new Map(
    Object.entries(times).map(([id, ms]) => [graph.index.get(id) ?? -1, ms] as const),
  );
  const { slots, makespan, serial, chain } = simulate({
    graph,
    durations,
    jobs,
    widths: new Map(Object.entries(widths)),
    sites: onlySite({} as Host, { current: () => undefined, refresh: async () => undefined }),
  });
  const id = (task: number) => graph.at(task).id;
  return {
    starts: Object.fromEntries(slots.map(({ task, start }) => [id(task), start])),
    makespan,
    serial,
    chain: chain.map(id),
  };
}

test('what is independent goes side by side, up to the jobs, the longest path first', () => {
  const wishes = { a: {}, b: {}, c: {}, d: { after: ['c'] } };
  const times = { a: 10, b: 20, c: 5, d: 30 };
  assert.deepEqual(told(wishes, times, 2), {
    starts: { c: 0, b: 0, d: 5, a: 20 },
    ...{ makespan: 35, serial: 65, chain: ['c', 'd'] },
  });
  assert.equal(told(wishes, times, 1).makespan, 65);
});

test('pools and tasks that run alone keep others waiting', () => {
  const pooled = { a: { pools: ['p'] }, b: { pools: ['p'] }, c: {} };
  assert.equal(told(pooled, { a: 10, b: 10, c: 10 }, 3).makespan, 20);
  assert.equal(told(pooled, { a: 10, b: 10, c: 10 }, 3, { p: 2 }).makespan, 10);
  assert.equal(told({ a: {}, b: { exclusive: true }, c: {} }, { a: 10, b: 10, c: 10 }, 3).makespan, 20);
});

test('what would not run counts nothing, and is gone through', () => {
  const chain = { a: {}, b: { after: ['a'] }, c: { after: ['b'] } };
  assert.deepEqual(told(chain, { a: 5, c: 7 }, 4), {
    starts: { a: 0, c: 5 },
    ...{ makespan: 12, serial: 12, chain: ['a', 'c'] },
  });
  assert.deepEqual(told(chain, {}, 4), { starts: {}, makespan: 0, serial: 0, chain: [] });
});

test('on any graph the end lies between its bounds, and nothing starts before what it waits for', () => {
  const edges = fc.array(fc.tuple(fc.nat(19), fc.nat(19)), { maxLength: 40 });
  const times = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(edges, times, fc.integer({ min: 1, max: 6 }), (pairs, lengths, jobs) => {
      const wishes = Object.fromEntries(
        lengths.map((_, at) => [
          `t${at}`,
          {
            after: [...new Set(pairs.flatMap(([from, to]) => (to === at && from < at ? [`t${from}`] : [])))],
          },
        ]),
      );
      const ms = Object.fromEntries(lengths.map((length, at) => [`t${at}`, length]));
      const { starts, makespan, serial, chain } = told(wishes, ms, jobs);
      const longest = chain.reduce((sum, id) => sum + (ms[id] ?? 0), 0);
      assert.equal(Object.keys(starts).length, 20);
      assert.ok(makespan >= longest && makespan >= serial / jobs && makespan <= serial);
      for (const [id, { after }] of Object.entries(wishes))
        for (const before of after) assert.ok((starts[id] ?? 0) >= (starts[before] ?? 0) + (ms[before] ?? 0));
    }),
    { numRuns: 200, seed: 11 },
  );
});
