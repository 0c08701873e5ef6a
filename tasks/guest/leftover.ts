/**
 * Locks that an interrupted run of ours left on a guest: its task is waited for while it still runs, and only then
 * the lock is freed. A lock that no run of ours can have left is nobody's business here: the command will be refused.
 */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { confOf } from './conf.ts';
import type { Machine } from './machine.ts';
import { untilWorkerEnds } from './worker.ts';

/** Config lock → commands that take it, by the words they begin with (F4, B35). A VM has no lock `disk`. */
function takers(lock: string, { tool: { program }, id }: Machine): string[][] {
  const words = String(id);
  if (lock === 'migrate') return [[program, 'migrate', words]];
  if (lock === 'backup') return [['vzdump', words]];
  if (lock === 'snapshot') return [[program, 'snapshot', words]];
  if (lock === 'snapshot-delete') return [[program, 'delsnapshot', words]];
  if (lock === 'rollback') return [[program, 'rollback', words]];
  if (lock === 'disk') return ['clone', 'resize', 'template'].map((verb) => [program, verb, words]);
  return [];
}

export async function clearLeftLock(machine: Machine, context: TaskContext<Facts>): Promise<void> {
  const { id, tool } = machine;
  const lock = lockOf(context.facts(), id);
  const meant = (words: readonly string[]) => context.intended(words) !== undefined;
  if (lock === undefined || !takers(lock, machine).some(meant)) return;
  context.log(`an interrupted run left the lock ${lock} on ${id}`);
  await untilWorkerEnds(id, context);
  if (lockOf(await context.refresh([`guest:${id}`]), id) !== lock) return;
  await context.run(tool.unlock(id));
  await context.refresh([`guest:${id}`]);
}

function lockOf(facts: Facts, id: number): string | undefined {
  const guest = facts.guests.get(id);
  return guest && confOf(guest).keys.get('lock');
}
