/**
 * The run: judges each task after its dependencies have ended and runs what is stale. One state a task, set in one
 * place. Knows no Proxmox, no process and no terminal: all that is handed in.
 */

import { type AttemptSetup, attempt, type Ending, type Judged } from './attempt.ts';
import { createContext, type RunScope } from './context.ts';
import { LostError, problemOf } from './error.ts';
import type { Counts, Course, RunEvent } from './event.ts';
import { Examiner } from './examine.ts';
import type { TaskGraph } from './graph.ts';
import { longestPaths, type PoolWidths, Schedule } from './schedule.ts';
import { holdsOf } from './site.ts';
import type { TargetEnding, Task } from './task.ts';

/** Which tasks a run is about. */
export interface Selection {
  /** Judged and shown: what was named, with all it depends on. */
  readonly shown: ReadonlySet<number>;
  /** Run when stale; the others are kept as they stand. */
  readonly demanded: ReadonlySet<number>;
  /** Run whatever the judge says. */
  readonly forced: ReadonlySet<number>;
}

export interface Stopper {
  /** Aborted when no further task may start. */
  readonly drain: AbortSignal;
  /** Aborted when running commands must end, too. */
  readonly abort: AbortSignal;
}

export interface RunSetup<Facts>
  extends Omit<RunScope<Facts>, 'abort' | 'shared' | 'leases' | 'line'>,
    Pick<AttemptSetup<Facts>, 'run' | 'diagnose'> {
  readonly graph: TaskGraph<Facts>;
  readonly selection: Selection;
  readonly jobs: number;
  readonly keepGoing: boolean;
  readonly widths: PoolWidths;
  readonly stop: Stopper;
  readonly digestFile: (path: string) => string | undefined;
  /** How long a task took elsewhere, in milliseconds, where no stamp says it. */
  readonly took?: ReadonlyMap<string, number>;
  readonly emit: (event: RunEvent) => void;
}

export interface RunResult extends Counts {
  readonly ms: number;
  readonly interrupted: boolean;
  /** A task stopped at a gate. */
  readonly gate: boolean;
  /** A task failed because a command did not end in time. */
  readonly deadline: boolean;
}

/** Runs what is stale among the demanded tasks; ends when nothing runs and nothing may start. */
export async function execute<Facts>(setup: RunSetup<Facts>): Promise<RunResult> {
  return new Run(setup).toTheEnd();
}

type State = 'waiting' | 'queued' | 'running' | keyof Counts;

const unknownDuration = 1000;

class Run<Facts> {
  readonly #setup: RunSetup<Facts>;
  readonly #graph: TaskGraph<Facts>;
  readonly #scope: RunScope<Facts>;
  readonly #examiner: Examiner<Facts>;
  readonly #schedule: Schedule;
  readonly #rank: Float64Array;
  readonly #state: State[];
  /** How many shown dependencies of a task have not ended yet. */
  readonly #waitsFor: Int32Array;
  readonly #judged = new Map<number, Judged>();
  /** When a queued task could have started, and after whose end. */
  readonly #queued = new Map<number, Pick<Course, 'after'> & { readonly at: number }>();
  /** The task that ran and was the last to end of those that a task rests on. */
  readonly #lastToEnd = new Map<number, number>();
  /** Tasks whose dependencies have ended and that were not judged yet. */
  readonly #ready: number[] = [];
  readonly #counts: Record<keyof Counts, number>;
  /** What is told of the tasks that did not come to a good end. */
  readonly #troubles = new Map<number, string>();
  /** Machine out of reach → the task that told of it: all others there are not run because of the same. */
  readonly #away = new Map<string, string>();
  /** The task that gave free what it held last. */
  #released: number | undefined;
  #stopped: string | undefined;
  #gate = false;
  #deadline = false;
  #wake: () => void = () => {};
  /** What nobody foresaw: whoever listens to this run has thrown. */
  #broken: { readonly by: unknown } | undefined;

  constructor(setup: RunSetup<Facts>) {
    this.#setup = setup;
    this.#graph = setup.graph;
    this.#scope = {
      ...setup,
      abort: setup.stop.abort,
      shared: new Map(),
      leases: new Map(),
      line: (task, stream, text) => setup.emit({ type: 'line', task, stream, text }),
    };
    this.#examiner = new Examiner({ ...setup, forced: setup.selection.forced });
    this.#schedule = new Schedule(setup.jobs, setup.widths);
    this.#counts = { done: 0, fresh: 0, kept: 0, failed: 0, outdated: 0, blocked: 0, cancelled: 0 };
    const { order, dependencies, dependents, tasks } = setup.graph;
    const { shown } = setup.selection;
    this.#rank = longestPaths(order, dependents, shown, (at) => this.#expected(at));
    this.#state = tasks.map(() => 'waiting');
    this.#waitsFor = new Int32Array(tasks.length);
    for (const at of order) {
      if (!shown.has(at)) continue;
      const count = (dependencies[at] ?? []).filter((edge) => shown.has(edge.to)).length;
      this.#waitsFor[at] = count;
      if (count === 0) this.#ready.push(at);
    }
    this.#ready.reverse();
  }

  async toTheEnd(): Promise<RunResult> {
    const { clock, emit, stop } = this.#setup;
    const started = clock();
    for (;;) {
      if (this.#broken) await this.#breakDown(this.#broken.by);
      this.#judgeReady();
      if (stop.drain.aborted) this.#stopStarting('interrupted');
      this.#startWhatMay();
      if (this.#ready.length > 0) continue;
      if (this.#schedule.running === 0) {
        if (this.#schedule.waiting === 0) break;
        throw new Error('nothing runs and nothing may start: the pools are inconsistent');
      }
      await this.#somethingEnds();
    }
    await this.#releaseLeases();
    const ms = clock() - started;
    emit({ type: 'summary', ms, ...this.#counts });
    const interrupted = stop.drain.aborted;
    return { ...this.#counts, ms, interrupted, gate: this.#gate, deadline: this.#deadline };
  }

  #expected(at: number): number {
    const { id } = this.#graph.at(at);
    const stamp = this.#setup.stamps.get(id);
    const ms = stamp?.state === 'done' ? stamp.ms : (this.#setup.took?.get(id) ?? unknownDuration);
    return Math.max(1, ms);
  }

  #somethingEnds(): Promise<void> {
    const { drain } = this.#setup.stop;
    return new Promise((resolve) => {
      const wake = () => {
        drain.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      if (!drain.aborted) drain.addEventListener('abort', wake);
    });
  }

  #judgeReady(): void {
    for (let at = this.#ready.pop(); at !== undefined; at = this.#ready.pop()) this.#judgeOne(at);
  }

  #judgeOne(at: number): void {
    const { emit, selection } = this.#setup;
    const task = this.#graph.at(at);
    const cause = this.#heldUpBy(at);
    if (cause !== undefined) {
      this.#cancel(at, cause);
      return;
    }
    const { verdict, fingerprint } = this.#examiner.examine(at);
    if (verdict.verdict === 'fresh') {
      emit({ type: 'fresh', task: task.id });
      this.#settle(at, 'fresh');
    } else if (verdict.verdict === 'outdated') {
      emit({ type: 'outdated', task: task.id, message: verdict.message });
      this.#settle(at, 'outdated');
    } else if (verdict.verdict === 'blocked') {
      const { machine } = verdict;
      const first = machine === undefined ? undefined : this.#away.get(machine);
      if (first !== undefined) {
        this.#cancel(at, first);
        return;
      }
      if (machine !== undefined) this.#away.set(machine, task.id);
      emit({ type: 'blocked', task: task.id, error: verdict.problem });
      this.#troubles.set(at, verdict.problem.title);
      this.#settle(at, 'blocked');
    } else if (!selection.demanded.has(at)) {
      emit({ type: 'kept', task: task.id, because: verdict.because });
      this.#settle(at, 'kept');
    } else if (this.#stopped !== undefined) {
      this.#cancel(at, this.#stopped);
    } else {
      this.#judged.set(at, { because: verdict.because, fingerprint });
      this.#state[at] = 'queued';
      this.#queued.set(at, { at: this.#setup.clock(), ...this.#after(at) });
      this.#schedule.add(at, this.#rank[at] ?? 0, holdsOf(task, this.#setup.sites));
    }
  }

  #after(at: number): Pick<Course, 'after'> {
    const last = this.#lastToEnd.get(at);
    return last === undefined ? {} : { after: this.#graph.at(last).id };
  }

  /** The dependency because of which a task cannot go on, if there is one. */
  #heldUpBy(at: number): string | undefined {
    const { target } = this.#graph.at(at);
    for (const { to, dependency } of this.#graph.dependencies[at] ?? []) {
      if (dependency.kind === 'after' || !this.#examiner.isNeeded(at, dependency)) continue;
      const state = this.#state[to];
      if (state !== 'failed' && state !== 'blocked' && state !== 'cancelled') continue;
      const other = this.#graph.at(to);
      const stands =
        state !== 'failed' &&
        this.#stopped === undefined &&
        other.target !== target &&
        this.#examiner.standsAsRecorded(to);
      if (!stands) return other.id;
    }
    return undefined;
  }

  #startWhatMay(): void {
    for (let at = this.#schedule.take(); at !== undefined; at = this.#schedule.take()) {
      this.#state[at] = 'running';
      void this.#runTask(at).catch((error: unknown) => this.#breakOff(at, error));
    }
  }

  #breakOff(at: number, error: unknown): void {
    this.#broken ??= { by: error };
    this.#schedule.release(at);
    this.#wake();
  }

  /** Rejects when all that runs has ended: nobody may think it over while a command is at work. */
  async #breakDown(error: unknown): Promise<never> {
    this.#schedule.drain();
    while (this.#schedule.running > 0) await this.#somethingEnds();
    throw error;
  }

  /** From now on nothing is started; what runs may end. */
  #stopStarting(cause: string): void {
    this.#stopped ??= cause;
    for (const at of this.#schedule.drain()) this.#cancel(at, this.#stopped);
  }

  #cancel(at: number, cause: string): void {
    this.#setup.emit({ type: 'cancelled', task: this.#graph.at(at).id, cause });
    this.#troubles.set(at, `not run: ${cause}`);
    this.#settle(at, 'cancelled');
  }

  #settle(at: number, state: keyof Counts): void {
    this.#state[at] = state;
    this.#counts[state]++;
    for (const dependent of this.#graph.dependents[at] ?? []) {
      if (!this.#setup.selection.shown.has(dependent)) continue;
      if (state === 'done') this.#lastToEnd.set(dependent, at);
      const left = (this.#waitsFor[dependent] ?? 0) - 1;
      this.#waitsFor[dependent] = left;
      if (left === 0) this.#ready.push(dependent);
    }
  }

  async #runTask(at: number): Promise<void> {
    const task = this.#graph.at(at);
    const judged = this.#judged.get(at) ?? { because: [], fingerprint: {} };
    const { because } = judged;
    const { emit, run, diagnose, keepGoing } = this.#setup;
    let tries = 0;
    const started = (attempt: number) => {
      tries = attempt;
      emit({ type: 'started', task: task.id, because, attempt });
    };
    const course = this.#courseOf(at);
    const ending = await attempt(task, judged, { run, scope: this.#scope, diagnose, started });
    this.#tell(task, judged, ending, { ...course, tries });
    if (ending.state !== 'done') this.#troubles.set(at, ending.problem.title);
    this.#settle(at, ending.state);
    this.#schedule.release(at);
    this.#released = at;
    if (ending.state === 'failed' && !keepGoing) this.#stopStarting(`stopped after ${task.id} failed`);
    this.#wake();
  }

  #courseOf(at: number): Omit<Course, 'tries'> {
    const { at: since, ...after } = this.#queued.get(at) ?? { at: this.#setup.clock() };
    const waited = this.#setup.clock() - since;
    if (waited === 0) return { waited, ...after };
    // It could have gone on before: what let it is the end of whoever gave free what it waited for.
    const released = this.#released === undefined ? after : { after: this.#graph.at(this.#released).id };
    return { waited, on: this.#schedule.waitedOn(at), ...released };
  }

  #tell(task: Task<Facts>, { because }: Judged, ending: Ending, course: Course): void {
    const { emit } = this.#setup;
    const { ms, commands } = ending;
    if (ending.state === 'done') emit({ type: 'done', task: task.id, ms, because, commands, course });
    else if (ending.state === 'failed') {
      this.#deadline ||= ending.deadline;
      emit({ type: 'failed', task: task.id, ms, because, commands, course, error: ending.problem });
    } else {
      this.#gate ||= ending.gate;
      emit({ type: 'blocked', task: task.id, error: ending.problem });
    }
  }

  async #releaseLeases(): Promise<void> {
    const { emit, stop } = this.#setup;
    if (stop.abort.aborted) return;
    for (const [name, { target, release, whereabouts }] of this.#scope.leases) {
      try {
        const task = { ...leaseTask<Facts>(name), ...(whereabouts ? { whereabouts } : {}) };
        const give = () => release(createContext(task, this.#scope), this.#endingOf(target));
        // It looks before it acts: where the connection was lost it is not known how that ended.
        const text = await give().catch((error: unknown) => {
          if (error instanceof LostError) return give();
          throw error;
        });
        if (text !== undefined) emit({ type: 'notice', text });
      } catch (error) {
        emit({ type: 'notice', text: `${name}: ${problemOf(error).title}` });
      }
    }
  }

  #endingOf(target: string): TargetEnding {
    const own = this.#graph.order.filter((at) => this.#graph.at(at).target === target);
    const troubles = own.flatMap((at) => {
      const title = this.#troubles.get(at);
      return title === undefined ? [] : [{ task: this.#graph.at(at).id, title }];
    });
    return { whole: own.every((at) => this.#setup.selection.shown.has(at)), troubles };
  }
}

/** Giving back a lease is journalled and logged like a task, but it is no node of the graph and leaves no stamp. */
function leaseTask<Facts>(name: string): Task<Facts> {
  const nothing = { config: {}, dependencies: [], touches: [], run: async () => undefined };
  return { id: `${name}/release`, target: name, title: 'give back a lease', revision: '', ...nothing };
}
