/** Safety points that are no snapshots of Proxmox, by guest: asked of the node, without any trace of it. */

import type { StandingPoint } from '../config/project.ts';
import { TaskGraph } from '../core/graph.ts';
import type { Facts } from '../proxmox/facts.ts';
import type { Io } from './io.ts';
import { lookOn } from './look.ts';
import type { Opened } from './open.ts';

export interface Points {
  readonly of: ReadonlyMap<number, readonly StandingPoint[]>;
  /** Why some could not be asked for. */
  readonly troubles: readonly string[];
}

export const noPoints: Points = { of: new Map(), troubles: [] };

export async function standingPoints(io: Io, opened: Opened, guests: readonly number[]): Promise<Points> {
  const of = new Map<number, readonly StandingPoint[]>();
  const troubles: string[] = [];
  const request = {
    guests,
    found: (id: number, points: readonly StandingPoint[]) => void of.set(id, points),
  };
  const { phoenix, config } = opened;
  const tasks = phoenix.plugins.flatMap((plugin) => plugin.points?.({ fleet: config.fleet }, request) ?? []);
  if (tasks.length === 0) return { of, troubles };
  await lookOn(io, { ...opened, graph: new TaskGraph<Facts>(tasks) }, phoenix.jobs ?? 4, (event) => {
    if (event.type === 'failed' || event.type === 'blocked')
      troubles.push(`${event.task.replace(/\/.*$/, '')}: ${event.error.title}`);
  });
  return { of, troubles };
}
