/** The end of work in a guest that is kept stopped: it was started only for that. */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { forgetReady } from './inside.ts';
import type { Machine } from './machine.ts';

/** Stops a guest that was started only for work; the lease is over. */
export async function leave(machine: Machine, context: TaskContext<Facts>): Promise<void> {
  context.lease(machine.target, undefined);
  forgetReady(context, machine.id);
  await machine.look();
  await machine.stop();
}
