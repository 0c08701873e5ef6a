/**
 * A whole fleet on a twin in memory, in this very process: the real configuration, plugins, engine and twin, without the
 * program around them. For tests that build many times, or want to stand between the engine and the node.
 */

import { setMaxListeners } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectText } from '../src/cli/plugin-input.ts';
import { createRenderer } from '../src/cli/render.ts';
import type { Fleet } from '../src/config/fleet.ts';
import { loadConfig } from '../src/config/load.ts';
import type { PhxTask, Plugin, PluginInput } from '../src/config/project.ts';
import type { RunEvent } from '../src/core/event.ts';
import { Examiner } from '../src/core/examine.ts';
import { execute, type Stopper } from '../src/core/execute.ts';
import { FileJournal } from '../src/core/file-journal.ts';
import { TaskGraph } from '../src/core/graph.ts';
import type { Host } from '../src/core/host.ts';
import { onlySite, type Sites } from '../src/core/site.ts';
import type { Stamp, StampStore } from '../src/core/stamp.ts';
import { selectTasks } from '../src/core/target.ts';
import { bareTerms, type Terms } from '../src/core/terms.ts';
import { Observer } from '../src/host/observe.ts';
import type { Facts } from '../src/proxmox/facts.ts';
import { diagnose } from '../src/proxmox/messages.ts';
import { isNamedScope } from '../src/proxmox/sweep.ts';
import type { TwinHardware } from '../src/twin/state.ts';
import { openTwin, type Twin } from '../src/twin/twin.ts';
import { hypervisor } from '../tasks/hypervisor/index.ts';
import { lxc } from '../tasks/lxc/index.ts';
import { vm } from '../tasks/vm/index.ts';
import { tempFolder } from './temp.ts';

export const repository = fileURLToPath(new URL('..', import.meta.url));

/** The sample fleet, with values set as by `--set`. */
export async function sampleFleet(set: readonly string[] = []): Promise<Fleet> {
  return (await loadConfig({ root: repository, set })).fleet;
}

/** The sample's node with these guests of it alone: most of the time to load a fleet is spent on its guests. */
export async function sampleOf(ids: readonly number[], set: readonly string[] = []): Promise<Fleet> {
  const listDir = (path: string) => {
    const names = existsSync(path) ? readdirSync(path) : [];
    return path.endsWith('/guests') ? names.filter((name) => ids.includes(Number.parseInt(name, 10))) : names;
  };
  return (await loadConfig({ root: repository, set: [...quiet, ...set], listDir })).fleet;
}

/** Backups that name no guest, and disks that the quotas fit into: a warning is worked out by reading all files anew. */
const quiet = [
  'hypervisor.backups.weekly.guests="all"',
  ...['quickOS', 'fastData'].map((pool) => `hypervisor.zfs.pools.${pool}.diskSize=8000`),
];

/** One for all fleets of a test file: the same layer of two fleets is rendered once. */
let renderer: ReturnType<typeof createRenderer> | undefined;

/** With the plugins of the sample's phoenixfile, and `more`; files of the project from elsewhere where `from` is said. */
export async function tasksOf(
  fleet: Fleet,
  more: readonly Plugin[] = [],
  from?: Pick<PluginInput, 'render' | 'document' | 'text'>,
): Promise<PhxTask[]> {
  renderer ??= createRenderer([join(repository, 'templates')], join(repository, '.cache', 'none'));
  const { render, document, text } = from ?? { ...(await renderer), text: projectText(repository) };
  const input = { project: 'phoenix', root: repository, fleet, render, document, text };
  return (
    await Promise.all([hypervisor(), lxc(), vm(), ...more].map((plugin) => plugin.tasks(input)))
  ).flat();
}

/** A clock that goes on by itself, and dice that always fall the same. */
export function determinism(): { clock: () => number; random: () => number } {
  let now = 0;
  let seed = 1;
  return {
    clock: () => {
      now += 10;
      return now;
    },
    random: () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    },
  };
}

/** The machine that the sample fleet speaks of. */
export function hardwareFor({ hypervisor: node }: Fleet): TwinHardware {
  return {
    ...{ node: 'pve1', memory: 98_304, address: '10.0.0.13/24', gateway: '10.0.0.1' },
    disks: Object.values(node.zfs.pools).flatMap((pool) => pool.disks),
    gpus: node.nvidia?.gpus ?? 0,
  };
}

export interface BenchRun {
  readonly events: readonly RunEvent[];
  /** `task: title` of what failed or was blocked. */
  readonly troubles: readonly string[];
  /** Ids of the tasks that ran to a good end, in their order. */
  readonly done: readonly string[];
  /** Changing commands and file writes, in order. */
  readonly commands: readonly string[];
}

const never = new AbortController().signal;
setMaxListeners(0, never);

export class Bench {
  readonly twin: Twin;
  readonly stamps = new Map<string, Stamp>();
  readonly clock: () => number;
  /** Folder of the journals of its runs. */
  readonly journals = tempFolder();
  #runs = 0;
  #tokens = 0;

  private constructor(twin: Twin, clock: () => number) {
    this.twin = twin;
    this.clock = clock;
  }

  /** A fresh twin with the hardware that this fleet speaks of. */
  static fresh(fleet: Fleet, more: Partial<TwinHardware> = {}, killRun?: () => void): Bench {
    const { clock, random } = determinism();
    const hardware = { ...hardwareFor(fleet), ...more };
    const kill = killRun ? { killRun } : {};
    return new Bench(openTwin({ hardware, clock, random, ...kill }), clock);
  }

  /** The same node and the same records, independent of this one. */
  copy(): Bench {
    const copy = new Bench(this.twin.fork(), this.clock);
    for (const [id, stamp] of this.stamps) copy.stamps.set(id, stamp);
    copy.#tokens = this.#tokens;
    return copy;
  }

  /** Runs the named targets, one task after the other where `jobs` says nothing else. `host` may stand between the engine and the twin. */
  async run(
    tasks: readonly PhxTask[],
    targets: readonly string[],
    {
      host = this.twin,
      terms = {},
      stamps = this.store(),
      forced = false,
      jobs = 1,
      stop = { drain: never, abort: never },
    }: {
      host?: Host;
      terms?: Partial<Terms>;
      stamps?: StampStore;
      forced?: boolean;
      jobs?: number;
      stop?: Stopper;
    } = {},
  ): Promise<BenchRun> {
    const graph = new TaskGraph([...tasks]);
    const selected = selectTasks(graph, targets, new Map());
    // Forced: these alone, whatever the judge says, and not what they rest on.
    const named = forced ? selected : graph.closure([...selected]);
    const events: RunEvent[] = [];
    const run = `run-${String(++this.#runs).padStart(4, '0')}`;
    const journal = new FileJournal(this.journals, run, 'bench');
    journal.write({ at: this.clock(), entry: 'begin', run, words: targets, host: 'bench' });
    await execute<Facts>({
      ...{
        run,
        jobs,
        keepGoing: true,
        widths: new Map(),
        clock: this.clock,
        graph,
        stamps,
        journal,
      },
      terms: { ...bareTerms, reboot: 'wait', ...terms },
      selection: { shown: named, demanded: named, forced: forced ? named : new Set() },
      sites: await observed(host, tasks),
      diagnose: ({ outcome }) => diagnose(`${outcome.stderr}\n${outcome.stdout}`),
      digestFile: () => undefined,
      env: () => undefined,
      time: this.twin.time,
      random: () => `token${++this.#tokens}`,
      stop,
      emit: (event) => void events.push(event),
    });
    journal.write({ at: this.clock(), entry: 'ended', exit: 'ok' });
    return summary(events);
  }

  /** Ids of the tasks that would run now, sorted. */
  async stale(tasks: readonly PhxTask[]): Promise<string[]> {
    const graph = new TaskGraph([...tasks]);
    const sites = await observed(this.twin, tasks);
    const setup = { graph, sites, stamps: this.store(), terms: bareTerms, forced: new Set<number>() };
    const examiner = new Examiner<Facts>({ ...setup, digestFile: () => undefined, env: () => undefined });
    const verdicts = graph.order.map(
      (at) => [graph.at(at).id, examiner.examine(at).verdict.verdict] as const,
    );
    return verdicts
      .flatMap(([id, verdict]) => (verdict === 'stale' || verdict === 'blocked' ? [id] : []))
      .sort();
  }

  store(): StampStore {
    return {
      get: (id) => this.stamps.get(id),
      put: (stamp) => void this.stamps.set(stamp.task, stamp),
      all: () => this.stamps.values(),
      commit: () => {},
    };
  }
}

function summary(events: readonly RunEvent[]): BenchRun {
  const troubles: string[] = [];
  const done: string[] = [];
  const commands: string[] = [];
  for (const event of events) {
    if (event.type === 'failed' || event.type === 'blocked')
      troubles.push(
        `${event.task}: ${event.error.title} ${event.error.facts.map((fact) => fact.join(': ')).join('; ')}`,
      );
    if (event.type === 'done') done.push(event.task);
    if (event.type === 'done' || event.type === 'failed')
      commands.push(...event.commands.map(({ argv }) => argv.join(' ')));
  }
  return { events, troubles, done, commands };
}

/** A host as the tasks see it. */
async function observed(host: Host, tasks: readonly PhxTask[]): Promise<Sites<Facts>> {
  const scopes = tasks.flatMap(({ touches }) => touches.filter(isNamedScope));
  return onlySite(host, await Observer.begin(host, scopes));
}
