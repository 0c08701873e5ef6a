/**
 * Locks that an interrupted run of ours left on a container: its task is waited for while it still runs, and only then
 * the lock is freed. A lock that no run of ours can have left is nobody's business here: the command will be refused.
 */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { confOf } from './container.ts';
import { untilWorkerEnds } from './worker.ts';

/** Config lock → commands that take it, by the words they begin with (F4, B35). */
function takers(lock: string, id: string): string[][] {
  if (lock === 'backup') return [['vzdump', id]];
  if (lock === 'snapshot') return [['pct', 'snapshot', id]];
  if (lock === 'snapshot-delete') return [['pct', 'delsnapshot', id]];
  if (lock === 'rollback') return [['pct', 'rollback', id]];
  if (lock === 'disk') {
    return [
      ['pct', 'clone', id],
      ['pct', 'resize', id],
      ['pct', 'template', id],
    ];
  }
  return [];
}

export async function clearLeftLock(id: number, context: TaskContext<Facts>): Promise<void> {
  const lock = lockOf(context.facts(), id);
  const meant = (words: readonly string[]) => context.intended(words) !== undefined;
  if (lock === undefined || !takers(lock, String(id)).some(meant)) return;
  context.log(`an interrupted run left the lock ${lock} on ${id}`);
  await untilWorkerEnds(id, context);
  if (lockOf(await context.refresh([`guest:${id}`]), id) !== lock) return;
  await context.run(pct.unlock(id));
  await context.refresh([`guest:${id}`]);
}

function lockOf(facts: Facts, id: number): string | undefined {
  const guest = facts.guests.get(id);
  return guest && confOf(guest).keys.get('lock');
}
