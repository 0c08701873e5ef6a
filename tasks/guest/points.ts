/** Which safety points of a guest stand that a look at its conf does not show: what `phx rollback` lists besides snapshots. */

import type { Guest } from '../../src/config/fleet.ts';
import type { PhxTask, Plugin, PointsRequest } from '../../src/config/project.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { incarnationOf } from './known.ts';
import { stepOf, targetOf } from './names.ts';
import { safetyMeans } from './safety-kinds.ts';
import type { SafetyMeans } from './safety-means.ts';
import { readNote } from './safety-note.ts';
import type { SafetySubject } from './safety-subject.ts';

export function guestPoints<Kind extends Guest['kind']>(
  kind: Kind,
  subject: (guest: Guest & { readonly kind: Kind }) => SafetySubject,
): NonNullable<Plugin['points']> {
  return ({ fleet }, request) =>
    request.guests.flatMap((id) => {
      const guest = fleet.guests[String(id)];
      if (!isOf(guest, kind) || !['dataset', 'backup'].includes(guest.safety.by)) return [];
      const means = safetyMeans(guest, fleet, subject(guest));
      return means ? [pointsTask(guest, means, request)] : [];
    });
}

function isOf<Kind extends Guest['kind']>(
  guest: Guest | undefined,
  kind: Kind,
): guest is Guest & { readonly kind: Kind } {
  return guest?.kind === kind;
}

function pointsTask(guest: Guest, means: SafetyMeans, { found }: PointsRequest): PhxTask {
  const { id } = guest;
  return {
    id: stepOf(guest, 'points'),
    target: targetOf(guest),
    title: `safety points of ${id}`,
    revision: '1',
    config: {},
    dependencies: [],
    touches: [],
    run: async (context) => {
      if (!context.facts().guests.has(id)) return undefined;
      const holds = await contentsOf(guest, context);
      found(
        id,
        (await means.standing(context)).map((name) => ({ name, holds: holds(name) })),
      );
      return undefined;
    },
  };
}

async function contentsOf(
  { id, safety }: Guest,
  context: TaskContext<Facts>,
): Promise<(name: string) => string> {
  if (safety.by === 'dataset') return () => 'its root alone';
  const { backups } = await readNote(context, id, incarnationOf(context.facts(), id));
  return (name) => `backup ${backups.get(name)}`;
}
