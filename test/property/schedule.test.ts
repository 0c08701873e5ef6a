/**
 * Random graphs with job counts, pools, failures and a stop, whose tasks end in any order: what runs at once, what waits
 * and how each task ends, against a few lines that say what has to be.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RunEvent } from '../../src/core/event.ts';
import { execute } from '../../src/core/execute.ts';
import { TaskGraph } from '../../src/core/graph.ts';
import type { Host } from '../../src/core/host.ts';
import { onlySite } from '../../src/core/site.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import type { Task } from '../../src/core/task.ts';
import { bareTerms } from '../../src/core/terms.ts';
import { everything, seed } from '../faults/seed.ts';

interface Node {
  readonly needs: readonly number[];
  readonly pools: readonly string[];
  readonly exclusive: boolean;
  readonly fails: boolean;
}

/** No more tasks than may pass another one over: until then nothing is kept free for it. */
const most = 14;
const graphs: fc.Arbitrary<readonly Node[]> = fc.integer({ min: 1, max: most }).chain((size) =>
  fc.tuple(
    ...Array.from({ length: size }, (_, at) =>
      fc.record({
        needs: at === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(at - 1), { maxLength: 3 }),
        pools: fc.subarray(['one', 'two', 'three']),
        exclusive: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
        fails: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
      }),
    ),
  ),
);

const widths = new Map([
  ['two', 2],
  ['three', 3],
]);

interface Way {
  readonly jobs: number;
  /** Which of those that run ends next. */
  readonly ends: readonly number[];
  /** After so many endings nothing more is to start. */
  readonly stopAfter?: number | undefined;
}

const ways: fc.Arbitrary<Way> = fc.record({
  jobs: fc.integer({ min: 1, max: 6 }),
  ends: fc.array(fc.nat(most), { minLength: most, maxLength: most }),
});

const never = new AbortController().signal;
const endings = ['done', 'failed', 'cancelled'] as const;
type Ending = (typeof endings)[number];

class Trial {
  readonly ended = new Map<number, Ending>();
  readonly #running = new Map<number, () => void>();
  readonly #started = new Set<number>();
  readonly #drain = new AbortController();
  readonly #nodes: readonly Node[];
  readonly #way: Way;

  constructor(nodes: readonly Node[], way: Way) {
    this.#nodes = nodes;
    this.#way = way;
  }

  async toTheEnd(): Promise<this> {
    const graph = new TaskGraph(this.#nodes.map((node, at) => this.#task(node, at)));
    const everyTask = new Set(graph.order);
    let over = false;
    const stamps = new Map<string, Stamp>();
    const run = execute<object>({
      ...{
        graph,
        jobs: this.#way.jobs,
        widths,
        keepGoing: true,
        run: 'run',
        terms: bareTerms,
      },
      selection: { shown: everyTask, demanded: everyTask, forced: new Set() },
      sites: onlySite({} as Host, { current: () => ({}), refresh: async () => ({}) }),
      stamps: {
        get: (task) => stamps.get(task),
        all: () => stamps.values(),
        commit: () => {},
        put: (stamp) => void stamps.set(stamp.task, stamp),
      },
      journal: { write: () => {}, intended: () => undefined },
      ...{ clock: () => 0, time: { now: () => 0, sleep: async () => {} }, random: () => 'x' },
      stop: { drain: this.#drain.signal, abort: never },
      ...{ digestFile: () => undefined, env: () => undefined, diagnose: () => undefined },
      emit: (event) => this.#hear(event),
    }).finally(() => {
      over = true;
    });
    for (let at = 0; !over; at++) {
      await new Promise(setImmediate);
      this.#look();
      const running = [...this.#running];
      const [task, end] = running[(this.#way.ends[at % most] ?? 0) % Math.max(1, running.length)] ?? [];
      if (at === this.#way.stopAfter) this.#drain.abort();
      if (task === undefined) continue;
      this.#running.delete(task);
      end?.();
    }
    await run;
    return this;
  }

  #task({ needs, pools, exclusive, fails }: Node, at: number): Task<object> {
    return {
      ...{ id: `t:${at}/do`, target: `t:${at}`, title: '', revision: '1', config: {}, touches: [] },
      dependencies: needs.map((to) => ({ task: `t:${to}/do`, kind: 'order' })),
      ...{ pools, exclusive },
      run: async () => {
        this.#started.add(at);
        for (const need of needs)
          assert.equal(this.ended.get(need), 'done', `${at} runs before ${need} has ended`);
        await new Promise<void>((resolve) => this.#running.set(at, resolve));
        if (fails) throw new Error('asked to fail');
        return undefined;
      },
    };
  }

  #hear(event: RunEvent): void {
    const ending = endings.find((type) => type === event.type);
    if (ending && 'task' in event) this.ended.set(Number(event.task.replace(/\D/g, '')), ending);
  }

  /** Nothing too much runs, and whatever may run does. */
  #look(): void {
    const running = [...this.#running.keys()];
    const held = (pool: string) => running.filter((at) => this.#nodes[at]?.pools.includes(pool)).length;
    const alone = running.some((at) => this.#nodes[at]?.exclusive);
    assert.ok(running.length <= this.#way.jobs, 'more run than there are jobs');
    assert.ok(!alone || running.length === 1, 'something runs beside one that runs alone');
    for (const pool of ['one', 'two', 'three'])
      assert.ok(held(pool) <= (widths.get(pool) ?? 1), `too many hold ${pool}`);
    if (running.length === this.#way.jobs || alone || this.#drain.signal.aborted) return;
    for (const [at, { needs, pools, exclusive }] of this.#nodes.entries()) {
      if (this.#started.has(at) || this.ended.has(at)) continue;
      const ready = needs.every((need) => this.ended.get(need) === 'done');
      const free = pools.every((pool) => held(pool) < (widths.get(pool) ?? 1));
      assert.ok(!ready || !free || (exclusive && running.length > 0), `${at} may run, and does not`);
    }
  }
}

/** How each task ends when nobody stops the run. */
function reference(nodes: readonly Node[]): Map<number, Ending> {
  const ended = new Map<number, Ending>();
  for (const [at, { needs, fails }] of nodes.entries()) {
    const held = needs.some((need) => ended.get(need) !== 'done');
    ended.set(at, held ? 'cancelled' : fails ? 'failed' : 'done');
  }
  return ended;
}

const sorted = (ended: ReadonlyMap<number, Ending>) => [...ended].sort(([a], [b]) => a - b);
const numRuns = everything ? 5000 : 300;

test('however many run at once and whichever ends first, every task ends in the same way', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, ways, async (nodes, way) => {
      const { ended } = await new Trial(nodes, way).toTheEnd();
      assert.deepEqual(sorted(ended), sorted(reference(nodes)));
    }),
    { numRuns, seed },
  );
});

test('a stop lets what runs end, starts nothing more, and leaves no task without an ending', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, ways, fc.nat(most), async (nodes, way, stopAfter) => {
      const { ended } = await new Trial(nodes, { ...way, stopAfter }).toTheEnd();
      const undisturbed = reference(nodes);
      assert.equal(ended.size, nodes.length);
      for (const [at, ending] of ended)
        assert.ok(ending === 'cancelled' || ending === undisturbed.get(at), `${at} is ${ending}`);
    }),
    { numRuns, seed },
  );
});
