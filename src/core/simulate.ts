/** How long a run would take: the scheduler's own choices over known durations, without running anything. Pure. */

import type { TaskGraph } from './graph.ts';
import { longestPaths, type PoolWidths, Schedule } from './schedule.ts';
import { holdsOf, type Sites } from './site.ts';

export interface SimulationSetup<Facts> {
  readonly graph: TaskGraph<Facts>;
  /** The tasks that would run; what is in between counts nothing. */
  readonly durations: ReadonlyMap<number, number>;
  readonly jobs: number;
  readonly widths: PoolWidths;
  readonly sites: Sites<Facts>;
}

export interface Slot {
  readonly task: number;
  /** Milliseconds from the beginning. */
  readonly start: number;
  readonly ms: number;
}

export interface Simulation {
  /** In the order of their starts. */
  readonly slots: readonly Slot[];
  /** Milliseconds until all are done. */
  readonly makespan: number;
  /** One after the other. */
  readonly serial: number;
  /** The chain of tasks that no number of jobs makes shorter, first to last. */
  readonly chain: readonly number[];
}

export function simulate<Facts>({
  graph,
  durations,
  jobs,
  widths,
  sites,
}: SimulationSetup<Facts>): Simulation {
  const length = (task: number) => durations.get(task) ?? 0;
  const all = new Set(graph.order);
  const rank = longestPaths(graph.order, graph.dependents, all, length);
  const left = graph.order.map(() => 0);
  for (const task of graph.order) left[task] = graph.dependencies[task]?.length ?? 0;
  const schedule = new Schedule(jobs, widths);
  const ready = graph.order.filter((task) => left[task] === 0).reverse();
  const running: Slot[] = [];
  const slots: Slot[] = [];
  let now = 0;
  const end = (task: number) => {
    for (const to of graph.dependents[task] ?? []) {
      left[to] = (left[to] ?? 0) - 1;
      if (left[to] === 0) ready.push(to);
    }
  };
  for (;;) {
    for (let task = ready.pop(); task !== undefined; task = ready.pop()) {
      if (durations.has(task)) schedule.add(task, rank[task] ?? 0, holdsOf(graph.at(task), sites));
      else end(task);
    }
    for (let task = schedule.take(); task !== undefined; task = schedule.take()) {
      const slot = { task, start: now, ms: length(task) };
      running.push(slot);
      slots.push(slot);
    }
    const next = running.sort((a, b) => a.start + a.ms - (b.start + b.ms)).shift();
    if (!next) break;
    now = next.start + next.ms;
    schedule.release(next.task);
    end(next.task);
  }
  const serial = [...durations.values()].reduce((sum, ms) => sum + ms, 0);
  return { slots, makespan: now, serial, chain: chainOf(graph, rank, durations) };
}

/** From the task with the most behind it, always on to the one with the most behind it. */
function chainOf<Facts>(
  graph: TaskGraph<Facts>,
  rank: Float64Array,
  durations: ReadonlyMap<number, number>,
): number[] {
  const behind = (task: number) => rank[task] ?? 0;
  const longest = (tasks: readonly number[]) => {
    const [first, ...others] = tasks.filter((task) => behind(task) > 0);
    return others.reduce((best, task) => (behind(task) > behind(best ?? -1) ? task : best), first);
  };
  const chain: number[] = [];
  for (
    let task = longest(graph.order.filter((one) => graph.dependencies[one]?.length === 0));
    task !== undefined;
    task = longest(graph.dependents[task] ?? [])
  )
    chain.push(task);
  return chain.filter((task) => durations.has(task));
}
