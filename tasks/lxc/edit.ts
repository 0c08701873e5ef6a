/** Raw lxc lines and the environment of a container: what `pct set` cannot carry is edited in its conf, under Proxmox's lock. */

import type { TaskContext } from '../../src/core/task.ts';
import type { GuestConf } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { editConf, type LineEdit } from '../../src/proxmox/raw-lines.ts';
import { putConf } from '../guest/put-conf.ts';
import type { LXCContainer } from './container.ts';

/** What the configuration wants, and what it wanted before and gave up. */
export interface EditWish {
  /** Raw lines in normal form. */
  readonly lines: readonly string[];
  readonly formerLines: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Names of variables. */
  readonly formerEnv: readonly string[];
}

/** The raw lines of the live section, in normal form. */
export function linesIn(conf: GuestConf): string[] {
  return conf.lxc.map(({ key, value }) => `${key}: ${value}`);
}

/** The variables that hold from the next start on; NUL stands between them (F30). */
export function envIn(conf: GuestConf): Map<string, string> {
  if (conf.pendingDelete.includes('env')) return new Map();
  const text = conf.pending.keys.get('env') ?? conf.keys.get('env') ?? '';
  const parts = text.split('\0').filter((part) => part.includes('='));
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
}

/** Brings lines and variables about; true when the conf was edited. */
export async function editContainer(
  container: LXCContainer,
  wish: EditWish,
  context: TaskContext<Facts>,
): Promise<boolean> {
  const edit = editOf(container.conf, wish);
  if (!edit) return false;
  if (edit.env !== undefined && isPending(container.conf, 'env')) {
    // What somebody left pending would be laid over the edit at the next start.
    await context.run(pct.revert(container.id, ['env'], container.digest));
    await container.look();
  }
  for (const line of edit.remove) context.log(`takes out ${line}`);
  for (const line of edit.add) context.log(`puts in ${line}`);
  await putConf(container, editConf(container.text, edit), context);
  const left = editOf(container.conf, wish);
  const wrong = left && [...left.add, ...left.remove, ...(left.env === undefined ? [] : ['env'])];
  container.prove(
    !wrong,
    `editing /etc/pve/lxc/${container.id}.conf`,
    `left as it was: ${wrong?.join(', ')}`,
  );
  return true;
}

function isPending(conf: GuestConf, key: string): boolean {
  return conf.pending.keys.has(key) || conf.pendingDelete.includes(key);
}

function editOf(conf: GuestConf, { lines, formerLines, env, formerEnv }: EditWish): LineEdit | undefined {
  const present = linesIn(conf);
  const add = lines.filter((line) => !present.includes(line));
  const remove = formerLines.filter((line) => present.includes(line) && !lines.includes(line));
  const before = envIn(conf);
  // An image brings variables of its own, and the web interface may: only those that were named here are ours.
  const after = new Map([...before].filter(([name]) => !formerEnv.includes(name) || name in env));
  for (const [name, value] of Object.entries(env)) after.set(name, value);
  const same = after.size === before.size && [...after].every(([name, value]) => before.get(name) === value);
  if (add.length === 0 && remove.length === 0 && same) return undefined;
  const printed = [...after].map(([name, value]) => `${name}=${value}`).join('\0');
  return { add, remove, ...(same ? {} : { env: printed === '' ? null : printed }) };
}
