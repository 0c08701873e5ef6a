/**
 * Tasks of a cluster on nodes where nothing is to be done: left out by a person (`--host pve2`) or only looked at (an API
 * alone). What is known of them all the same decides whether something else has to wait, and whether they are told.
 */

import type { Fleet, Guest } from '../config/fleet.ts';
import { targetOf } from '../config/task-names.ts';
import type { Selection } from '../core/execute.ts';
import type { LeftOutBy } from '../core/site.ts';
import { isWithinReach } from '../core/site.ts';
import { unseen } from '../core/task.ts';
import { stateOf } from '../proxmox/guest-conf.ts';
import { ownershipProblem } from '../proxmox/ownership.ts';
import type { Opened } from './open.ts';
import { type LeftOut, type SelectOptions, select } from './select.ts';

type Known = Pick<Opened, 'graph' | 'sites' | 'facts' | 'stamps' | 'config' | 'phoenix'>;

export function leftOutOf({ graph, sites, facts, stamps, config, phoenix }: Known): LeftOut {
  const now = facts.current();
  const guests = guestsOf(config.fleet);
  const recorded = new Set([...stamps.all()].map(({ task }) => task.replace(/\/.*$/, '')));
  const by = (at: number): LeftOutBy | undefined => {
    const site = sites.of(graph.at(at));
    return isWithinReach(site) ? undefined : site.leftOut;
  };
  /** Made by this project, as every node of the cluster sees. */
  const isThere = (guest: Guest) =>
    ['stopped', 'running'].includes(stateOf(now, guest.id)) && !ownershipProblem(guest, phoenix.name, now);
  return {
    by,
    stands: (at) => {
      const { id, target } = graph.at(at);
      // Where this machine has no record of a guest at all, what is there is as another one left it.
      if (recorded.has(target)) return stamps.get(id)?.state === 'done';
      const guest = guests.get(target);
      return guest !== undefined && isThere(guest);
    },
    differs: (at) => {
      if (by(at) !== 'project') return undefined;
      const task = graph.at(at);
      const guest = guests.get(task.target);
      if (guest === undefined) return undefined;
      if (task.id === `${task.target}/define`) {
        if (stateOf(now, guest.id) === 'absent') return 'it is not there';
        return ownershipProblem(guest, phoenix.name, now)?.title;
      }
      // Its keys are in /etc/pve, which the other nodes read; what else there is of it only its own node sees.
      if (task.id !== `${task.target}/configure` || !isThere(guest)) return undefined;
      const keys = Object.entries(task.config).flatMap(([key, wanted]) => {
        const answer = typeof wanted === 'string' ? task.outputs?.[key]?.(now) : unseen;
        return answer === unseen || answer === wanted ? [] : [`${key}: ${answer ?? 'none'} → ${wanted}`];
      });
      return keys.length === 0 ? undefined : keys.join(', ');
    },
  };
}

function guestsOf({ guests }: Fleet): ReadonlyMap<string, Guest> {
  return new Map(Object.values(guests).map((guest) => [targetOf(guest), guest]));
}

/** What a run of an opened project is about. */
export function selectOf(
  opened: Opened,
  options: Pick<SelectOptions, 'targets'> & Partial<Pick<SelectOptions, 'except' | 'force'>>,
): Selection {
  const { graph, tags, facts, terms, cluster } = opened;
  return select(graph, tags, facts.current(), {
    ...{ targets: options.targets, except: options.except ?? [], force: options.force ?? false, terms },
    ...(cluster && cluster.leftOut.size > 0 ? { leftOut: leftOutOf(opened) } : {}),
  });
}
