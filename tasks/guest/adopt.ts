/** What makes a guest that stood before one of ours: our mark in its description, and nothing else. */

import { BlockedError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { type Mark, printMark, withMark, withoutMark } from '../../src/proxmox/mark.ts';
import { nameOf } from './conf.ts';
import type { Machine } from './machine.ts';
import { unknownOrigin } from './origin.ts';
import { titleOf } from './snapshots.ts';

export async function adopt(machine: Machine, project: string, context: TaskContext<Facts>): Promise<void> {
  const { id, mark, noun } = machine;
  const guest = context.facts().guests.get(id);
  if (!guest) throw new BlockedError({ title: `There is no ${noun} ${id} on the node` });
  if (mark?.project === project) return;
  if (mark) {
    throw new BlockedError({
      title: `${titleOf(machine)} belongs to the project ${mark.project}`,
      facts: [['name', nameOf(guest)]],
      hint: 'What two projects keep, neither keeps.',
    });
  }
  const lock = machine.conf.keys.get('lock');
  if (lock !== undefined) {
    throw new BlockedError({
      title: `${titleOf(machine)} is locked (${lock})`,
      hint: 'Somebody is at work on it. Type the same again when that has ended.',
    });
  }
  const kind = noun === 'VM' ? 'vmid' : 'ctid';
  const own: Mark = { project, kind, vmid: id, incarnation: context.random(), from: unknownOrigin };
  const description = withMark(own, withoutMark(machine.conf.description) || undefined);
  await context.run(machine.tool.set(id, { description }, [], machine.digest));
  await machine.look();
  machine.prove(
    machine.mark?.incarnation === own.incarnation,
    machine.tool.set(id, {}).join(' '),
    `its description does not begin with: ${printMark(own)}`,
  );
}
