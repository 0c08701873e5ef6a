/**
 * A guest that stands half made or half destroyed: whose it is, and how what an interrupted run of ours left of it is
 * cleared, on the node as well. What is not ours, or may be somebody's by now, is left to a person.
 */

import { BlockedError } from '../../src/core/error.ts';
import type { Problem } from '../../src/core/event.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { type NodeTask, parseTaskIndex, taskIndexFiles } from '../../src/proxmox/task-index.ts';
import { confOf, markOf, stateOf } from './conf.ts';
import { leaveHa } from './ha-leave.ts';
import { clearLeftLock } from './leftover.ts';
import type { Machine } from './machine.ts';
import { begunHere, forgetMaking } from './making.ts';
import { titleOf } from './snapshots.ts';
import { untilWorkerEnds } from './worker.ts';

/** `ours`: something that is written down on the node says so, besides the journal. `project`: its notes count, too. */
export async function clearHalfMade(
  machine: Machine,
  context: TaskContext<Facts>,
  { ours = false, project }: { readonly ours?: boolean; readonly project?: string } = {},
): Promise<void> {
  const { intended } = context;
  const { id, tool } = machine;
  const { program } = tool;
  const facts = context.facts();
  const guest = facts.guests.get(id);
  if (!guest || stateOf(facts, id) !== 'half-made') return;
  const words = String(id);
  const sources = [...facts.guests.keys()].map(String).filter((source) => {
    return intended([program, 'clone', source, words]) !== undefined;
  });
  const noted: string[] = [];
  if (confOf(guest).keys.get('lock') === 'destroyed') {
    // The mark says whose it was, not who wanted it gone.
    if (!ours && intended([program, 'destroy', words]) === undefined)
      throw new BlockedError(destroyedByOthers(machine));
  } else if (!ours && markOf(facts, id) === undefined) {
    const created = latest(intended([program, 'create', words]), intended([program, 'restore', words]));
    const isKnown = created !== undefined || sources.length > 0;
    const begun = isKnown || project === undefined ? undefined : await begunHere(id, project, context);
    if (!isKnown && !begun) throw new BlockedError(madeByOthers(machine, context.facts()));
    if (isKnown) await refuseForeign(machine, created, sources, context);
    if (begun?.[1] === 'clone') noted.push(begun[2] ?? '');
  }
  // Started detached, it may well come to its end without the run that began it.
  for (const about of [words, ...sources, ...noted]) await untilWorkerEnds(Number(about), context);
  if (stateOf(await context.refresh([`guest:${id}`]), id) !== 'half-made') return;
  context.log('clearing what an interrupted run left of it');
  // What tells whose the lock on its source is goes with it.
  for (const source of noted.map(Number))
    await clearLeftLock({ id: source, tool, mark: markOf(context.facts(), source) }, context);
  if (program === 'pct') await releaseVolumes(id, context);
  await leaveHa({ id, kind: program === 'pct' ? 'ct' : 'vm' }, context);
  await context.run(tool.unlock(id));
  await context.run(tool.destroy(id), { deadline: 600_000 });
  await context.refresh([`guest:${id}`]);
  await forgetMaking(id, context);
}

function latest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/**
 * Until the archive is unpacked the conf says nothing but `lock: create` (B32), so only our journal tells whose it is; and
 * that is true for as long as nobody made this id anew since. Proxmox's list of tasks names each create by its id; a
 * clone is listed under its source (B110), so that of a person cannot be told from ours here.
 */
async function refuseForeign(
  machine: Machine,
  created: number | undefined,
  sources: readonly string[],
  context: TaskContext<Facts>,
): Promise<void> {
  const { id, tool } = machine;
  const cloned = sources.map((source) => context.intended([tool.program, 'clone', source, String(id)]) ?? 0);
  const since = Math.floor(Math.max(created ?? 0, ...cloned) / 1000);
  const texts = await Promise.all(taskIndexFiles.map((path) => context.readFile(path)));
  const creates = parseTaskIndex(...texts).filter(
    (task) => task.id === String(id) && /^(vz|qm)(create|restore)$/.test(task.type) && task.started >= since,
  );
  const ours = created !== undefined && created >= Math.max(0, ...cloned) ? 1 : 0;
  const foreign = creates.at(-1);
  if (creates.length > ours && foreign)
    throw new BlockedError(touchedSince(machine, foreign, context.facts()));
}

/**
 * A create that was killed on a storage of raw images leaves the root mounted and the loop device in place, and
 * `pct destroy` takes neither away (B106, B108).
 */
async function releaseVolumes(id: number, context: TaskContext<Facts>): Promise<void> {
  const root = `/var/lib/lxc/${id}/rootfs`;
  const mounted = await context.ask(['findmnt', '--noheadings', '--raw', '--output', 'TARGET', root]);
  if (mounted.exit === 0 && mounted.stdout.trim() !== '') {
    await context.run(['umount', '--recursive', root], { undo: 'nothing' });
  }
  const loops = await context.ask([
    'losetup',
    '--list',
    '--noheadings',
    '--raw',
    '--output',
    'NAME,BACK-FILE',
  ]);
  for (const line of loops.stdout.split('\n')) {
    const [device = '', file = ''] = line.trim().split(/\s+/);
    if (!file.includes(`/images/${id}/`)) continue;
    await context.run(['losetup', '--detach', device], { undo: 'nothing' });
  }
}

/** The conf and the lock in it, in words; a VM that is being restored has none. */
function confWords({ id, tool }: Machine, lock: string | undefined): string {
  const holds = lock === undefined ? 'only memory: 128, as while it is restored' : `lock: ${lock}`;
  return `/etc/pve/${tool.program === 'pct' ? 'lxc' : 'qemu-server'}/${id}.conf holds ${holds}`;
}

function lockOf({ id }: Machine, facts: Facts): string | undefined {
  const guest = facts.guests.get(id);
  return guest && confOf(guest).keys.get('lock');
}

function byHand({ id, tool: { program } }: Machine) {
  return `${program} unlock ${id} && ${program} destroy ${id}`;
}

function madeByOthers(machine: Machine, facts: Facts): Problem {
  const { program } = machine.tool;
  return {
    title: `${titleOf(machine)} is half made, and not by a run of ours`,
    facts: [['conf', confWords(machine, lockOf(machine, facts))]],
    hint: `Another program may be making it right now. If none is: ${program} unlock, then ${program} destroy, and run again.`,
    command: byHand(machine),
  };
}

function touchedSince(machine: Machine, { upid, user }: NodeTask, facts: Facts): Problem {
  const { program } = machine.tool;
  return {
    title: `${titleOf(machine)} is half made, and not by us alone`,
    facts: [
      ['conf', confWords(machine, lockOf(machine, facts))],
      ['made by', `${user}, after our own run was interrupted`],
      ['task', upid],
    ],
    hint: `Ask who makes it. If nobody needs it: ${program} unlock, then ${program} destroy, and run again.`,
    command: byHand(machine),
  };
}

function destroyedByOthers(machine: Machine): Problem {
  const { program } = machine.tool;
  return {
    title: `${titleOf(machine)} is half destroyed, and not by a run of ours`,
    facts: [['conf', confWords(machine, 'destroyed')]],
    hint: `Somebody may be destroying it right now. If nobody is: ${program} unlock, then ${program} destroy, and run again.`,
    command: byHand(machine),
  };
}
