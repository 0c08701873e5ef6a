/**
 * What has happened so far in a run, by task and by target; the memory that the reporters for people share. It prints
 * nothing.
 */
import type { Problem, Reason, RunEvent } from '../core/event.ts';
import { stepOf } from './words.ts';

export type TaskState =
  | 'waiting'
  | 'running'
  | 'done'
  | 'fresh'
  | 'kept'
  | 'failed'
  | 'outdated'
  | 'blocked'
  | 'cancelled';

/** One task of the run. */
export interface Row {
  readonly task: string;
  readonly target: string;
  readonly step: string;
  state: TaskState;
  /** Time of its `started` event. */
  since: number;
  because: readonly Reason[];
  /** The last line that it said. */
  said: string;
  problem: Problem | undefined;
  /** Why it was not run: the id of another task, or words. */
  cause: string | undefined;
}

/** Takes events in and answers how things stand. */
export class Tally {
  readonly #rows = new Map<string, Row>();
  readonly #targets = new Map<string, Row[]>();
  /** Length of the longest step of the plan, so that columns do not move during a run. */
  longestStep = 0;

  /** Takes an event in; answers the row it is about. */
  take(event: RunEvent, at: number): Row | undefined {
    if (event.type === 'planned') {
      for (const { task, target } of event.tasks) this.#add(task, target);
      return undefined;
    }
    if (event.type === 'notice' || event.type === 'summary') return undefined;
    const row = this.#rows.get(event.task) ?? this.#add(event.task, event.task.replace(/\/.*$/, ''));
    switch (event.type) {
      case 'line':
        row.said = event.text;
        return row;
      case 'started':
        row.state = 'running';
        row.since = at;
        row.because = event.because;
        row.said = '';
        return row;
      case 'failed':
      case 'blocked':
        row.problem = event.error;
        break;
      case 'cancelled':
        row.cause = event.cause;
        break;
      default:
    }
    row.state = event.type;
    return row;
  }

  /** `waiting` of a task that was never heard of. */
  stateOf(task: string): TaskState {
    return this.#rows.get(task)?.state ?? 'waiting';
  }

  /** All tasks of a target, in the order of the plan. */
  of(target: string): readonly Row[] {
    return this.#targets.get(target) ?? [];
  }

  /** All targets, in the order of the plan. */
  targets(): readonly string[] {
    return [...this.#targets.keys()];
  }

  /** What the not-run task was held up by in the end: the id of a task that ended badly, or words. */
  rootCause(row: Row): string {
    const seen = new Set<Row>();
    let at = row;
    for (;;) {
      const next = at.cause === undefined ? undefined : this.#rows.get(at.cause);
      if (!next || seen.has(next)) return at.cause ?? at.task;
      if (next.state !== 'cancelled') return next.task;
      seen.add(next);
      at = next;
    }
  }

  /** All tasks in one state, in the order of the plan. */
  in(state: TaskState): readonly Row[] {
    return [...this.#rows.values()].filter((row) => row.state === state);
  }

  #add(task: string, target: string): Row {
    const row: Row = {
      task,
      target,
      step: stepOf(task, target),
      state: 'waiting',
      since: 0,
      because: [],
      said: '',
      problem: undefined,
      cause: undefined,
    };
    this.#rows.set(task, row);
    this.longestStep = Math.max(this.longestStep, row.step.length);
    const rows = this.#targets.get(target);
    if (rows) rows.push(row);
    else this.#targets.set(target, [row]);
    return row;
  }
}
