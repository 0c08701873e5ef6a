/**
 * Safety points by `vzdump`: the way back on storages without snapshots. Which backups are points is noted on the node, so
 * that no other backup of the container is ever removed. A restore replaces every volume, and so is refused beside others.
 */

import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import { parseProperties } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { backUp, backupsOf } from '../guest/backup.ts';
import { stateOf } from '../guest/conf.ts';
import { forgetReady } from '../guest/inside.ts';
import { incarnationOf } from '../guest/known.ts';
import { clearLeftLock } from '../guest/leftover.ts';
import { byNumber, nextName, type Obstacle, type SafetyMeans } from '../guest/safety-means.ts';
import { readNote, type SafetyNote, writeNote } from '../guest/safety-note.ts';
import { untilWorkerEnds } from '../guest/worker.ts';
import { LXCContainer } from './container.ts';

export interface BackupPlaces {
  /** Where the root of the container lies, and comes back to. */
  readonly root: string;
  /** What takes the backups; undefined: none does. */
  readonly backups: string | undefined;
}

/** `back`: the points are gone back to without a person being asked. */
export function byBackup(id: number, places: BackupPlaces, back: boolean): SafetyMeans {
  const { root, backups: to } = places;
  return {
    obstacle: (context) => obstacleOf(new LXCContainer(id, context), to, back),
    standing: async (context) => byNumber((await standing(id, context)).keys()),
    next: async (context) => nextName((await noteOf(id, context)).backups.keys()),
    take: (name, before, context) => take(id, name, before, to ?? '', context),
    goBack: (name, context) => restore(id, name, root, context),
    drop: (name, context) => drop(id, name, context),
  };
}

function obstacleOf(container: LXCContainer, to: string | undefined, back: boolean): Obstacle | undefined {
  if (to === undefined) {
    return {
      because: 'no storage of the configuration takes backups',
      instead: "give one of them the content 'backup', or name it: safety: { by: 'backup', storage }",
    };
  }
  const lost = back ? lossesOf(container) : [];
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
  id: number,
  name: string,
  before: string,
  to: string,
  context: TaskContext<Facts>,
): Promise<void> {
  await clearLeftLock(new LXCContainer(id, context), context);
  const note = await noteOf(id, context);
  const now = (await backupsOf(id, to, context)).sort();
  // One that came to its end without the run that began it is the first that was not there before.
  const left = note.taking && now.find((volume) => !note.taking?.before.includes(volume));
  if (note.taking === undefined || left === undefined)
    await writeNote(context, id, { ...note, taking: { point: name, before: now } });
  const words = `phx: ${name} of ctid:${id}, before ${before}`;
  const volume = left ?? (await backUp(new LXCContainer(id, context), to, context, words));
  const { taking: _taking, ...rest } = await noteOf(id, context);
  await writeNote(context, id, { ...rest, backups: new Map([...rest.backups, [name, volume]]) });
}

async function restore(
  id: number,
  name: string,
  storage: string,
  context: TaskContext<Facts>,
): Promise<void> {
  const container = new LXCContainer(id, context);
  const volume = (await standing(id, context)).get(name);
  if (volume === undefined) throw new BlockedError({ title: `The backup that is ${name} of ${id} is gone` });
  forgetReady(context, id);
  if (container.state === 'half-made') await freeHalf(id, context);
  else {
    const lost = lossesOf(container);
    if (lost.length > 0) throw new BlockedError(losing(id, lost));
    await clearLeftLock(container, context);
    await container.stop();
  }
  await context.run(pct.restoreOver(id, volume, storage), { deadline: 6 * 60 * 60_000, detached: true });
  await container.look();
  if (container.state === 'stopped' && container.mark !== undefined) return;
  throw new PhxError('failed', {
    title: `pct said that it restored ${id} from ${volume}, but it did not`,
    facts: [['seen', `it is ${container.state}`]],
  });
}

/** An earlier restore of ours was cut off: its worker is waited for, then its lock is in the way of the next one. */
async function freeHalf(id: number, context: TaskContext<Facts>): Promise<void> {
  await untilWorkerEnds(id, context);
  if (stateOf(await context.refresh([`guest:${id}`]), id) === 'half-made') await context.run(pct.unlock(id));
  await context.refresh([`guest:${id}`]);
}

/** What a restore takes with it: data in volumes of their own, and every snapshot. */
function lossesOf({ conf }: LXCContainer): string[] {
  const volumes = [...conf.keys].filter(
    ([key, value]) =>
      /^(mp|unused)\d+$/.test(key) && !parseProperties(value, 'volume').get('volume')?.startsWith('/'),
  );
  return [...volumes.map(([key]) => key), ...conf.snapshots.keys()];
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

function losing(id: number, lost: readonly string[]) {
  return {
    title: `A restore of ${id} would take more with it than its root`,
    facts: [['lost would be', lost.join(', ')]] as const,
    hint: 'Restore the backup beside it, under another id, and take over what you need.',
  };
}

/** Of a half-restored container, which has no mark, the note is that of the restore. */
async function noteOf(id: number, context: TaskContext<Facts>): Promise<SafetyNote> {
  return readNote(context, id, incarnationOf(context.facts(), id));
}
