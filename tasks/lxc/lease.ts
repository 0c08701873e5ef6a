/** A container to work in: started when it is stopped, its network awaited, given back to its wanted state afterwards. */

import { BlockedError } from '../../src/core/error.ts';
import type { Problem } from '../../src/core/event.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { hasTemplateFlag } from '../../src/proxmox/template-conf.ts';
import { forgetReady, type Inside, type Readiness, untilReady } from '../guest/inside.ts';
import { leave } from '../guest/leave.ts';
import { LXCContainer } from './container.ts';
import { containerInside } from './inside.ts';

/** What a container is kept as, and when it counts as ready: the slice that every step working inside reads. */
export interface Workplace extends Readiness {
  readonly id: number;
  readonly state: 'running' | 'stopped';
}

/** Enters a container; one that is kept stopped is started for the work and stopped at the end of the run. */
export async function enterContainer(place: Workplace, context: TaskContext<Facts>): Promise<Inside> {
  const container = new LXCContainer(place.id, context);
  if (container.state !== 'running') {
    if (hasTemplateFlag(container.conf)) throw new BlockedError(neverStarts(place.id, context.task));
    forgetReady(context, place.id);
    await container.start();
    if (place.state === 'stopped') {
      context.lease(container.target, async (end) => {
        await leave(new LXCContainer(place.id, end), end);
        return undefined;
      });
    }
  }
  const inside = containerInside(place.id, context);
  await untilReady(inside, place);
  return inside;
}

/** Proxmox starts no template (B25), and makes no container of one again. */
function neverStarts(id: number, task: string): Problem {
  return {
    title: `Container ${id} is a template: it cannot be started for work in it`,
    facts: [['wanted by', task]],
    hint: 'Make it anew: it is built with what its configuration says now. Its clones stand on their own configuration.',
    command: `phx run ctid:${id} --recreate`,
  };
}
