/** The graph of all tasks: checked once (ids, edges, cycles, all errors together), then dense arrays. Knows no Proxmox. */

import { Graph } from '@dagrejs/graphlib';
import { PhxError } from './error.ts';
import { didYouMean } from './suggest.ts';
import type { Dependency, Task } from './task.ts';

/** An edge by the index of the task that comes first. */
export interface Edge<Facts> {
  readonly to: number;
  readonly dependency: Dependency<Facts>;
}

export class TaskGraph<Facts> {
  readonly tasks: readonly Task<Facts>[];
  readonly index: ReadonlyMap<string, number>;
  /** What each task waits for. */
  readonly dependencies: readonly (readonly Edge<Facts>[])[];
  /** Who waits for each task. */
  readonly dependents: readonly (readonly number[])[];
  /** Every task after all it depends on; otherwise in the order in which the tasks were given. */
  readonly order: readonly number[];
  /** Target → its tasks, in topological order. */
  readonly targets: ReadonlyMap<string, readonly number[]>;

  constructor(tasks: readonly Task<Facts>[]) {
    this.tasks = tasks;
    const { index, problems } = indexTasks(tasks);
    this.index = index;
    const dependents: number[][] = tasks.map(() => []);
    this.dependencies = tasks.map((task, from) => {
      const edges: Edge<Facts>[] = [];
      for (const dependency of task.dependencies) {
        const to = index.get(dependency.task);
        if (to === undefined) {
          if (dependency.kind !== 'after') problems.push(unknownDependency(task, dependency.task, index));
        } else {
          edges.push({ to, dependency });
          dependents[to]?.push(from);
        }
      }
      return edges;
    });
    this.dependents = dependents;
    this.order = topological(this.dependencies, dependents);
    if (this.order.length < tasks.length) problems.push(describeCycle(this, this.order));
    if (problems.length > 0) {
      const [first, ...more] = problems;
      throw new PhxError('graph', {
        title: first ?? '',
        facts: more.map((problem) => ['also', problem] as const),
      });
    }
    const targets = new Map<string, number[]>();
    for (const at of this.order) {
      const target = tasks[at]?.target ?? '';
      const own = targets.get(target);
      if (own) own.push(at);
      else targets.set(target, [at]);
    }
    this.targets = targets;
  }

  /** The task at an index of `order`, `dependents` or an edge. */
  at(index: number): Task<Facts> {
    const task = this.tasks[index];
    if (!task) throw new RangeError(`no task at ${index}`);
    return task;
  }

  /** These tasks and all that they depend on, however far. */
  closure(
    from: Iterable<number>,
    follow: (edge: Edge<Facts>, from: number) => boolean = () => true,
  ): Set<number> {
    const seen = new Set<number>(from);
    const stack = [...seen];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      for (const edge of this.dependencies[at] ?? []) {
        if (seen.has(edge.to) || edge.dependency.kind === 'after' || !follow(edge, at)) continue;
        seen.add(edge.to);
        stack.push(edge.to);
      }
    }
    return seen;
  }

  /** The same graph for graph algorithms and drawings: nodes by task id, edges from what comes first. */
  toGraphlib(within?: ReadonlySet<number>): Graph {
    const graph = new Graph({ directed: true });
    for (const at of this.order) {
      if (within && !within.has(at)) continue;
      const task = this.at(at);
      graph.setNode(task.id, { title: task.title, target: task.target });
      for (const edge of this.dependencies[at] ?? []) {
        if (!within || within.has(edge.to)) graph.setEdge(this.at(edge.to).id, task.id, edge.dependency.kind);
      }
    }
    return graph;
  }
}

function indexTasks(tasks: readonly { readonly id: string }[]): {
  index: Map<string, number>;
  problems: string[];
} {
  const index = new Map<string, number>();
  const problems: string[] = [];
  tasks.forEach((task, at) => {
    if (index.has(task.id)) problems.push(`Two tasks have the id ${task.id}`);
    index.set(task.id, at);
  });
  return { index, problems };
}

function unknownDependency(
  task: { readonly id: string },
  wanted: string,
  index: ReadonlyMap<string, number>,
): string {
  const hint = didYouMean(wanted, index.keys());
  return `${task.id} depends on ${wanted}, which does not exist${hint ? ` (${hint})` : ''}`;
}

/** Kahn's algorithm, without recursion: a chain of 50,000 tasks is an ordinary graph. Tasks on a cycle are left out. */
function topological(
  dependencies: readonly (readonly { readonly to: number }[])[],
  dependents: readonly (readonly number[])[],
): number[] {
  const waiting = dependencies.map((edges) => edges.length);
  const order: number[] = [];
  waiting.forEach((count, at) => {
    if (count === 0) order.push(at);
  });
  for (let next = 0; next < order.length; next++) {
    for (const at of dependents[order[next] ?? -1] ?? []) {
      const left = (waiting[at] ?? 0) - 1;
      waiting[at] = left;
      if (left === 0) order.push(at);
    }
  }
  return order;
}

/** Walks backwards among the tasks that could not be ordered until one comes twice: that stretch is a cycle. */
function describeCycle<Facts>(graph: TaskGraph<Facts>, ordered: readonly number[]): string {
  const done = new Set(ordered);
  let at = graph.tasks.findIndex((_, index) => !done.has(index));
  const position = new Map<number, number>();
  const path: number[] = [];
  while (!position.has(at)) {
    position.set(at, path.length);
    path.push(at);
    at = graph.dependencies[at]?.find((edge) => !done.has(edge.to))?.to ?? at;
  }
  const cycle = [...path.slice(position.get(at)), at].map((index) => graph.at(index).id);
  return `Tasks wait for each other: ${cycle.join(' → ')}`;
}
