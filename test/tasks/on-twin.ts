/** Steps of the small fleet run by the engine on a twin in memory, with a clock that only moves when it is told to. */

import type { PhxTask } from '../../src/config/project.ts';
import type { Problem, RunEvent } from '../../src/core/event.ts';
import { execute } from '../../src/core/execute.ts';
import { TaskGraph } from '../../src/core/graph.ts';
import { type Host, inFrontOf } from '../../src/core/host.ts';
import type { Journal, JournalEntry } from '../../src/core/journal.ts';
import { onlySite } from '../../src/core/site.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import { bareTerms } from '../../src/core/terms.ts';
import { Observer } from '../../src/host/observe.ts';
import { isNamedScope } from '../../src/proxmox/sweep.ts';
import { openTwin, type Twin } from '../../src/twin/twin.ts';
import { hardware } from '../twin/node.ts';
import { tasksOf, type Wishes } from './fleet.ts';

type Intent = JournalEntry & { readonly entry: 'intent' };

/** What became of a run. */
export interface Ran {
  /** Ids of the tasks that were run, in order. */
  readonly started: readonly string[];
  readonly problems: ReadonlyMap<string, Problem>;
  readonly said: readonly string[];
  /** It was killed, and ended nowhere. */
  readonly killed: boolean;
}

export class OnTwin {
  readonly twin: Twin;
  readonly #stamps = new Map<string, Stamp>();
  #now = Date.UTC(2025, 0, 1);
  #died: () => void = () => {};
  #dead = false;
  #meant: Intent[] = [];
  #interrupted: Intent[] = [];

  constructor() {
    const killRun = () => {
      this.#dead = true;
      this.#died();
    };
    this.twin = openTwin({ hardware, clock: () => this.#now, random: () => 0.5, killRun });
  }

  pass(seconds: number): void {
    this.#now += seconds * 1000;
  }

  /** Runs the tasks whose ids match, as one run of phx. */
  async run(wishes: Wishes, which: RegExp, operator?: string): Promise<Ran> {
    const tasks = (await tasksOf(wishes)).filter(({ id }) => which.test(id));
    const known = new Set(tasks.map(({ id }) => id));
    const alone = tasks.map(
      (task): PhxTask => ({
        ...task,
        dependencies: task.dependencies.filter((edge) => known.has(edge.task)),
      }),
    );
    const events: RunEvent[] = [];
    this.#dead = false;
    const death = new Promise<void>((resolve) => {
      this.#died = resolve;
    });
    await Promise.race([this.#execute(alone, operator, (event) => events.push(event)), death]);
    if (this.#dead) this.#interrupted.push(...this.#meant);
    this.#meant = [];
    return {
      started: events.flatMap((event) => (event.type === 'started' ? [event.task] : [])),
      problems: new Map(events.flatMap((event) => ('error' in event ? [[event.task, event.error]] : []))),
      said: events.flatMap((event) => (event.type === 'line' ? [event.text] : [])),
      killed: this.#dead,
    };
  }

  async #execute(tasks: readonly PhxTask[], operator: string | undefined, emit: (event: RunEvent) => void) {
    const host = this.#mortal();
    const all = new Set(tasks.map((_, at) => at));
    const never = new AbortController().signal;
    await execute({
      ...{ run: 'now', jobs: 1, keepGoing: false, widths: new Map(), emit },
      terms: { ...bareTerms, operator },
      clock: () => this.#now,
      graph: new TaskGraph([...tasks]),
      selection: { shown: all, demanded: all, forced: new Set() },
      sites: onlySite(
        host,
        await Observer.begin(host, tasks.flatMap(({ touches }) => touches).filter(isNamedScope)),
      ),
      stamps: {
        get: (id) => this.#stamps.get(id),
        put: (stamp) => void this.#stamps.set(stamp.task, stamp),
        all: () => this.#stamps.values(),
        commit: () => {},
      },
      journal: this.#journal(),
      ...{ diagnose: () => undefined, digestFile: () => undefined, env: () => undefined },
      time: { now: () => this.#now, sleep: async (ms) => this.pass(ms / 1000) },
      random: () => 'token',
      stop: { drain: never, abort: never },
    });
  }

  /** Remembers the intents of runs that were killed, as a journal on disk does. */
  #journal(): Journal {
    return {
      write: (entry) => {
        if (entry.entry === 'intent') this.#meant.push(entry);
      },
      intended: (words, settled = () => false) =>
        this.#interrupted.findLast(
          ({ argv, task, at }) => words.every((word, index) => argv[index] === word) && !settled(task, at),
        )?.at,
    };
  }

  /** The twin for one run: once that is killed, nothing that it asked for is ever answered. */
  #mortal(): Host {
    const { twin } = this;
    const alive = async <T>(answer: Promise<T>): Promise<T> => {
      const value = await answer;
      return this.#dead ? new Promise<T>(() => {}) : value;
    };
    return inFrontOf(twin, { run: (command) => alive(twin.run(command)) });
  }
}
