/**
 * Much work, many times: memory does not grow with the number of runs, nothing is left behind by a run however it ends, and
 * a week of history stays small. Bounds are wide, and nothing is timed.
 */

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CommandLog } from '../../src/cli/command-log.ts';
import type { Container, Fleet } from '../../src/config/fleet.ts';
import { execute } from '../../src/core/execute.ts';
import { FileJournal, runsIn } from '../../src/core/file-journal.ts';
import { TaskGraph } from '../../src/core/graph.ts';
import type { Host } from '../../src/core/host.ts';
import { retention } from '../../src/core/retention.ts';
import { onlySite } from '../../src/core/site.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import { StampLog } from '../../src/core/stamp-log.ts';
import type { Task } from '../../src/core/task.ts';
import { bareTerms } from '../../src/core/terms.ts';
import { localHost } from '../../src/host/local.ts';
import { type Bench, tasksOf } from '../bench.ts';
import { everything } from '../faults/seed.ts';
import { tempFolder } from '../temp.ts';
import { builtNode, fleetWith } from './random-node.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const MiB = 1024 * 1024;

const warnings: Error[] = [];
const hear = (warning: Error) => void warnings.push(warning);
process.on('warning', hear);
after(() => process.off('warning', hear));

/** What would hold memory or the process after a run. */
class Leftovers {
  readonly stop = { drain: new AbortController(), abort: new AbortController() };
  readonly #before = this.#now();

  get signals() {
    return { drain: this.stop.drain.signal, abort: this.stop.abort.signal };
  }

  #now(): string[] {
    const resources = process.getActiveResourcesInfo().filter((name) => name !== 'Immediate');
    const listeners = process
      .eventNames()
      .flatMap((name) => Array.from({ length: process.listenerCount(name) }, () => `on ${String(name)}`));
    return [...resources, ...listeners];
  }

  /** What others had before may have gone meanwhile. */
  #more(): string[] {
    const before = [...this.#before];
    return this.#now().filter((name) => {
      const at = before.indexOf(name);
      if (at >= 0) before.splice(at, 1);
      return at < 0;
    });
  }

  async none(): Promise<void> {
    // A handle that was closed is gone some turns of the loop later.
    for (let turns = 0; turns < 1000 && this.#more().length > 0; turns++) await new Promise(setImmediate);
    const { drain, abort } = this.signals;
    const own = [drain, abort].map((signal) => getEventListeners(signal, 'abort').length);
    assert.deepEqual(own, [0, 0], 'listeners on the signals of a run');
    assert.deepEqual(this.#more(), []);
    assert.deepEqual(warnings, []);
  }
}

/** Heap in use after each of so many runs. */
async function heapAfter(runs: number, run: (at: number) => Promise<void>): Promise<number[]> {
  const used: number[] = [];
  for (let at = 0; at < runs; at++) {
    await run(at);
    collect();
    used.push(process.memoryUsage().heapUsed);
  }
  return used;
}

function staysWithin(used: readonly number[], bound: number): void {
  const [early = 0, last = 0] = [used[2], used.at(-1)];
  assert.ok(
    last - early < bound,
    `grew by ${((last - early) / MiB).toFixed(1)} MiB: ${used.map((n) => Math.round(n / MiB))}`,
  );
}

type Plan = 'done' | 'failed' | 'drained' | 'aborted' | 'late';

/** `engine.test.ts` runs ten thousand once; here they are run many times. */
const large = everything ? 10_000 : 2000;

/** Tasks in layers of a hundred, each of which reads what one of the layer before left. */
async function largeRun(stamps: Map<string, Stamp>, value: number, plan: Plan): Promise<void> {
  const left = new Leftovers();
  let ran = 0;
  const tasks: Task<object>[] = Array.from({ length: large }, (_, at) => ({
    ...{
      id: `t:${at}/do`,
      target: `t:${at}`,
      title: '',
      revision: '1',
      touches: [],
      pools: [`pool:${at % 500}`],
    },
    config: { value },
    dependencies: at < 100 ? [] : [{ task: `t:${at - 100}/do`, kind: 'result' }],
    run: async (context) => {
      if (++ran === large / 2 && plan === 'drained') left.stop.drain.abort();
      if (ran === large / 2 && plan === 'aborted') for (const one of Object.values(left.stop)) one.abort();
      if (at === 300 && plan === 'failed') throw new Error('asked to fail');
      if (at === 300 && plan === 'late') await context.run(['late'], { deadline: 1 });
      await new Promise(setImmediate);
      return undefined;
    },
  }));
  const graph = new TaskGraph(tasks);
  const all = new Set(graph.order);
  const host = {
    run: async () => ({ exit: 124, stdout: '', stderr: '', ms: 1, ended: 'deadline' }),
  } as unknown as Host;
  const result = await execute<object>({
    ...{ graph, jobs: 256, keepGoing: true, widths: new Map(), run: 'run', terms: bareTerms },
    selection: { shown: all, demanded: all, forced: new Set() },
    sites: onlySite(host, { current: () => ({}), refresh: async () => ({}) }),
    stamps: {
      ...{ get: (task) => stamps.get(task), all: () => stamps.values(), commit: () => {} },
      put: (stamp) => void stamps.set(stamp.task, stamp),
    },
    journal: { write: () => {}, intended: () => undefined },
    ...{ clock: () => 0, time: { now: () => 0, sleep: async () => {} }, random: () => 'x' },
    stop: left.signals,
    ...{ digestFile: () => undefined, env: () => undefined, diagnose: () => undefined, emit: () => {} },
  });
  assert.equal(result.failed, plan === 'failed' || plan === 'late' ? 1 : 0);
  assert.equal(result.deadline, plan === 'late');
  assert.equal(result.interrupted, plan === 'drained' || plan === 'aborted');
  await left.none();
}

test('thousands of tasks with 256 jobs, again and again, however a run ends: memory stays, nothing is left behind', async () => {
  const stamps = new Map<string, Stamp>();
  const plans: readonly Plan[] = ['done', 'failed', 'done', 'drained', 'late', 'aborted', 'failed', 'done'];
  const used = await heapAfter(plans.length, (at) => largeRun(stamps, at, plans[at] ?? 'done'));
  staysWithin(used, 16 * MiB);
});

/** So many containers more, each with some keys that may change. */
async function manyGuests(count: number): Promise<Fleet> {
  const fleet = await fleetWith({
    ...{ id: 950, kind: 'ct', hostname: 'model', memory: 64, rootfs: { storage: 'ct', size: 1 } },
    ostemplate: 'iso:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst',
    net0: { name: 'eth0', bridge: 'vmbr0', ip: 'dhcp' },
  });
  const model = fleet.guests['950'] as Container;
  const guests = Array.from({ length: count }, (_, at) => [
    `${1000 + at}`,
    { ...model, id: 1000 + at, hostname: `g${at}` },
  ]);
  return { ...fleet, guests: Object.fromEntries(guests) };
}

test('many guests on the twin, edited in each run: memory stays, the node stays as large, nothing is left behind', async () => {
  const bench: Bench = await builtNode();
  const fleet = await manyGuests(everything ? 1000 : 60);
  let size = 0;
  const used = await heapAfter(8, async (at) => {
    const guests = Object.entries(fleet.guests).map(([id, guest]) => [
      id,
      { ...guest, memory: 64 + (at % 2) },
    ]);
    const left = new Leftovers();
    const tasks = await tasksOf({ ...fleet, guests: Object.fromEntries(guests) });
    const run = await bench.run(tasks, ['all'], { jobs: 256, stop: left.signals });
    assert.deepEqual(run.troubles, []);
    assert.equal(run.done.filter((task) => task.endsWith('/configure')).length, guests.length);
    await left.none();
    const now = JSON.stringify(bench.twin.state()).length;
    if (at === 2) size = now;
    if (at > 2) assert.ok(now < size * 1.2, `the node grew from ${size} to ${now}`);
  });
  staysWithin(used, (everything ? 64 : 16) * MiB);
});

test('programs of this machine that end by themselves, too late or when they are told to leave nothing behind', async () => {
  const host = localHost({ hostname: 'here', env: { PATH: '/usr/bin:/bin' }, clock: () => 0 });
  for (const [argv, options, ended] of [
    [['true'], {}, undefined],
    [['false'], {}, undefined],
    [['no-such-program-of-phx'], {}, undefined],
    [['sleep', '60'], { deadline: 20 }, 'deadline'],
    [['sleep', '60'], { abort: true }, 'aborted'],
  ] as const) {
    const left = new Leftovers();
    const { abort, ...rest } = { abort: false, ...options };
    const running = host.run({ argv, ...rest, signal: left.signals.abort, onLine: () => {} });
    if (abort) left.stop.abort.abort();
    assert.equal((await running).ended, ended);
    await left.none();
  }
});

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** A week of two hundred runs a day, or enough of them to drop most. */
const pastRuns = everything ? 7 * 200 : 300;

test('the history of a week of runs stays small', () => {
  const folder = tempFolder();
  const [journals, logs, path] = ['journal', 'log', 'stamps'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const hour = 3_600_000;
  const argv = ['pct', 'set', '950', '--description', 'x'.repeat(200)];
  const stamps = new StampLog(path);
  for (let at = 0; at < pastRuns; at++) {
    const run = `run-${String(at).padStart(6, '0')}`;
    const journal = new FileJournal(journals, run, 'twin');
    const log = new CommandLog(logs, run);
    const now = Math.round((at * 24 * hour) / 200);
    journal.write({ at: now, entry: 'begin', run, words: ['all'], host: 'twin' });
    for (const task of ['ctid:950/configure', `ctid:${900 + (at % 100)}/volumes`]) {
      journal.write({ at: now, entry: 'intent', task, argv });
      journal.write({ at: now, entry: 'outcome', task, argv, exit: 0, ms: 9 });
      log.event({ type: 'started', task, because: [], attempt: 1 });
      log.event({ type: 'line', task, stream: 'stdout', text: 'y'.repeat(500) });
      log.event({ type: 'done', task, ms: 9, because: [], commands: [{ argv, exit: 0, ms: 9 }] });
      stamps.put({
        ...{ task, run, at: now, ms: 9, state: 'done' },
        fingerprint: { memory: String(at) },
        outputs: {},
        result: '',
      });
    }
    journal.write({ at: now, entry: 'ended', exit: 'ok' });
    log.close();
  }
  stamps.commit();
  // Those from before, and the run that is written.
  assert.equal(runsIn(journals).length, retention.count + 1);
  assert.equal(runsIn(journals).at(-1), `run-${String(pastRuns - 1).padStart(6, '0')}`);
  assert.equal(readdirSync(logs).length, retention.count);
  assert.ok(bytesIn(folder) < MiB, `${bytesIn(folder)} bytes`);
  assert.equal([...new StampLog(path).all()].length, 101);
});
