/**
 * What is otherwise on the node than phx left it, key by key, in three ways: as it was left, as it is, and as the
 * configuration wants it now. It looks and never writes.
 */

import { readable } from '../core/digest.ts';
import { differences } from '../core/fingerprint.ts';
import { isWithinReach } from '../core/site.ts';
import { examinerOf } from './examiner.ts';
import type { Io } from './io.ts';
import type { Opened } from './open.ts';

export interface DriftRow {
  readonly task: string;
  readonly target: string;
  readonly key: string;
  /** As phx left it; missing where it left no such thing. */
  readonly left?: string;
  /** As it is now; missing where there is no such thing any more. */
  readonly live?: string;
  /** As the configuration wants it now; missing where only a run could tell. */
  readonly wanted?: string;
  /** When phx left it so, epoch milliseconds. */
  readonly since: number;
  /** What the next run does: puts it back, keeps it and says so, or stops for a person. */
  readonly next: 'mended' | 'kept' | 'asked';
}

const nextOf = { mend: 'mended', report: 'kept', ask: 'asked' } as const;

export function driftRows(io: Io, opened: Opened, shown: ReadonlySet<number>): DriftRow[] {
  const { graph, stamps, sites } = opened;
  const examiner = examinerOf(io, opened);
  return graph.order.flatMap((at) => {
    const task = graph.at(at);
    const stamp = stamps.get(task.id);
    if (!shown.has(at) || stamp?.state !== 'done' || !isWithinReach(sites.of(task))) return [];
    const { fingerprint, outputs } = examiner.examine(at);
    const isEdited = differences(stamp.fingerprint, fingerprint).length > 0;
    return differences(stamp.outputs, outputs).flatMap(({ key, from, to }): DriftRow[] => {
      // An answer that was not there to be recorded is news, not drift.
      if (from === undefined) return [];
      const wanted = fingerprint[key] ?? (isEdited ? undefined : from);
      return [
        {
          ...{ task: task.id, target: task.target, key, left: readable(from) },
          ...(to === undefined ? {} : { live: readable(to) }),
          ...(wanted === undefined ? {} : { wanted: readable(wanted) }),
          ...{ since: stamp.at, next: nextOf[task.drift ?? 'mend'] },
        },
      ];
    });
  });
}
