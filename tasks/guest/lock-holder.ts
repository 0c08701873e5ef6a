/** When a guest is locked and stays so: who holds it, for the message that its task ends with. It frees nothing. */

import type { PhxTask } from '../../src/config/project.ts';
import { CommandError } from '../../src/core/error.ts';
import type { Aftermath, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { parseTaskIndex } from '../../src/proxmox/task-index.ts';
import { workersOf } from './worker.ts';

/** A lock of the configuration (F4), or of the file that every command takes for its own time (F5). */
const locked = /(?:CT|VM) is locked \(([\w-]+)\)|can't lock file '[^']+' - got timeout/;

/** The task, which says who holds its guest where it failed of that. */
export function tellsWhoLocks(task: PhxTask, id: number): PhxTask {
  return {
    ...task,
    recover: async (context, error) => {
      const own = await task.recover?.(context, error);
      const held = await holders(id, context, error);
      if (held.length === 0) return own;
      return { takenBack: false, ...own, facts: [...(own?.facts ?? []), ...held] };
    },
  };
}

async function holders(id: number, context: TaskContext<Facts>, error: unknown): Promise<Aftermath['facts']> {
  if (!(error instanceof CommandError)) return [];
  const lock = locked.exec(`${error.outcome.stderr}\n${error.outcome.stdout}`);
  if (!lock) return [];
  const titles = await workersOf(id, context);
  const tasks = parseTaskIndex(titles.map((title) => title.replace(/^.*task (?=UPID:)/, '')).join('\n'));
  if (tasks.length === 0)
    return lock[1] === undefined
      ? []
      : [['held by', `no task that runs: something that died left the lock ${lock[1]}`]];
  return tasks.map(({ upid, type, user, started }) => {
    const since = new Date(started * 1000).toISOString().slice(0, 19).replace('T', ' ');
    return ['held by', `${type} of ${user} since ${since} UTC (${upid})`] as const;
  });
}
