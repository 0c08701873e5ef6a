/** Blocks a guest whose id is somebody else's. Pure. */

import type { Guest } from '../../src/config/fleet.ts';
import type { Assessment } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { ownershipProblem } from '../../src/proxmox/ownership.ts';

/** Blocked, where the id is somebody else's. */
export function othersThan(guest: Guest, project: string, facts: Facts): Assessment | undefined {
  const problem = ownershipProblem(guest, project, facts);
  return problem && { verdict: 'blocked', problem };
}
