/**
 * SSH keys of an account. A user's file has a block of ours beside their own lines. Root's file is one for the whole
 * cluster, a link into /etc/pve: keys are only added there, and it is written through the link.
 */

import { BlockedError } from '../../src/core/error.ts';
import { type Probe, type TaskContext, unseen } from '../../src/core/task.ts';
import { type Account, parsePasswd, passwdFile } from '../../src/proxmox/accounts.ts';
import { missingKeys, ownKeys, withKeys, withOwnKeys } from '../../src/proxmox/authorized-keys.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { fileScope, lookAt } from './files.ts';

/** Where the file is for an account that useradd makes; another home is read in the run. */
export function keysPath(name: string): string {
  return `${name === 'root' ? '' : '/home'}/${name}/.ssh/authorized_keys`;
}

function pathIn({ home }: Account): string {
  return `${home}/.ssh/authorized_keys`;
}

function accountOf(facts: Facts, name: string): Account | undefined {
  return parsePasswd(facts.files.get(passwdFile) ?? '').get(name);
}

/** Our own block, or for root those of the keys that do not stand there. */
export function keysProbe(name: string, keys: readonly string[]): Probe<Facts> {
  return (facts) => {
    const account = accountOf(facts, name);
    if (account && pathIn(account) !== keysPath(name)) return unseen;
    const text = facts.files.get(keysPath(name)) ?? '';
    if (name !== 'root') return ownKeys(text);
    return keys.length > 0 ? { missing: missingKeys(text, keys) } : undefined;
  };
}

export async function keepKeys(
  context: TaskContext<Facts>,
  name: string,
  keys: readonly string[],
): Promise<void> {
  const account = accountOf(context.facts(), name);
  if (!account) return;
  const path = pathIn(account);
  const present = (await lookAt(context, path)) ?? '';
  if (name === 'root') {
    if (missingKeys(present, keys).length === 0) return;
    await context.writeFile(path, withKeys(present, keys), { mode: 0o600 });
    await context.refresh([fileScope(path)]);
    return;
  }
  const text = withOwnKeys(present, keys);
  if (keys.length === 0 && text === present) return;
  await keepOwned(context, { account, path, text, changed: text !== present });
}

interface OwnFile {
  readonly account: Account;
  readonly path: string;
  readonly text: string;
  readonly changed: boolean;
}

/** sshd reads the file as the user, and heeds it only if nobody else could have written it. */
async function keepOwned(
  context: TaskContext<Facts>,
  { account, path, text, changed }: OwnFile,
): Promise<void> {
  const folder = path.replace(/\/[^/]*$/, '');
  for (const place of [folder, path]) await refuseLink(context, place);
  const owner = `${account.uid}:${account.gid}`;
  if ((await modeOf(context, folder)) !== `${account.uid} 700`) {
    const words = ['-m', '0700', '-o', String(account.uid), '-g', String(account.gid)];
    await context.run(['install', '-d', ...words, folder]);
  }
  if (changed) await context.writeFile(path, text, { mode: 0o600 });
  const [uid, mode] = (await modeOf(context, path)).split(' ');
  if (uid !== String(account.uid)) await context.run(['chown', owner, path], { undo: 'nothing' });
  if (mode !== '600') await context.run(['chmod', '600', path], { undo: 'nothing' });
  await context.refresh([fileScope(path)]);
}

async function modeOf(context: TaskContext<Facts>, path: string): Promise<string> {
  return (await context.ask(['stat', '-c', '%u %a', path])).stdout.trim();
}

/** A link in a user's home leads where the user likes: root must not write through it. */
async function refuseLink(context: TaskContext<Facts>, path: string): Promise<void> {
  if ((await context.ask(['test', '-L', path])).exit !== 0) return;
  throw new BlockedError({
    title: `${path} is a link`,
    hint: 'phx writes keys only to a real file in a real directory. Put one in its place, or leave sshKeys out.',
    command: `ls -ld ${path}`,
  });
}
