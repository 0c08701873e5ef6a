/** Changes of /etc/pve/user.cfg through pveum: act, then look, since its exit code is no proof (B122). */

import { PhxError } from '../../src/core/error.ts';
import type { RunSettings, TaskContext, Undo } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { parseUserCfg, type UserCfg } from '../../src/proxmox/user-cfg.ts';
import { fileScope } from './files.ts';

export const userCfg = '/etc/pve/user.cfg';
export const userCfgScope = fileScope(userCfg);

export function cfgOf(facts: Facts): UserCfg {
  return parseUserCfg(facts.files.get(userCfg) ?? '');
}

/** The present state, read anew: others write the same file. */
export async function lookAtCfg(context: TaskContext<Facts>): Promise<UserCfg> {
  return cfgOf(await context.refresh([userCfgScope]));
}

interface Change extends Pick<RunSettings, 'hidden'> {
  readonly undo?: Undo;
  /** Whether the file says it now. */
  readonly seen: (cfg: UserCfg) => boolean;
}

/** Runs a command of pveum and looks whether it did it; answers what it printed. */
export async function changeCfg(
  context: TaskContext<Facts>,
  argv: readonly string[],
  { seen, ...settings }: Change,
): Promise<string> {
  const { stdout } = await context.run(argv, settings);
  if (seen(await lookAtCfg(context))) return stdout;
  throw new PhxError('failed', {
    title: `${argv.slice(0, 3).join(' ')} ended well, but ${userCfg} does not show it`,
    facts: [['command', argv.join(' ')]],
    hint: 'Somebody else may have changed it at the same moment: run again.',
  });
}
