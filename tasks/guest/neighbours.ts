/** Where a guest waits for those that its configuration names as `dependencies`. It knows edges, and runs nothing. */

import type { Fleet, Guest } from '../../src/config/fleet.ts';
import type { Dependency } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { hasInside, lastStep } from './names.ts';

/**
 * The first thing that could ask something of a neighbour: the first layer, so that a guest is made and started beside
 * them; or the start, where no layer comes after it, or cloud-init does work of its own at the first boot.
 */
function waitsAt(guest: Guest): 'start' | 'layers' {
  const bare = guest.layers.length === 0 && !guest.app;
  const bootWork = guest.kind === 'vm' && guest.cloudInit !== undefined;
  return bare || bootWork || !hasInside(guest) ? 'start' : 'layers';
}

/** The last steps of the guests that this one depends on, where it waits for them at this point; else nothing. */
export function neighboursAt(point: 'start' | 'layers', guest: Guest, fleet: Fleet): Dependency<Facts>[] {
  if (waitsAt(guest) !== point) return [];
  const neighbours = guest.dependencies.flatMap((id) => fleet.guests[String(id)] ?? []);
  return neighbours.map((neighbour) => ({ task: lastStep(neighbour), kind: 'order' }));
}
