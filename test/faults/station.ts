/**
 * The engine as the program starts it (run lock, stamp log, journal, command log), on a twin in memory and a folder behind
 * the seam: one life after the other, each over what the one before has left.
 */

import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandLog } from '../../src/cli/command-log.ts';
import { type Runnable, runOn } from '../../src/cli/engine.ts';
import type { Io } from '../../src/cli/io.ts';
import { closeNode } from '../../src/cli/locked.ts';
import { lockProject, runName } from '../../src/cli/run-lock.ts';
import { unstamped } from '../../src/cli/run-tasks.ts';
import { journalFolder } from '../../src/cli/runs.ts';
import { SecretBox } from '../../src/cli/secret-box.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { RunEvent } from '../../src/core/event.ts';
import { TaskGraph } from '../../src/core/graph.ts';
import type { Host } from '../../src/core/host.ts';
import { onlySite } from '../../src/core/site.ts';
import { StampLog } from '../../src/core/stamp-log.ts';
import { selectTasks } from '../../src/core/target.ts';
import { bareTerms, type Terms } from '../../src/core/terms.ts';
import { FileHistory } from '../../src/history/files.ts';
import { Observer } from '../../src/host/observe.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { isNamedScope } from '../../src/proxmox/sweep.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { repository } from '../bench.ts';
import type { FileSeam } from './seam.ts';

/** No process has it: who died had it. */
const deadPid = 4_194_305;
const terminal = { write: () => {}, columns: 80, isTTY: false, colour: false };

/** Of all stations: two runs of one name would write one journal. */
let runs = 0;

export interface Lived {
  readonly events: readonly RunEvent[];
  /** `task: title facts` of what failed or was blocked. */
  readonly troubles: readonly string[];
  readonly done: readonly string[];
  /** Changing commands and file writes, in order. */
  readonly commands: readonly string[];
}

export class Station {
  readonly graph: TaskGraph<Facts>;
  readonly #scopes: readonly string[];
  readonly #seam: FileSeam;
  /** What a person asks of guests leaves no stamps. */
  readonly #actions: readonly PhxTask[];

  constructor(tasks: readonly PhxTask[], seam: FileSeam, { actions = false } = {}) {
    this.#actions = actions ? tasks : [];
    this.graph = new TaskGraph([...tasks]);
    this.#scopes = tasks.flatMap(({ touches }) => touches.filter(isNamedScope));
    this.#seam = seam;
  }

  /** Runs these tasks alone, one after the other, in the seam's present life. Rejects as the program would. */
  async run(
    tasks: ReadonlySet<number>,
    twin: Twin,
    host: Host = twin,
    terms: Partial<Terms> = {},
  ): Promise<Lived> {
    const cacheDir = this.#seam.folder;
    const name = runName(++runs * 1000, 'fade');
    const io = ioOn(twin);
    // Later than whatever a dead one has left half taken over.
    const lock = lockProject({ ...io, clock: () => Date.now() + 60_000 }, cacheDir, name);
    const events: RunEvent[] = [];
    const log = new CommandLog(join(cacheDir, 'log'), name);
    const emit = (event: RunEvent) => {
      log.event(event);
      events.push(event);
    };
    let opened: (Runnable & { readonly log: StampLog }) | undefined;
    try {
      opened = await this.#open(io, host, cacheDir, terms);
      const selection = { shown: tasks, demanded: tasks, forced: new Set<number>() };
      const options = { run: name, words: ['run'], jobs: 1, keepGoing: true };
      await runOn(io, opened, selection, options, emit);
      return summary(events);
    } finally {
      log.close();
      if (opened) await closeNode({ host, history: opened.history, stamps: opened.log }, lock);
      else lock.release();
    }
  }

  async #open(io: Io, host: Host, cacheDir: string, terms: Partial<Terms>) {
    const stamps = new StampLog(join(cacheDir, 'stamps', 'node.log'));
    const secrets = await SecretBox.open(io, host, new Set());
    return {
      ...{ graph: this.graph, host },
      history: new FileHistory({ folder: journalFolder(cacheDir), isAtWork: () => false }),
      stamps: this.#actions.length > 0 ? unstamped(stamps, this.#actions) : stamps,
      log: stamps,
      phoenix: { name: 'phoenix', plugins: [] },
      terms: { ...bareTerms, reboot: 'wait' as const, ...terms, secrets },
      time: { now: io.clock, sleep: io.sleep },
      sites: onlySite(host, await Observer.begin(host, this.#scopes)),
    };
  }

  /** All tasks that these targets rest on, and their own. */
  closure(targets: readonly string[]): ReadonlySet<number> {
    return this.graph.closure([...selectTasks(this.graph, targets, new Map())]);
  }

  /** The stamps that the present life has on its disk. */
  stamps(): StampLog {
    return new StampLog(join(this.#seam.folder, 'stamps', 'node.log'));
  }

  /** The text of the stamp log; empty when there is none. */
  stampText(): string {
    try {
      return readFileSync(this.stamps().path, 'utf8');
    } catch {
      return '';
    }
  }
}

/** One of its own for each run: a dead one listens for ever, and would be kept with all that it holds. */
function never(): AbortSignal {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return signal;
}

function ioOn(twin: Twin): Io {
  return {
    ...{ cwd: repository, env: {}, pid: deadPid, hostname: 'here', interactive: false },
    ...{ out: terminal, err: terminal },
    clock: () => twin.time.now(),
    sleep: (ms, signal) => twin.time.sleep(ms, signal),
    ask: () => Promise.reject(new Error('nobody can be asked here')),
    lines: () => {
      throw new Error('nobody types here');
    },
    stop: { drain: never(), abort: never() },
  };
}

function summary(events: readonly RunEvent[]): Lived {
  return {
    events,
    troubles: events.flatMap((event) =>
      event.type === 'failed' || event.type === 'blocked'
        ? [
            `${event.task}: ${event.error.title} ${event.error.facts.map((fact) => fact.join(': ')).join('; ')}`,
          ]
        : [],
    ),
    done: events.flatMap((event) => (event.type === 'done' ? [event.task] : [])),
    commands: events.flatMap((event) =>
      event.type === 'done' || event.type === 'failed'
        ? event.commands.map(({ argv }) => argv.join(' '))
        : [],
    ),
  };
}
