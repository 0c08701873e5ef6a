/** What is tried until the lock of a guest is free, and what is told when that was in vain. It knows no point and no means. */

import { CommandError, problemOf } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { diagnose } from '../../src/proxmox/messages.ts';

/** A lock that will go away is waited for: there is no later try of the whole task. */
export async function persistently(context: TaskContext<Facts>, act: () => Promise<void>): Promise<void> {
  await context.until({
    what: 'the lock of the guest',
    deadline: 5 * 60_000,
    interval: 5000,
    look: async () => {
      try {
        await act();
        return { answer: true };
      } catch (error) {
        const transient = error instanceof CommandError && diagnosisOf(error)?.transient === true;
        if (!transient) throw error;
        return { seen: reason(error) };
      }
    },
  });
}

function diagnosisOf({ outcome }: CommandError) {
  return diagnose(`${outcome.stderr}\n${outcome.stdout}`);
}

/** An error in one line: what was said last, where a command said something. */
export function reason(error: unknown): string {
  const { title, facts } = problemOf(error);
  const said = facts.find(([label]) => label === 'said' || label === 'last seen')?.[1];
  return said === undefined ? title : `${title} (${said.split('\n').at(-1)})`;
}
