/** Seals that Proxmox would refuse, since the container has on the node what the configuration does not say. Pure. */

import type { Container } from '../config/fleet.ts';
import { stepOf, targetOf } from '../config/task-names.ts';
import { confOf } from '../proxmox/guest-conf.ts';
import { newestSeal } from '../proxmox/seals.ts';
import { volumeObstacle } from '../proxmox/snapshot-obstacle.ts';
import { type Conflict, isNew, type Kind, type Scene } from './scene.ts';

export const snapshots: Kind = (scene) =>
  scene.owned.flatMap((guest): Conflict[] => {
    if (guest.kind !== 'ct' || guest.snapshot === undefined || isNew(guest, scene)) return [];
    const obstacle = obstacleOf(guest, scene);
    if (obstacle === undefined) return [];
    const sealed = newestSeal(scene.facts, guest.id, guest.snapshot);
    return [
      {
        subject: targetOf(guest),
        title: `Proxmox can take no snapshot ${guest.snapshot} of it`,
        facts: [['because', obstacle]],
        hint:
          sealed === undefined
            ? 'It is not from the configuration: take it away by hand, or leave out the snapshot.'
            : `${sealed} stays, but no new one can be taken after a change.`,
        command: `pct config ${guest.id}`,
        severity: sealed === undefined ? 'blocks' : 'warns',
      },
    ];
  });

/** Mounts that phx once made and that left the configuration are detached before the seal. */
function obstacleOf(guest: Container, { facts, recorded }: Scene): string | undefined {
  const there = facts.guests.get(guest.id);
  if (!there) return undefined;
  const former = recorded(stepOf(guest, 'volumes'));
  const wanted = Object.values(guest.mounts).map(({ mp }) => mp);
  return volumeObstacle(confOf(there), facts, (path) => former.includes(path) && !wanted.includes(path));
}
