/** Which guests of one kind `phx check` asks: as they stand, nothing is started for it. The way into them is handed in. */

import type { Guest } from '../../src/config/fleet.ts';
import type { CheckRequest, PhxTask, PluginInput } from '../../src/config/project.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { refuseForeign } from './actions.ts';
import { addressOf } from './address.ts';
import { checkTask } from './check.ts';
import type { Inside } from './inside.ts';
import { hasInside, targetOf } from './names.ts';

export function guestChecks(
  kind: Guest['kind'],
  insideOf: (id: number, context: TaskContext<Facts>) => Inside,
): (input: Pick<PluginInput, 'project' | 'fleet' | 'text'>, request: CheckRequest) => readonly PhxTask[] {
  return ({ project, fleet, text }, request) => {
    const asked = new Set(request.targets);
    return Object.values(fleet.guests).flatMap((guest) => {
      const target = targetOf(guest);
      if (guest.kind !== kind || !asked.has(target)) return [];
      const { id, health, tests } = guest;
      const subject = { target, ...(health ? { health } : {}), ...(tests ? { tests } : {}) };
      const enter = (context: TaskContext<Facts>) => {
        refuseForeign({ id, noun: kind === 'ct' ? 'container' : 'VM', target }, project, context.facts());
        return hasInside(guest) ? insideOf(id, context) : undefined;
      };
      return [checkTask(subject, { address: addressOf(guest), text, enter }, request)];
    });
  };
}
