/** Puts one mutation to the engine on a copy of the built twin, and says all that came of it. It judges nothing. */

import { ConfigError } from '../../src/config/problem.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import { Bench, type BenchRun } from '../bench.ts';
import type { Mutation } from './leaves.ts';
import { type Project, projectWith } from './project.ts';

export type Class = 'invalid' | 'blocked' | 'failed' | 'runs' | 'nothing';

/** What came of a mutation. */
export interface Outcome {
  readonly class: Class;
  /** What is wrong with the configuration, with its place; what stopped a task, with its id. */
  readonly words: readonly string[];
  /** Ids of the tasks that ran to a good end, in their order. */
  readonly runs: readonly string[];
  /** Ids of those that were blocked or failed. */
  readonly stopped: readonly string[];
  /** There unless the configuration is refused. */
  readonly after?: { readonly project: Project; readonly bench: Bench };
}

/** The fleet as it stands, everything fresh. */
export interface Built extends Project {
  readonly bench: Bench;
  /** By id. */
  readonly byId: ReadonlyMap<string, PhxTask>;
}

export async function buildFleet(): Promise<Built> {
  const project = await projectWith();
  // The newest Proxmox VE, so that no key is refused.
  const bench = Bench.fresh(project.fleet, { pve: '9.2' });
  const { troubles } = await bench.run(project.tasks, ['all']);
  const again = await bench.stale(project.tasks);
  if (troubles.length + again.length > 0) throw new Error(`not built: ${[...troubles, ...again].join(', ')}`);
  return { ...project, bench, byId: new Map(project.tasks.map((task) => [task.id, task])) };
}

export async function tryOut(built: Built, { file, text }: Mutation): Promise<Outcome> {
  let project: Project;
  try {
    project = await projectWith(file, text);
  } catch (error) {
    return { class: 'invalid', words: refusalOf(error), runs: [], stopped: [] };
  }
  const bench = built.bench.copy();
  const run = await bench.run(project.tasks, ['all']);
  const stopped = stoppedBy(run);
  const failed = run.events.some(({ type }) => type === 'failed');
  const some = run.done.length > 0 ? 'runs' : 'nothing';
  return {
    class: failed ? 'failed' : stopped.length > 0 ? 'blocked' : some,
    ...{ words: run.troubles, runs: run.done, stopped, after: { project, bench } },
  };
}

export function stoppedBy({ events }: BenchRun): string[] {
  return events.flatMap((event) => (event.type === 'failed' || event.type === 'blocked' ? [event.task] : []));
}

/** Anything else than a refusal in words is a defect. */
function refusalOf(error: unknown): string[] {
  if (error instanceof ConfigError)
    return error.problems
      .filter(({ severity }) => severity === 'error')
      .map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
  if (error instanceof PhxError && (error.exit === 'config' || error.exit === 'graph'))
    return [[error.message, ...error.problem.facts.map((fact) => fact.join(': '))].join('; ')];
  throw error;
}
