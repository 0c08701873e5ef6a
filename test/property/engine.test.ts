/**
 * Random graphs, edits, hand-made drift, failures, crashes and job counts: what the engine runs must be what a few lines
 * of reference interpreter say, and every history must end in the same world as an undisturbed run.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RunEvent } from '../../src/core/event.ts';
import { execute } from '../../src/core/execute.ts';
import { TaskGraph } from '../../src/core/graph.ts';
import type { Host } from '../../src/core/host.ts';
import { onlySite } from '../../src/core/site.ts';
import type { Stamp, StampStore } from '../../src/core/stamp.ts';
import type { Task } from '../../src/core/task.ts';
import { bareTerms } from '../../src/core/terms.ts';
import { seed } from '../faults/seed.ts';

/** A world of named cells: task i writes cell i from its own value and the cells of its result dependencies. */
type World = Map<number, string>;

interface Shape {
  /** Own value of each task: what an edit changes. */
  values: number[];
  /** A task whose output does not depend on its inputs: the early cutoff. */
  constant: boolean[];
  dependencies: { to: number; kind: 'order' | 'result' }[][];
  pools: string[][];
}

const shape = (most: number): fc.Arbitrary<Shape> =>
  fc.integer({ min: 1, max: most }).chain((size) =>
    fc.record({
      values: fc.array(fc.nat(2), { minLength: size, maxLength: size }),
      constant: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
      dependencies: fc.tuple(
        ...Array.from({ length: size }, (_, at) =>
          at === 0
            ? fc.constant<{ to: number; kind: 'order' | 'result' }[]>([])
            : fc.uniqueArray(
                fc.record({
                  to: fc.nat(at - 1),
                  kind: fc.constantFrom<'order' | 'result'>('order', 'result'),
                }),
                { maxLength: 3, selector: (edge) => edge.to },
              ),
        ),
      ),
      pools: fc.array(fc.subarray(['p', 'q', 'r']), { minLength: size, maxLength: size }),
    }),
  );

interface Step {
  edits: [task: number, value: number][];
  drift: number[];
  fails: number[];
  crashAfter: number;
  jobs: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  edits: fc.array(fc.tuple(fc.nat(20), fc.nat(2)), { maxLength: 3 }),
  drift: fc.array(fc.nat(20), { maxLength: 2 }),
  fails: fc.array(fc.nat(20), { maxLength: 2 }),
  crashAfter: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(6)),
  jobs: fc.integer({ min: 1, max: 5 }),
});

const id = (at: number) => `t:${at}/do`;
const cellOf = (shape: Shape, world: World, at: number): string =>
  shape.constant[at]
    ? 'constant'
    : `${shape.values[at]}(${(shape.dependencies[at] ?? [])
        .filter((edge) => edge.kind === 'result')
        .map((edge) => world.get(edge.to))
        .join(',')})`;

class Crash extends Error {}

class MemoryStamps implements StampStore {
  readonly map = new Map<string, Stamp>();
  crashAfter = Number.POSITIVE_INFINITY;
  get(task: string) {
    return this.map.get(task);
  }
  commit(): void {}

  all() {
    return this.map.values();
  }
  put(stamp: Stamp) {
    if (this.crashAfter-- <= 0) throw new Crash();
    this.map.set(stamp.task, stamp);
  }
}

async function run(shape: Shape, world: World, stamps: MemoryStamps, at: Step) {
  let crashed = false;
  let running = 0;
  const held = new Map<string, number>();
  const ran: number[] = [];
  const tasks: Task<World>[] = shape.values.map((value, index) => ({
    id: id(index),
    target: `t:${index}`,
    title: '',
    revision: '1',
    config: { value },
    dependencies: (shape.dependencies[index] ?? []).map(({ to, kind }) => ({ task: id(to), kind })),
    outputs: { cell: (facts) => facts.get(index) },
    pools: shape.pools[index] ?? [],
    touches: [],
    run: async () => {
      running++;
      assert.ok(running <= at.jobs, 'more tasks at once than jobs');
      for (const pool of shape.pools[index] ?? []) {
        assert.equal(held.get(pool) ?? 0, 0, `pool ${pool} is held twice`);
        held.set(pool, 1);
      }
      await new Promise(setImmediate);
      running--;
      for (const pool of shape.pools[index] ?? []) held.set(pool, 0);
      if (crashed) throw new Crash();
      ran.push(index);
      if (at.fails.includes(index)) throw new Error('asked to fail');
      world.set(index, cellOf(shape, world, index));
    },
  }));
  const graph = new TaskGraph(tasks);
  const everything = new Set(graph.order);
  const never = new AbortController().signal;
  const events: RunEvent[] = [];
  stamps.crashAfter = at.crashAfter;
  await execute<World>({
    graph,
    selection: { shown: everything, demanded: everything, forced: new Set() },
    sites: onlySite({} as Host, { current: () => world, refresh: async () => world }),
    stamps: {
      get: (task) => stamps.get(task),
      all: () => stamps.all(),
      commit: () => {},
      put: (stamp) => {
        try {
          if (!crashed) stamps.put(stamp);
        } catch (error) {
          crashed = true;
          throw error;
        }
        if (crashed) throw new Crash();
      },
    },
    journal: { write: () => {}, intended: () => undefined },
    clock: () => 0,
    time: { now: () => 0, sleep: async () => {} },
    random: () => 'x',
    terms: bareTerms,
    run: 'run',
    jobs: at.jobs,
    keepGoing: true,
    widths: new Map(),
    stop: { drain: never, abort: never },
    digestFile: () => undefined,
    env: () => undefined,
    diagnose: () => undefined,
    emit: (event) => events.push(event),
  });
  return { events, ran, crashed };
}

/** Which tasks a run without failures and crashes must run, told by the values alone. */
function reference(shape: Shape, world: World, built: Map<number, { reads: string; cell: string }>) {
  const ran: number[] = [];
  const after = new Map(world);
  shape.values.forEach((value, at) => {
    const results = (shape.dependencies[at] ?? []).filter((edge) => edge.kind === 'result');
    const reads = JSON.stringify([value, results.map((edge) => [edge.to, after.get(edge.to)]).sort()]);
    const last = built.get(at);
    if (last?.reads === reads && last.cell === after.get(at)) return;
    ran.push(at);
    after.set(at, cellOf(shape, after, at));
    built.set(at, { reads, cell: after.get(at) ?? '' });
  });
  return { ran, after };
}

function disturb(shape: Shape, world: World, at: Step): void {
  for (const [task, value] of at.edits) if (task < shape.values.length) shape.values[task] = value;
  for (const task of at.drift) if (world.has(task)) world.set(task, 'changed by hand');
}

const copy = (original: Shape): Shape => ({ ...original, values: [...original.values] });

test('what runs is exactly what the reference says, at any job count', async () => {
  await fc.assert(
    fc.asyncProperty(shape(12), fc.array(step, { maxLength: 5 }), async (original, steps) => {
      const current = copy(original);
      const world: World = new Map();
      const stamps = new MemoryStamps();
      const built = new Map<number, { reads: string; cell: string }>();
      for (const at of steps) {
        disturb(current, world, at);
        const expected = reference(current, world, built);
        const { ran } = await run(current, world, stamps, {
          ...at,
          fails: [],
          crashAfter: Number.POSITIVE_INFINITY,
        });
        assert.deepEqual(
          ran.sort((a, b) => a - b),
          expected.ran,
        );
        assert.deepEqual(world, expected.after);
      }
    }),
    { numRuns: 300, seed },
  );
});

const calmly = { edits: [], drift: [], fails: [], crashAfter: Number.POSITIVE_INFINITY, jobs: 1 };
/** The last task reads what the one before it made; that was changed by hand, and the step that it waits for fails. */
const heldUp: Shape = {
  values: [1, 0, 0],
  constant: [true, false, false],
  dependencies: [[], [{ to: 0, kind: 'order' }], [{ to: 1, kind: 'result' }]],
  pools: [[], [], []],
};
const heldUpSteps: Step[] = [calmly, { ...calmly, edits: [[0, 0]], drift: [1, 2], fails: [0] }];

test('whatever failed or crashed on the way, the next run ends in the same world and the one after runs nothing', async () => {
  await fc.assert(
    fc.asyncProperty(shape(12), fc.array(step, { minLength: 1, maxLength: 5 }), async (original, steps) => {
      const current = copy(original);
      const world: World = new Map();
      const stamps = new MemoryStamps();
      for (const at of steps) {
        disturb(current, world, at);
        await run(current, world, stamps, at);
      }
      const calm: Step = { edits: [], drift: [], fails: [], crashAfter: Number.POSITIVE_INFINITY, jobs: 3 };
      await run(current, world, stamps, calm);
      assert.deepEqual(world, reference(current, new Map(), new Map()).after);
      const { ran, events } = await run(current, world, stamps, calm);
      assert.deepEqual(ran, []);
      assert.equal(events.filter((event) => event.type === 'fresh').length, current.values.length);
    }),
    { numRuns: 300, seed, examples: [[heldUp, heldUpSteps]] },
  );
});

test('a failure stops exactly what depends on it', async () => {
  await fc.assert(
    fc.asyncProperty(shape(12), fc.nat(11), async (original, failing) => {
      fc.pre(failing < original.values.length);
      const world: World = new Map();
      const calm: Step = {
        edits: [],
        drift: [],
        fails: [failing],
        crashAfter: Number.POSITIVE_INFINITY,
        jobs: 2,
      };
      const { events } = await run(original, world, new MemoryStamps(), calm);
      const held = new Set([failing]);
      original.dependencies.forEach((edges, at) => {
        if (edges.some((edge) => held.has(edge.to))) held.add(at);
      });
      const ended = (type: RunEvent['type']) =>
        events.flatMap((event) => (event.type === type && 'task' in event ? [event.task] : [])).sort();
      assert.deepEqual(ended('failed'), [id(failing)]);
      assert.deepEqual(
        ended('cancelled'),
        [...held]
          .filter((at) => at !== failing)
          .map(id)
          .sort(),
      );
    }),
    { numRuns: 200, seed },
  );
});

test('10,000 tasks with 256 jobs, and a chain of 50,000', async () => {
  const wide: Shape = {
    values: Array.from({ length: 10_000 }, () => 1),
    constant: Array.from({ length: 10_000 }, () => false),
    dependencies: Array.from({ length: 10_000 }, (_, at) =>
      at >= 100 ? [{ to: at % 100, kind: 'order' as const }] : [],
    ),
    pools: Array.from({ length: 10_000 }, () => []),
  };
  const calm: Step = { edits: [], drift: [], fails: [], crashAfter: Number.POSITIVE_INFINITY, jobs: 256 };
  const stamps = new MemoryStamps();
  const world: World = new Map();
  assert.equal((await run(wide, world, stamps, calm)).ran.length, 10_000);
  assert.equal((await run(wide, world, stamps, calm)).ran.length, 0);
  const chain: Shape = {
    values: Array.from({ length: 50_000 }, () => 1),
    constant: Array.from({ length: 50_000 }, () => true),
    dependencies: Array.from({ length: 50_000 }, (_, at) =>
      at > 0 ? [{ to: at - 1, kind: 'result' as const }] : [],
    ),
    pools: Array.from({ length: 50_000 }, () => []),
  };
  assert.equal((await run(chain, new Map(), new MemoryStamps(), calm)).ran.length, 50_000);
});
