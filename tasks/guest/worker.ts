/** Workers of Proxmox that go on without the command that began them: found by their process title, and waited for. */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';

/**
 * Lines `<pid> task UPID:…` of the workers that are busy with a guest. A worker's process title is its task id,
 * `task UPID:node:…:vzclone:900:…` (B103), `qmclone` and the like of VMs; a clone runs under the id of its source (B110), a
 * move under `950-mp0>951-mp0`.
 */
export async function workersOf(id: number, context: TaskContext<Facts>): Promise<string[]> {
  const pattern = `^task UPID:.*:((vz|qm)[a-z]*|resize|move_volume):${id}[:-]`;
  const { exit, stdout } = await context.ask(['pgrep', '-a', '-f', pattern]);
  return exit === 0 ? stdout.split('\n').filter((line) => line !== '') : [];
}

/** Waits until no worker is busy with a guest. */
export async function untilWorkerEnds(id: number, context: TaskContext<Facts>): Promise<void> {
  await context.until({
    what: `the task that works on ${id}`,
    deadline: 60 * 60_000,
    interval: 2000,
    look: async () => {
      const workers = await workersOf(id, context);
      return workers.length > 0 ? { seen: `process ${workers.join(', ')}` } : { answer: true };
    },
  });
}
