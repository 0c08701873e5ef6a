/** A guest whose making was cut off at its deadline: what there is of it goes at once, so that no half is left behind. */

import type { PhxTask } from '../../src/config/project.ts';
import { CommandError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { stateOf } from './conf.ts';
import { clearHalfMade } from './half-made.ts';
import type { Machine } from './machine.ts';

/** The task `define`, which undoes itself where it failed in the middle. */
export function undoesHalf(task: PhxTask, machineOf: (context: TaskContext<Facts>) => Machine): PhxTask {
  return {
    ...task,
    recover: async (context, error) => {
      const machine = machineOf(context);
      if (!(await wasCutOff(machine, context, error))) return undefined;
      await clearHalfMade(machine, context, { ours: true });
      if (machine.state !== 'absent') return undefined;
      return { takenBack: false, facts: [['undone', 'what had been made of it by then']] };
    },
  };
}

/**
 * What Proxmox itself refuses or fails at it takes away again. A command that ran for all of its time had the id for itself:
 * a half that stands now is ours.
 */
async function wasCutOff(machine: Machine, context: TaskContext<Facts>, error: unknown): Promise<boolean> {
  if (!(error instanceof CommandError) || error.outcome.ended !== 'deadline') return false;
  if (!['create', 'clone', 'restore'].includes(error.argv[1] ?? '')) return false;
  return stateOf(await context.refresh([`guest:${machine.id}`]), machine.id) === 'half-made';
}
