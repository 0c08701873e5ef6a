/** Snapshots by Proxmox: one that a person asks for by name, and going back to one. Seals are made by `seal.ts`. */

import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { isKept } from './ha.ts';
import { forgetReady } from './inside.ts';
import type { Machine } from './machine.ts';

const minutes = 60_000;

/** `Container 950`, `VM 8001`: at the head of a sentence. */
export function titleOf({ noun, id }: Pick<Machine, 'noun' | 'id'>): string {
  return `${noun === 'VM' ? noun : 'Container'} ${id}`;
}

/** Takes a snapshot of all volumes; one of this name that stands is a refusal, since it tells of another moment. `obstacle`: why Proxmox would take none. */
export async function takeSnapshot(
  machine: Machine,
  name: string,
  obstacle: string | undefined,
  context: TaskContext<Facts>,
): Promise<void> {
  const { id, noun, tool, target } = machine;
  if (obstacle !== undefined) {
    throw new BlockedError({
      title: `Proxmox can take no snapshot of ${noun} ${id}`,
      facts: [['because', obstacle]],
      hint: 'A backup can be taken of every guest; directories of the node are no part of it.',
      command: `phx backup ${target}`,
    });
  }
  if (machine.conf.snapshots.has(name) && !machine.conf.snapshots.get(name)?.keys.has('snapstate')) {
    throw new BlockedError({
      title: `${titleOf(machine)} already has a snapshot ${name}`,
      hint: 'Choose another name; without one it is named by the time.',
    });
  }
  if (machine.conf.snapshots.has(name)) await context.run(tool.deleteSnapshot(id, name));
  await context.run(tool.snapshot(id, name, `phx: taken by hand of ${target}`), {
    deadline: 10 * minutes,
    detached: true,
  });
  await machine.look();
  if (machine.conf.snapshots.has(name)) return;
  throw new PhxError('failed', { title: `${tool.program} said that it took ${name}, but it is not there` });
}

/** Goes back to a snapshot; a guest is stopped afterwards, unless its memory was part of it (B67, B99). */
export async function restoreSnapshot(
  machine: Machine,
  name: string,
  context: TaskContext<Facts>,
): Promise<void> {
  const { id, tool } = machine;
  forgetReady(context, id);
  // Proxmox stops it by itself, and the HA manager would start it again in the midst of it.
  if (isKept(context.facts(), id)) await machine.stop();
  await context.run(tool.rollback(id, name), { deadline: 30 * minutes, detached: true });
  await machine.look();
  const parent = machine.conf.keys.get('parent');
  if (parent === name) return;
  throw new PhxError('failed', {
    title: `${tool.program} said that it rolled ${id} back to ${name}, but it did not`,
    facts: [['present branch', parent ?? '(none)']],
  });
}

/** The snapshot of this name that a person asks for; of another there is none. */
export function noSnapshot(machine: Machine, known: readonly string[], name: string): BlockedError {
  return new BlockedError({
    title: `${titleOf(machine)} has no snapshot ${name}`,
    facts: [['there are', known.join(', ') || 'none']],
    command: `phx rollback ${machine.target}`,
  });
}
