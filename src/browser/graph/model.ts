/** What the page of a graph works out of its document: bands, neighbours, and what an edit would reach. It draws nothing. */

import type { GraphPage, GraphPageTask } from '../../page/graph-page.ts';
import type { NodeVerdict } from '../../view/document.ts';

/** A target with its tasks, as the page shows it: one card. */
export interface Card {
  readonly target: string;
  /** Indices of its tasks, in the order in which they come. */
  readonly tasks: readonly number[];
}

/** What reads an input of a task: the same key of the same target, or the same text wherever it is read. */
export function readersOf({ tasks }: GraphPage, at: number, key: string): number[] {
  const own = tasks[at];
  if (own === undefined) return [];
  // Texts and results are told apart by what they say; a value of the configuration belongs to its target.
  const isShared = /^(text|file|env|secret):/.test(key);
  return indicesOf(tasks, (task) =>
    isShared ? task.reads[key] === own.reads[key] : task.target === own.target && key in task.reads,
  );
}

/** The tasks that would be looked at again if these ran: they, and whatever reads their results, and so on. */
export function reachedFrom({ tasks }: GraphPage, begin: Iterable<number>): Set<number> {
  const reached = new Set(begin);
  // What must come first stands first: one pass finds all.
  for (const [at, { waits }] of tasks.entries())
    if (waits.some(({ task, kind }) => kind === 'result' && reached.has(task))) reached.add(at);
  return reached;
}

/** Tasks that wait for each task, as indices. */
export function holdsUp({ tasks }: GraphPage): readonly (readonly number[])[] {
  const found: number[][] = tasks.map(() => []);
  for (const [at, { waits }] of tasks.entries()) for (const { task } of waits) found[task]?.push(at);
  return found;
}

/** The cards in bands: each band rests on those before it. */
export function bandsOf({ tasks }: GraphPage): Card[][] {
  const cards = new Map<string, number[]>();
  for (const [at, { target }] of tasks.entries()) cards.set(target, [...(cards.get(target) ?? []), at]);
  const restsOn = new Map<string, Set<string>>();
  for (const { target, waits } of tasks) {
    const others = restsOn.get(target) ?? new Set();
    for (const { task, kind } of waits) {
      const other = tasks[task]?.target;
      if (kind !== 'after' && other !== undefined && other !== target) others.add(other);
    }
    restsOn.set(target, others);
  }
  const ranks = new Map<string, number>();
  const rankOf = (target: string, path: readonly string[]): number => {
    const known = ranks.get(target);
    if (known !== undefined) return known;
    // Targets may wait for each other by different tasks: such a circle ends where it began.
    const others = [...(restsOn.get(target) ?? [])].filter((other) => !path.includes(other));
    const rank = Math.max(-1, ...others.map((other) => rankOf(other, [...path, target]))) + 1;
    if (path.length === 0) ranks.set(target, rank);
    return rank;
  };
  const bands: Card[][] = [];
  for (const [target, own] of cards) {
    const rank = rankOf(target, []);
    const band = bands[rank] ?? [];
    bands[rank] = band;
    band.push({ target, tasks: own });
  }
  return [...bands].filter((band) => band !== undefined && band.length > 0);
}

/** What is asked for by the field and the buttons above. */
export interface Filter {
  /** Part of an id or a title; nothing: all. */
  readonly text: string;
  /** None: all. */
  readonly verdicts: ReadonlySet<NodeVerdict>;
}

export function matches({ id, title, verdict }: GraphPageTask, { text, verdicts }: Filter): boolean {
  const sought = text.trim().toLowerCase();
  const named = sought === '' || id.toLowerCase().includes(sought) || title.toLowerCase().includes(sought);
  return named && (verdicts.size === 0 || verdicts.has(verdict));
}

function indicesOf(tasks: readonly GraphPageTask[], holds: (task: GraphPageTask) => boolean): number[] {
  return tasks.flatMap((task, at) => (holds(task) ? [at] : []));
}
