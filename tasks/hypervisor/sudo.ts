/** The right to become root: one file a user below /etc/sudoers.d, which visudo looks at before sudo reads it. */

import type { HostUser } from '../../src/config/fleet.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { installPackages } from './apt.ts';
import { checkStaged, complaintOf, dropFile, keepFile, lookAt, managedMark } from './files.ts';

/** sudoers(5): a name with a dot in it would not be read. Account names have none. */
export const sudoersPath = (name: string): string => `/etc/sudoers.d/phx-${name}`;

export function sudoersText(name: string, sudo: true | 'nopasswd'): string {
  return `${managedMark}\n${name} ALL=(ALL:ALL) ${sudo === 'nopasswd' ? 'NOPASSWD: ' : ''}ALL\n`;
}

export async function keepSudo(
  context: TaskContext<Facts>,
  name: string,
  sudo: HostUser['sudo'],
): Promise<void> {
  const path = sudoersPath(name);
  if (sudo === false) {
    await dropFile(context, path);
    return;
  }
  await installPackages(context, ['sudo']);
  const text = sudoersText(name, sudo);
  // A file that sudo cannot read takes the right from everybody.
  if ((await lookAt(context, path)) !== text)
    await checkStaged(context, `phx-${name}`, text, (staged) =>
      complaintOf(context, ['visudo', '-c', '-f', staged]),
    );
  await keepFile(context, path, text, { mode: 0o440 });
}
