/** Ids that another guest has; the step that would make the guest says the same. Pure. */

import { targetOf } from '../config/task-names.ts';
import { ownershipProblem } from '../proxmox/ownership.ts';
import type { Kind } from './scene.ts';

export const ids: Kind = ({ guests, project, facts }) =>
  guests.flatMap((guest) => {
    const problem = ownershipProblem(guest, project, facts);
    return problem ? [{ ...problem, subject: targetOf(guest), severity: 'blocks' as const }] : [];
  });
