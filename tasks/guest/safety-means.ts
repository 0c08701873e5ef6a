/** What a kind of guest has to be able to do so that safety points can be taken of it: the port that its plugin fills. */

import type { Guest } from '../../src/config/fleet.ts';
import { CommandError, problemOf } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { ConfSection } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import type { Inside } from './inside.ts';
import type { Layers } from './safety-note.ts';

/** Why no point can be taken of a guest as it stands, and what to say in its configuration instead. */
export interface Obstacle {
  readonly because: string;
  readonly instead: string;
}

/** One way to take points: snapshots, snapshots of a dataset, backups. Points are called `safety-1`, `safety-2` and so on. */
export interface SafetyMeans {
  readonly obstacle: (context: TaskContext<Facts>) => Obstacle | undefined;
  /** The points that stand, oldest first; never a person's. */
  readonly standing: (context: TaskContext<Facts>) => Promise<readonly string[]>;
  /** A name that nothing bears, counted on from those that stand. */
  readonly next: (context: TaskContext<Facts>) => Promise<string>;
  /** Takes it, and proves that it is there. `before` completes "taken before …". */
  readonly take: (name: string, before: string, context: TaskContext<Facts>) => Promise<void>;
  /** Goes back to a point, also where that was begun before, and leaves the guest stopped. */
  readonly goBack: (name: string, context: TaskContext<Facts>) => Promise<void>;
  /**
   * Whether a run of ours that was cut off on its way back to this point can be what left the guest without a mark; without
   * an answer going back never does that.
   */
  readonly cutOff?: (name: string, context: TaskContext<Facts>) => Promise<boolean>;
  readonly drop: (name: string, context: TaskContext<Facts>) => Promise<void>;
}

/** One guest, as far as its safety goes. */
export interface SafetyPlan {
  readonly guest: Pick<Guest, 'id' | 'kind' | 'rollback' | 'safety'>;
  /** Without: no points are taken of this guest. */
  readonly means: SafetyMeans | undefined;
  /** Tasks that make what points are taken with: the storage of backups. */
  readonly rests: readonly string[];
  /** All layers that the configuration lists. */
  readonly wanted: Layers;
  readonly enter: (context: TaskContext<Facts>) => Promise<Inside>;
  /** Asks the guest's health until it is well; undefined where it has no checks. */
  readonly prove: ((context: TaskContext<Facts>) => Promise<void>) | undefined;
}

/** `safety-3` → 3; undefined for any other name. */
export function pointNumber(name: string): number | undefined {
  const digits = /^safety-([1-9]\d{0,8})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function pointName(number: number): string {
  return `safety-${number}`;
}

/** The name after all of these. */
export function nextName(names: Iterable<string>): string {
  const numbers = [...names].map((name) => pointNumber(name) ?? 0);
  return pointName(Math.max(0, ...numbers) + 1);
}

export function byNumber(names: Iterable<string>): string[] {
  return [...names].sort((a, b) => (pointNumber(a) ?? 0) - (pointNumber(b) ?? 0));
}

/** The point of each guest in this run, with what was applied since. */
export function pointsOf(
  context: TaskContext<Facts>,
): Map<number, { readonly point: string; readonly layers: Layers }> {
  return context.shared('safety points', () => new Map());
}

/** Points beyond the number to keep go, oldest first; that one does not go, or none is known, is no reason to fail. */
export async function prune({ guest, means }: SafetyPlan, context: TaskContext<Facts>): Promise<void> {
  if (!means) return;
  const kept = (what: string) => (error: unknown) => {
    if (isInterrupted(error)) throw error;
    context.log(`${what} could not be removed, and stays: ${problemOf(error).title}`);
  };
  const standing = (await means.standing(context).catch(kept('what safety points are too many'))) ?? [];
  for (const name of standing.slice(0, Math.max(0, standing.length - guest.safety.keep)))
    await means.drop(name, context).catch(kept(name));
}

/** A run that is ended by a person leaves what it was at to the next one. */
export function isInterrupted(error: unknown): boolean {
  return error instanceof CommandError && error.outcome.ended === 'aborted';
}

/** What the description of a snapshot begins with that is a safety point. */
export const safetyMark = 'phx: before ';

/** Whether a snapshot is a safety point of ours, by its name and what its description begins with. */
export function isSafetyPoint(name: string, { description }: ConfSection): boolean {
  return pointNumber(name) !== undefined && description.startsWith(safetyMark);
}
