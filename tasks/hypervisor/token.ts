/**
 * Step `token:<id>`: an API token of Proxmox VE. Its value is shown once, when it is made, and written to a file that
 * only root reads; it never stands in a log, a record or the facts.
 */

import type { Access } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { CommandError, PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import type { UserCfg } from '../../src/proxmox/user-cfg.ts';
import { tokenPath } from '../../src/proxmox/workspace.ts';
import { accessUserTask } from './access.ts';
import { cfgOf, changeCfg, lookAtCfg, userCfgScope } from './user-cfg.ts';
import { userTask } from './users.ts';

export const tokenTask = (id: string): string => `hypervisor/token:${id}`;

interface TokenSlice {
  readonly comment: string;
  readonly privsep: boolean;
}

export function tokenStep(
  id: string,
  { comment = '', privsep }: Access['tokens'][string],
  users: readonly string[],
  accounts: readonly string[],
): PhxTask {
  const user = id.replace(/!.*$/, '');
  const account = user.replace(/@pam$/, '');
  return {
    id: tokenTask(id),
    target: 'hypervisor',
    title: `API token ${id}`,
    revision: '1',
    config: { comment, privsep } satisfies TokenSlice,
    dependencies: [
      ...(users.includes(user) ? [{ task: accessUserTask(user), kind: 'order' as const }] : []),
      ...(accounts.includes(account) ? [{ task: userTask(account), kind: 'order' as const }] : []),
    ],
    outputs: {
      comment: (facts) => found(cfgOf(facts), id)?.comment,
      privsep: (facts) => found(cfgOf(facts), id)?.privsep,
    },
    pools: ['user.cfg'],
    touches: [userCfgScope],
    run: async (context) => {
      const wanted = context.config as unknown as TokenSlice;
      const present = found(await lookAtCfg(context), id);
      // Made by a try of ours that was cut off before the value was written: nobody has it, so nobody can miss it.
      const valueless = present && context.unsettled() && context.intended(wordsOf('add', id)) !== undefined;
      if (valueless && !(await hasValue(context, id))) {
        await removeToken(context, id);
        await addToken(context, id, wanted);
      } else if (!present) await addToken(context, id, wanted);
      else await modifyToken(context, id, present, wanted);
      return undefined;
    },
  };
}

function found({ tokens }: UserCfg, id: string): TokenSlice | undefined {
  const token = tokens.get(id);
  return token && { comment: token.comment, privsep: token.privsep };
}

function wordsOf(verb: string, id: string): string[] {
  const [user = '', name = ''] = id.split('!');
  return ['pveum', 'user', 'token', verb, user, name];
}

function optionsOf({ comment, privsep }: TokenSlice): string[] {
  return ['--privsep', privsep ? '1' : '0', '--comment', comment];
}

/** Where its value cannot be kept the token goes again: nobody has the value, and a later try can have a new one. */
async function addToken(context: TaskContext<Facts>, id: string, wanted: TokenSlice): Promise<void> {
  try {
    await addAndKeep(context, id, wanted);
  } catch (error) {
    // Somebody made it since we looked: it is theirs, and so is its value.
    if (!isTaken(error)) await removeWherePossible(context, id);
    throw error;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof CommandError && error.outcome.stderr.includes('Token already exists');
}

async function removeWherePossible(context: TaskContext<Facts>, id: string): Promise<void> {
  try {
    if (found(await lookAtCfg(context), id)) await removeToken(context, id);
  } catch {
    return;
  }
}

function removeToken(context: TaskContext<Facts>, id: string): Promise<unknown> {
  return changeCfg(context, wordsOf('remove', id), { undo: 'nothing', seen: (cfg) => !found(cfg, id) });
}

async function addAndKeep(context: TaskContext<Facts>, id: string, wanted: TokenSlice): Promise<void> {
  const said = await changeCfg(
    context,
    [...wordsOf('add', id), ...optionsOf(wanted), '--output-format', 'json'],
    { hidden: true, undo: wordsOf('remove', id), seen: (cfg) => found(cfg, id) !== undefined },
  );
  const value = valueIn(said);
  if (value === undefined) throw lost(id, `pveum printed no value of ${id} that could be read`);
  await context.writeFile(tokenPath(id), `${value}\n`, { mode: 0o600, hidden: true });
}

/** B122: `{"full-tokenid", "info", "value"}`. What it says is nowhere repeated. */
function valueIn(said: string): string | undefined {
  try {
    const { value } = JSON.parse(said) as { value?: unknown };
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}

async function modifyToken(
  context: TaskContext<Facts>,
  id: string,
  present: TokenSlice,
  wanted: TokenSlice,
): Promise<void> {
  if (present.comment !== wanted.comment || present.privsep !== wanted.privsep) {
    await changeCfg(context, [...wordsOf('modify', id), ...optionsOf(wanted)], {
      undo: [...wordsOf('modify', id), ...optionsOf(present)],
      seen: (cfg) => found(cfg, id)?.comment === wanted.comment && found(cfg, id)?.privsep === wanted.privsep,
    });
  }
  // B128: a second value of the same token cannot be had.
  if (!(await hasValue(context, id)))
    context.log(`${id} exists, but its value is not in ${tokenPath(id)}. For a new one: ${renewal(id)}`);
}

async function hasValue(context: TaskContext<Facts>, id: string): Promise<boolean> {
  return (await context.ask(['test', '-s', tokenPath(id)])).exit === 0;
}

/** A person types it, and runs again: whatever uses the former value stops working then. */
function renewal(id: string): string {
  const [user = '', name = ''] = id.split('!');
  return `pveum user token remove ${user} ${name}, then phx run '${tokenTask(id)}'`;
}

function lost(id: string, title: string): PhxError {
  return new PhxError('failed', {
    title,
    hint: 'The token was taken away again, since its value is lost: run again. Where it still stands, remove it first.',
    command: wordsOf('remove', id).join(' '),
  });
}
