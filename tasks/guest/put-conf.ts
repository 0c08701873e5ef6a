/** A conf put in place whole, under Proxmox's own lock: for what no option of `pct set` or `qm set` can carry, or should. */

import { BlockedError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import { digestToSend } from '../../src/proxmox/conf-digest.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { replaceConf, replaceVmConf } from '../../src/proxmox/raw-lines.ts';
import { stagePath } from '../../src/proxmox/workspace.ts';
import type { Machine } from './machine.ts';

/** Where the text waits. */
const scratchOf = ({ target }: Machine) => stagePath(`${target.replace(':', '-')}.conf`);

/** What an earlier run that died in between left of it. */
export async function clearScratch(machine: Machine, context: TaskContext<Facts>): Promise<void> {
  if (context.unsettled()) await context.removeFile(scratchOf(machine), { scratch: true });
}

/** Puts this text in the place of the conf that was looked at last, under Proxmox's lock; then looks. */
export async function putConf(machine: Machine, text: string, context: TaskContext<Facts>): Promise<void> {
  const digest = digestToSend(machine.text);
  if (digest === undefined) throw new BlockedError(unreadable(machine));
  const scratch = scratchOf(machine);
  await context.writeFile(scratch, text, { scratch: true, mode: 0o600 });
  try {
    const replace = machine.tool.program === 'pct' ? replaceConf : replaceVmConf;
    await context.run(replace(machine.id, digest, scratch));
  } finally {
    await context.removeFile(scratch, { scratch: true });
  }
  await machine.look();
}

function unreadable({ id, noun, tool }: Machine) {
  return {
    title: `The conf of ${noun} ${id} holds bytes that are no UTF-8`,
    facts: [['file', `/etc/pve/${tool.program === 'pct' ? 'lxc' : 'qemu-server'}/${id}.conf`]] as const,
    hint: 'phx would not write them back as they were. Put that line right by hand, then run again.',
  };
}
