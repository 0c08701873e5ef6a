/** Step `samba-account`: the account that shares are opened with, and its password. It knows no share. */

import type { Samba } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { installPackages } from './apt.ts';
import { secretLine } from './passwords.ts';
import { userTask } from './users.ts';

/** Only where the configuration gives a password: without one the account is a person's business. */
export function sambaAccountStep(
  { user }: Samba,
  { secret }: NonNullable<Samba['password']>,
  accounts: readonly string[],
): PhxTask {
  return {
    id: 'hypervisor/samba-account',
    target: 'hypervisor',
    title: `Samba account ${user}`,
    revision: '1',
    config: { user },
    secrets: { password: secret },
    dependencies: [
      { task: 'hypervisor/samba', kind: 'order' },
      ...(accounts.includes(user) ? [{ task: userTask(user), kind: 'order' as const }] : []),
    ],
    // Samba's own database answers only to its tools: the digest of the secret is the evidence.
    pools: ['apt:host', 'samba'],
    touches: ['host'],
    run: async (context) => {
      const name = String(context.config.user);
      const password = secretLine(context, 'password');
      await installPackages(context, ['samba']);
      // `-a` makes the account, or gives one that is there a new password; undo does not know the former.
      await context.run(['smbpasswd', '-s', '-a', name], { stdin: `${password}\n${password}\n` });
      if (await hasAccount(context, name)) return undefined;
      throw new PhxError('failed', {
        title: `smbpasswd ended well, but Samba knows no account ${name}`,
        command: 'pdbedit -L',
      });
    },
  };
}

/** `pdbedit -L` prints `name:number:full name`, a line each. */
export async function hasAccount(context: TaskContext<Facts>, name: string): Promise<boolean> {
  const { stdout } = await context.ask(['pdbedit', '-L']);
  return stdout.split('\n').some((line) => line.startsWith(`${name}:`));
}
