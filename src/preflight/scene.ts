/**
 * What every kind of conflict looks at: the guests that a run is about, those that stand on the node beside them, and who
 * makes what. Pure; it knows no kind of conflict.
 */

import type { Fleet, Guest } from '../config/fleet.ts';
import { targetOf } from '../config/task-names.ts';
import type { Problem } from '../core/event.ts';
import type { Facts, GuestFacts } from '../proxmox/facts.ts';
import { markOf, nameOf, stateOf } from '../proxmox/guest-conf.ts';
import { ownershipProblem } from '../proxmox/ownership.ts';
import { parseStorageCfg, type StorageSection } from '../proxmox/storage-cfg.ts';

/** What keeps the configuration from being true on this node; `subject` is a target, or a thing of the node. */
export interface Conflict extends Problem {
  readonly subject: string;
  /** `blocks`: something of it would be refused. `warns`: it can be done, and may not be what was meant. */
  readonly severity: 'blocks' | 'warns';
}

/** What is known before a run. */
export interface Given {
  readonly fleet: Fleet;
  readonly facts: Facts;
  /** Name of the project: guests of another one are not ours. */
  readonly project: string;
  /** Of a cluster, the guests of other nodes that are none of the fleet. */
  readonly elsewhere?: readonly GuestFacts[];
  /** Ids of the tasks that the run is about: what none of them makes, nobody makes. */
  readonly demanded: ReadonlySet<string>;
  /** Names of the outputs that are on record of a task: what phx itself once made it takes away again. */
  readonly recorded?: (task: string) => readonly string[];
}

export interface Scene extends Required<Given> {
  /** Guests of the configuration that the run is about, by their ids. */
  readonly guests: readonly Guest[];
  /** Those of them whose id is free, or theirs already. */
  readonly owned: readonly Guest[];
  /** Every other guest of the node: not managed by phx, or left as it stands by this run. */
  readonly others: readonly GuestFacts[];
  readonly storages: ReadonlyMap<string, StorageSection>;
}

export type Kind = (scene: Scene) => readonly Conflict[];

export function sceneOf(given: Given): Scene {
  const { fleet, facts, project, demanded } = given;
  const targets = new Set([...demanded].map((task) => task.slice(0, task.indexOf('/'))));
  const guests = Object.values(fleet.guests)
    .filter((guest) => targets.has(targetOf(guest)))
    .sort((a, b) => a.id - b.id);
  const owned = guests.filter((guest) => ownershipProblem(guest, project, facts) === undefined);
  const ours = new Set(owned.map(({ id }) => id));
  return {
    recorded: () => [],
    elsewhere: [],
    ...given,
    guests,
    owned,
    others: [...facts.guests.values()].filter(({ id }) => !ours.has(id)).sort((a, b) => a.id - b.id),
    storages: parseStorageCfg(facts.host.storageCfg),
  };
}

/** Whether it has still to be made. */
export function isNew(guest: Guest, { facts }: Scene): boolean {
  return ['absent', 'half-made'].includes(stateOf(facts, guest.id));
}

/** `container 950`, `VM 8001`. */
export function nounOf({ id, kind }: Pick<Guest, 'id' | 'kind'>): string {
  return `${kind === 'ct' ? 'container' : 'VM'} ${id}`;
}

/** Another guest as a person knows it, and whose it is. */
export function describeOther(other: GuestFacts, { facts, project }: Scene): string {
  const mark = markOf(facts, other.id);
  const whose =
    mark === undefined
      ? 'not managed by phx'
      : mark.project === project
        ? 'not part of this run'
        : `of the project ${mark.project}`;
  const name = nameOf(other);
  return `${nounOf(other)}${name === '' ? '' : ` ${name}`}, ${whose}, ${other.running ? 'running' : 'stopped'}`;
}

/** The command that shows what the configuration says of a guest. */
export function showConfig(guest: Guest): string {
  return `phx config ${targetOf(guest)}`;
}
