/**
 * How long what is left of a run would take, by what its tasks took before: for the live view. It never guesses: where too
 * little is known it says nothing.
 */

import type { Selection } from '../core/execute.ts';
import { type SimulationSetup, simulate } from '../core/simulate.ts';
import type { Forecast } from '../report/reporter.ts';
import { examinerOf } from './examiner.ts';
import type { Io } from './io.ts';
import type { Opened } from './open.ts';

/** Of the tasks that are likely to run so many must have a duration, or there is no forecast. */
const enough = 0.8;

export function forecastOf(io: Io, opened: Opened, selection: Selection, jobs: number): Forecast {
  const { graph, stamps, sites } = opened;
  // Taken now: a task that runs has no former duration any more.
  const took = new Map<number, number>();
  for (const at of selection.shown) {
    const stamp = stamps.get(graph.at(at).id);
    if (stamp?.state === 'done' && stamp.ms > 0) took.set(at, stamp.ms);
  }
  return forecastFrom({
    ...{ graph, sites, jobs, widths: new Map(Object.entries(opened.phoenix.pools ?? {})), took },
    likely: () => likelyToRun(io, opened, selection),
  });
}

export interface ForecastSetup<Facts> extends Omit<SimulationSetup<Facts>, 'durations'> {
  /** What tasks took before, in milliseconds. */
  readonly took: ReadonlyMap<number, number>;
  /** Tasks that are likely to run; asked when the first is at work. */
  readonly likely: () => readonly number[];
}

export function forecastFrom<Facts>({ took, likely, ...setup }: ForecastSetup<Facts>): Forecast {
  const { graph } = setup;
  const alike = mediansByStep(took, (at) => stepKind(graph.at(at)));
  let wanted: readonly number[] | undefined;
  return {
    usual: (task) => {
      const at = graph.index.get(task);
      return at === undefined ? undefined : took.get(at);
    },
    remaining: (settled, running) => {
      wanted ??= likely();
      const left = wanted.filter((at) => !settled(graph.at(at).id));
      const durations = new Map<number, number>();
      for (const at of left) {
        const whole = took.get(at) ?? alike.get(stepKind(graph.at(at)));
        const since = running.get(graph.at(at).id) ?? 0;
        // What takes longer than ever before goes on for a while yet.
        if (whole !== undefined) durations.set(at, Math.max(whole - since, since / 10));
      }
      if (left.length > 0 && durations.size / left.length < enough) return undefined;
      return simulate({ ...setup, durations }).makespan;
    },
  };
}

/** What is stale now, and what reads its results: the most that will run. */
function likelyToRun(io: Io, opened: Opened, { shown, demanded, forced }: Selection): number[] {
  const { graph } = opened;
  const examiner = examinerOf(io, opened);
  const likely = new Set<number>();
  for (const at of graph.order) {
    if (!shown.has(at) || !demanded.has(at)) continue;
    const reads = (graph.dependencies[at] ?? []).some(
      ({ to, dependency }) => dependency.kind === 'result' && likely.has(to),
    );
    if (reads || forced.has(at) || examiner.examine(at).verdict.verdict === 'stale') likely.add(at);
  }
  return [...likely];
}

/** `ctid:950/feature:docker` is like `ctid:951/feature:docker`. */
function stepKind({ id, target }: { readonly id: string; readonly target: string }): string {
  return `${target.replace(/\d+$/, '')}/${id.slice(target.length + 1)}`;
}

function mediansByStep(
  took: ReadonlyMap<number, number>,
  kindOf: (at: number) => string,
): Map<string, number> {
  const all = new Map<string, number[]>();
  for (const [at, ms] of took) all.set(kindOf(at), [...(all.get(kindOf(at)) ?? []), ms]);
  return new Map([...all].map(([kind, each]) => [kind, each.sort((a, b) => a - b)[each.length >> 1] ?? 0]));
}
