/** The note of a container that is being made anew: how far that is, and what it was before. It lies on the node. */

import type { TaskContext } from '../../src/core/task.ts';
import { parseProperties } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import type { HaOptions } from '../../src/proxmox/ha.ts';
import { parkingOf, volumeOf } from '../../src/proxmox/parking.ts';
import { recreatePath } from '../../src/proxmox/workspace.ts';
import { confOf, markOf, stateOf } from '../guest/conf.ts';
import { fileScope, lookAt } from '../guest/managed.ts';

/**
 * `park`: its data moves out · `backup`: the root is backed up · `destroy` · `make`: it is gone, the new one is made and
 * built · `back`: the former one comes back.
 */
export type Stage = 'park' | 'backup' | 'destroy' | 'make' | 'back';

export interface RecreateNote {
  readonly stage: Stage;
  readonly former: {
    readonly incarnation: string;
    readonly description: string;
    /** Of its root. */
    readonly storage: string;
    readonly ran: boolean;
    /** As the HA manager kept it. */
    readonly ha?: HaOptions;
  };
  /** Absent: there is no way back. */
  readonly backup?: {
    readonly storage: string;
    /** Backups that were there before. */
    readonly before: readonly string[];
    readonly volume?: string;
  };
  /** Its data volumes by key: as they stood, and the id of each since it came back. */
  readonly volumes: Readonly<Record<string, { readonly value: string; readonly now?: string }>>;
  /** Why it goes back. */
  readonly failed?: string;
}

export const recreateScope = (id: number): string => fileScope(recreatePath(id));

/** As the facts have it; undefined when there is none, or what is there is none. */
export function noteIn(facts: Facts, id: number): RecreateNote | undefined {
  return parse(facts.files.get(recreatePath(id)));
}

export async function readNote(id: number, context: TaskContext<Facts>): Promise<RecreateNote | undefined> {
  return parse(await lookAt(context, recreatePath(id)));
}

function parse(text: string | undefined): RecreateNote | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as RecreateNote);
  } catch {
    return undefined;
  }
}

export async function writeNote(
  id: number,
  note: RecreateNote,
  context: TaskContext<Facts>,
): Promise<RecreateNote> {
  const text = `${JSON.stringify(note, null, 2)}\n`;
  await context.writeFile(recreatePath(id), text, { scratch: true, mode: 0o600 });
  await context.refresh([recreateScope(id)]);
  return note;
}

export async function removeNote(id: number, context: TaskContext<Facts>): Promise<void> {
  await context.removeFile(recreatePath(id), { scratch: true });
  await context.refresh([recreateScope(id)]);
}

/** Whether the container of before stands, whole. */
export function formerStands(id: number, { former }: RecreateNote, facts: Facts): boolean {
  const whole = ['stopped', 'running'].includes(stateOf(facts, id));
  return whole && markOf(facts, id)?.incarnation === former.incarnation;
}

/**
 * Takes down which volume of the new container is which of the former one: from then on keys, paths and options may
 * change, and they are still told apart by their ids.
 */
export async function noteReturned(
  id: number,
  note: RecreateNote,
  context: TaskContext<Facts>,
): Promise<RecreateNote> {
  const facts = context.facts();
  const guest = facts.guests.get(id);
  const parked = parkingOf(facts, id)?.volumes ?? new Map<string, string>();
  const present = guest ? confOf(guest).keys : new Map<string, string>();
  const volumes = Object.fromEntries(
    Object.entries(note.volumes).map(([key, known]) => {
      const value = parked.has(key) ? undefined : present.get(key);
      const same = value !== undefined && pathOf(value) === pathOf(known.value);
      const now = known.now ?? (same ? volumeOf(value) : undefined);
      return [key, now === undefined ? known : { ...known, now }];
    }),
  );
  if (JSON.stringify(volumes) === JSON.stringify(note.volumes)) return note;
  return writeNote(id, { ...note, volumes }, context);
}

function pathOf(value: string): string | undefined {
  return parseProperties(value, 'volume').get('mp');
}
