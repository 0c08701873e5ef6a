/**
 * Locks that an interrupted run of ours left on a guest: its task is waited for while it still runs, and only then
 * the lock is freed. A lock that no run of ours can have left is nobody's business here: the command will be refused.
 */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { confOf, stateOf } from './conf.ts';
import type { Machine } from './machine.ts';
import { begunHere } from './making.ts';
import { untilWorkerEnds } from './worker.ts';

type Locked = Pick<Machine, 'id' | 'tool' | 'mark'>;

/** Config lock → commands that take it, by the words they begin with (F4, B35). A VM has no lock `disk`. */
function takers(lock: string, { tool: { program }, id }: Locked): string[][] {
  const words = String(id);
  if (lock === 'migrate') return [[program, 'migrate', words]];
  if (lock === 'backup') return [['vzdump', words]];
  if (lock === 'snapshot') return [[program, 'snapshot', words]];
  if (lock === 'snapshot-delete') return [[program, 'delsnapshot', words]];
  if (lock === 'rollback') return [[program, 'rollback', words]];
  if (lock === 'disk') return ['clone', 'resize', 'template'].map((verb) => [program, verb, words]);
  return [];
}

export async function clearLeftLock(machine: Locked, context: TaskContext<Facts>): Promise<void> {
  const { id, tool } = machine;
  const lock = lockOf(context.facts(), id);
  const meant = (words: readonly string[]) => context.intended(words) !== undefined;
  if (lock === undefined) return;
  if (!takers(lock, machine).some(meant) && !(lock === 'disk' && (await isCloned(machine, context)))) return;
  context.log(`an interrupted run left the lock ${lock} on ${id}`);
  await untilWorkerEnds(id, context);
  if (lockOf(await context.refresh([`guest:${id}`]), id) !== lock) return;
  await context.run(tool.unlock(id));
  await context.refresh([`guest:${id}`]);
}

/** Whether a clone of this very guest stands half made that a run of ours began, as is noted on the node. */
async function isCloned({ id, mark }: Locked, context: TaskContext<Facts>): Promise<boolean> {
  const facts = context.facts();
  const halves = [...facts.guests.keys()].filter((other) => stateOf(facts, other) === 'half-made');
  for (const half of halves) {
    const begun = await begunHere(half, mark?.project ?? '', context);
    if (begun?.[1] === 'clone' && begun[2] === String(id)) return true;
  }
  return false;
}

function lockOf(facts: Facts, id: number): string | undefined {
  const guest = facts.guests.get(id);
  return guest && confOf(guest).keys.get('lock');
}
