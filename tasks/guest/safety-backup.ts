/**
 * Safety points by `vzdump`: the way back on storages without snapshots. Which backups are points is noted on the node, so
 * that no other backup of the guest is ever removed. A restore is refused where it would take more with it than the root.
 */

import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { backUp, backupsOf } from './backup.ts';
import { forgetReady } from './inside.ts';
import { incarnationOf } from './known.ts';
import { clearLeftLock } from './leftover.ts';
import type { Machine } from './machine.ts';
import { byNumber, nextName, type Obstacle, type SafetyMeans } from './safety-means.ts';
import { readNote, type SafetyNote, writeNote } from './safety-note.ts';
import type { SafetySubject } from './safety-subject.ts';
import { untilWorkerEnds } from './worker.ts';

export interface BackupPlaces {
  /** Where the root lies, and comes back to. */
  readonly root: string;
  /** What takes the backups; undefined: none does. */
  readonly backups: string | undefined;
}

/** `back`: the points are gone back to without a person being asked. */
export function byBackup(subject: SafetySubject, places: BackupPlaces, back: boolean): SafetyMeans {
  const { id, machine } = subject;
  const { root, backups: to } = places;
  return {
    obstacle: (context) => obstacleOf(subject, machine(context), to, back),
    standing: async (context) => byNumber((await standing(id, context)).keys()),
    next: async (context) => nextName((await noteOf(id, context)).backups.keys()),
    take: (name, before, context) => take(machine(context), name, before, to ?? '', context),
    goBack: (name, context) => restore(subject, name, root, context),
    cutOff: async (name, context) => {
      const volume = (await noteOf(id, context)).backups.get(name);
      const { restoreOver } = machine(context).tool;
      return (
        volume !== undefined && context.intended(restoreOver(id, volume, root).slice(0, 3)) !== undefined
      );
    },
    drop: (name, context) => drop(id, name, context),
  };
}

function obstacleOf(
  subject: SafetySubject,
  machine: Machine,
  to: string | undefined,
  back: boolean,
): Obstacle | undefined {
  if (to === undefined) {
    return {
      because: 'no storage of the configuration takes backups',
      instead: "give one of them the content 'backup', or name it: safety: { by: 'backup', storage }",
    };
  }
  const lost = back ? lossesOf(subject, machine) : [];
  if (lost.length === 0) return undefined;
  return {
    because: `a restore would take more with it than its root: ${lost.join(', ')}`,
    instead: "safety: { by: 'dataset' } takes one of its root alone, where that lies on a zfspool",
  };
}

/** Those of our backups that are still there. */
async function standing(id: number, context: TaskContext<Facts>): Promise<Map<string, string>> {
  const { backups } = await noteOf(id, context);
  const storages = new Set([...backups.values()].map((volume) => volume.replace(/:.*$/, '')));
  const lists = await Promise.all([...storages].map((storage) => backupsOf(id, storage, context)));
  const present = new Set(lists.flat());
  return new Map([...backups].filter(([, volume]) => present.has(volume)));
}

async function take(
  machine: Machine,
  name: string,
  before: string,
  to: string,
  context: TaskContext<Facts>,
): Promise<void> {
  const { id, target } = machine;
  await clearLeftLock(machine, context);
  const note = await noteOf(id, context);
  const now = (await backupsOf(id, to, context)).sort();
  // One that came to its end without the run that began it is the first that was not there before.
  const left = note.taking && now.find((volume) => !note.taking?.before.includes(volume));
  if (note.taking === undefined || left === undefined)
    await writeNote(context, id, { ...note, taking: { point: name, before: now } });
  const words = `phx: ${name} of ${target}, before ${before}`;
  const volume = left ?? (await backUp(machine, to, context, words));
  const { taking: _taking, ...rest } = await noteOf(id, context);
  await writeNote(context, id, { ...rest, backups: new Map([...rest.backups, [name, volume]]) });
}

async function restore(
  subject: SafetySubject,
  name: string,
  storage: string,
  context: TaskContext<Facts>,
): Promise<void> {
  const { id } = subject;
  const machine = subject.machine(context);
  const volume = (await standing(id, context)).get(name);
  if (volume === undefined) throw new BlockedError({ title: `The backup that is ${name} of ${id} is gone` });
  forgetReady(context, id);
  const half = machine.state === 'half-made';
  if (half) await freeHalf(subject, machine, context);
  else {
    const lost = lossesOf(subject, machine);
    if (lost.length > 0) throw new BlockedError(losing(machine, lost));
    await clearLeftLock(machine, context);
    await machine.stop();
  }
  const argv = machine.tool.restoreOver(id, volume, storage);
  await context.run(argv, { deadline: 6 * 60 * 60_000, detached: true });
  await machine.look();
  if (machine.state !== 'stopped' || machine.mark === undefined) {
    throw new PhxError('failed', {
      title: `${argv[0]} said that it restored ${id} from ${volume}, but it did not`,
      facts: [['seen', `it is ${machine.state}`]],
    });
  }
  if (half) tellLeft(machine, context);
}

/** An earlier restore of ours was cut off: its worker is waited for, then its lock is in the way of the next one. */
async function freeHalf(
  subject: SafetySubject,
  machine: Machine,
  context: TaskContext<Facts>,
): Promise<void> {
  const { id, tool } = machine;
  await untilWorkerEnds(id, context);
  if ((await machine.look()) !== 'half-made') return;
  if (machine.conf.keys.has('lock')) await context.run(tool.unlock(id));
  await subject.clearRestore?.(context);
  await machine.look();
}

/** Volumes of a restore that was cut off lie beside those of the one after it: whose they are, nobody can tell for sure. */
function tellLeft({ conf, id, tool: { program } }: Machine, context: TaskContext<Facts>): void {
  for (const [key, volume] of conf.keys) {
    if (!/^unused\d+$/.test(key)) continue;
    context.log(
      `${key} (${volume}) lies beside what was restored; when nobody needs it: ${program} set ${id} --delete ${key}`,
    );
  }
}

/** What a restore takes with it: data, and every snapshot. */
function lossesOf({ lost }: SafetySubject, { conf }: Machine): string[] {
  return [...lost(conf), ...conf.snapshots.keys()];
}

/** `pvesm free` says yes to all, also where a protected backup stays (B153). */
async function drop(id: number, name: string, context: TaskContext<Facts>): Promise<void> {
  const note = await noteOf(id, context);
  const volume = note.backups.get(name);
  if (volume === undefined) return;
  await context.run(['pvesm', 'free', volume]);
  const left = (await backupsOf(id, volume.replace(/:.*$/, ''), context)).includes(volume);
  if (left) context.log(`${volume} stays: somebody protected it`);
  await writeNote(context, id, {
    ...note,
    backups: new Map([...note.backups].filter(([other]) => other !== name)),
  });
}

function losing(machine: Machine, lost: readonly string[]) {
  return {
    title: `A restore of ${machine.noun} ${machine.id} would take more with it than its root`,
    facts: [['lost would be', lost.join(', ')]] as const,
    hint: 'Restore the backup beside it, under another id, and take over what you need.',
  };
}

/** Of a half-restored guest, which has no mark, the note is that of the restore. */
async function noteOf(id: number, context: TaskContext<Facts>): Promise<SafetyNote> {
  return readNote(context, id, incarnationOf(context.facts(), id));
}
