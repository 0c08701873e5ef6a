/**
 * Which ready task starts next: the longest remaining path first, then age; only when all its pools are free at once.
 * A task that was passed over 16 times reserves its pools. Pure state; it starts nothing itself.
 */

/**
 * Pool name → how many may hold it at once; a pool without an entry has width 1. What a pool is called on one of several
 * machines (`apt:host@pve2`) is as wide as its name before the `@`.
 */
export type PoolWidths = ReadonlyMap<string, number>;

/** What a task holds while it runs. */
export interface Holds {
  readonly pools: readonly string[];
  /** Runs alone on its machine. */
  readonly exclusive?: boolean;
  /** One of several machines; all tasks of a single one say the same. */
  readonly machine?: string;
  /** Another one that it is at work on, too. */
  readonly also?: string;
}

interface Waiting {
  readonly task: number;
  readonly pools: readonly string[];
  readonly exclusive: boolean;
  readonly machine: string;
  readonly machines: readonly string[];
  readonly rank: number;
  readonly age: number;
  passed: number;
  /** What was in its way when it was looked at last. */
  obstacle?: string;
}

const patience = 16;

export class Schedule {
  readonly #jobs: number;
  readonly #widths: PoolWidths;
  readonly #held = new Map<string, number>();
  readonly #reserved = new Map<string, Waiting>();
  readonly #running = new Map<number, Waiting>();
  /** Kept sorted: best first. */
  #waiting: Waiting[] = [];
  #age = 0;
  /** Machine → how many run there. */
  readonly #working = new Map<string, number>();
  /** Machines on which one runs alone. */
  readonly #alone = new Set<string>();
  /** Machines on which nothing starts before one that will run alone. */
  readonly #cleared = new Set<string>();

  constructor(jobs: number, widths: PoolWidths) {
    this.#jobs = jobs;
    this.#widths = widths;
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes a task into the queue. `rank` is the length of the longest path that still hangs on it. */
  add(task: number, rank: number, { pools, exclusive = false, machine = '', also }: Holds): void {
    const entry: Waiting = {
      task,
      pools: [...new Set(pools)].sort(),
      exclusive,
      machine,
      machines: also === undefined ? [machine] : [machine, also],
      rank,
      age: this.#age++,
      passed: 0,
    };
    let low = 0;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(this.#waiting[middle], entry)) low = middle + 1;
      else high = middle;
    }
    this.#waiting.splice(low, 0, entry);
  }

  /** The next task that may start now, its pools taken; undefined when none may. */
  take(): number | undefined {
    if (this.#running.size >= this.#jobs) return undefined;
    for (let at = 0; at < this.#waiting.length; at++) {
      const entry = this.#waiting[at];
      if (!entry) break;
      const obstacle = this.#obstacleOf(entry);
      if (obstacle !== undefined) entry.obstacle = obstacle;
      else {
        this.#waiting.splice(at, 1);
        this.#start(entry);
        for (const other of this.#waiting.slice(0, at)) this.#passOver(other, entry);
        return entry.task;
      }
      if (entry.exclusive && entry.passed >= patience) this.#cleared.add(entry.machine);
    }
    return undefined;
  }

  /** What a task that was just started had waited for; `jobs` where nothing but a free place was missing. */
  waitedOn(task: number): string {
    return this.#running.get(task)?.obstacle ?? 'jobs';
  }

  /** Gives back what a running task held. */
  release(task: number): void {
    const entry = this.#running.get(task);
    if (!entry) return;
    const { machine, machines } = entry;
    this.#running.delete(task);
    for (const each of machines) this.#working.set(each, (this.#working.get(each) ?? 1) - 1);
    if (entry.exclusive) this.#alone.delete(machine);
    for (const pool of entry.pools) this.#held.set(pool, (this.#held.get(pool) ?? 1) - 1);
  }

  /** Empties the queue; what runs goes on. Answers what was waiting. */
  drain(): number[] {
    const tasks = this.#waiting.map((entry) => entry.task);
    this.#waiting = [];
    return tasks;
  }

  /** Whether somebody at work there keeps it from starting. */
  #isOccupied({ machines, exclusive }: Waiting): boolean {
    return machines.some(
      (machine) => this.#alone.has(machine) || (exclusive && (this.#working.get(machine) ?? 0) > 0),
    );
  }

  /** A pool that has no room for it, or `alone`; undefined where it may start. */
  #obstacleOf(entry: Waiting): string | undefined {
    if (this.#isOccupied(entry)) return 'alone';
    if (entry.machines.some((machine) => this.#cleared.has(machine)) && !entry.exclusive) return 'alone';
    return entry.pools.find((pool) => {
      const owner = this.#reserved.get(pool);
      if (owner && owner !== entry && !entry.exclusive) return true;
      return (this.#held.get(pool) ?? 0) >= this.#widthOf(pool);
    });
  }

  #widthOf(pool: string): number {
    const at = pool.lastIndexOf('@');
    return this.#widths.get(pool) ?? (at < 0 ? undefined : this.#widths.get(pool.slice(0, at))) ?? 1;
  }

  #start(entry: Waiting): void {
    const { machine, machines } = entry;
    this.#running.set(entry.task, entry);
    for (const each of machines) this.#working.set(each, (this.#working.get(each) ?? 0) + 1);
    if (entry.exclusive) {
      this.#alone.add(machine);
      this.#cleared.delete(machine);
    }
    for (const pool of entry.pools) {
      this.#held.set(pool, (this.#held.get(pool) ?? 0) + 1);
      if (this.#reserved.get(pool) === entry) this.#reserved.delete(pool);
    }
  }

  #passOver(entry: Waiting, started: Waiting): void {
    const beside = entry.exclusive && started.machines.includes(entry.machine);
    const competes = beside || entry.pools.some((pool) => started.pools.includes(pool));
    if (!competes) return;
    entry.passed++;
    if (entry.passed < patience || entry.pools.some((pool) => this.#reserved.has(pool))) return;
    for (const pool of entry.pools) this.#reserved.set(pool, entry);
  }
}

function before(a: Waiting | undefined, b: Waiting): boolean {
  if (!a) return false;
  return a.rank > b.rank || (a.rank === b.rank && a.age < b.age);
}

/**
 * For each task of `order` the length of the longest path from its start to the end of everything that waits for it.
 * `order` is topological; tasks outside `within` count nothing.
 */
export function longestPaths(
  order: readonly number[],
  dependents: readonly (readonly number[])[],
  within: ReadonlySet<number>,
  duration: (task: number) => number,
): Float64Array {
  const rank = new Float64Array(dependents.length);
  for (let at = order.length - 1; at >= 0; at--) {
    const task = order[at];
    if (task === undefined || !within.has(task)) continue;
    let longest = 0;
    for (const dependent of dependents[task] ?? []) {
      if (within.has(dependent)) longest = Math.max(longest, rank[dependent] ?? 0);
    }
    rank[task] = longest + duration(task);
  }
  return rank;
}
