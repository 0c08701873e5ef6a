/**
 * Every conflict between the configuration and the node as it is, at once and before the first change. Pure; it asks no
 * host, and says of nothing what a check of the configuration said already.
 */

import { bridges } from './bridges.ts';
import { cores, memory } from './capacity.ts';
import { cards } from './cards.ts';
import { clones } from './clones.ts';
import { ids } from './ids.ts';
import { neighbours } from './neighbours.ts';
import { clock, quorum, reboot } from './node.ts';
import { type Conflict, type Given, type Kind, sceneOf } from './scene.ts';
import { snapshots } from './snapshots.ts';
import { sources } from './sources.ts';
import { space } from './space.ts';
import { storages } from './storages.ts';

export type { Conflict, Given } from './scene.ts';

/** The node first, then what each guest meets. */
const kinds: readonly Kind[] = [
  ...[quorum, clock, reboot, memory, space],
  ...[ids, neighbours, bridges, storages, sources, cores, cards, snapshots, clones],
];

/** What blocks comes first. */
export function preflight(given: Given): Conflict[] {
  const scene = sceneOf(given);
  const found = kinds.flatMap((kind) => kind(scene));
  return [
    ...found.filter(({ severity }) => severity === 'blocks'),
    ...found.filter(({ severity }) => severity === 'warns'),
  ];
}
