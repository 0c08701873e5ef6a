/**
 * Where tasks are done: one machine, or one of several. With several it is asked for anew before each step, since what a
 * task is about may have moved. Knows no Proxmox.
 */

import { BlockedError } from './error.ts';
import type { Problem } from './event.ts';
import type { Host } from './host.ts';
import type { Holds } from './schedule.ts';
import type { Task } from './task.ts';

/** Where tasks see a host: one sweep, read again in parts after something changed. */
export interface FactsSource<Facts> {
  current(): Facts;
  refresh(scopes: readonly string[]): Promise<Facts>;
}

/** A machine, and what is known of it. */
export interface Site<Facts> {
  /** Its name among several; a single one has none. */
  readonly name?: string;
  readonly host: Host;
  readonly facts: FactsSource<Facts>;
}

/** A machine that cannot be worked on now. */
export interface OutOfReach {
  readonly name: string;
  readonly problem: Problem;
  /** It is known from the beginning that nothing is done there. */
  readonly leftOut?: LeftOutBy;
}

/** Who said that nothing is to be done on a machine: a person for this command, or the project once and for all. */
export type LeftOutBy = 'command' | 'project';

export type Placed<Facts> = Pick<Task<Facts>, 'whereabouts'>;

export interface Sites<Facts> {
  /** Where the task is done as things stand now. */
  of(task: Placed<Facts>): Site<Facts> | OutOfReach;
  /** What a pool is called there: machines do not wait for each other's, unless what it guards is one thing for all. */
  poolAt(site: string, pool: string): string;
}

/** All that is done is done on this machine. */
export function onlySite<Facts>(host: Host, facts: FactsSource<Facts>): Sites<Facts> {
  const site = { host, facts };
  return { of: () => site, poolAt: (_, pool) => pool };
}

export function isWithinReach<Facts>(site: Site<Facts> | OutOfReach): site is Site<Facts> {
  return 'host' in site;
}

/** What a task holds while it runs, as the schedule counts it. */
export function holdsOf<Facts>(
  task: Pick<Task<Facts>, 'whereabouts' | 'elsewhere' | 'pools' | 'exclusive'>,
  sites: Sites<Facts>,
): Holds {
  const machine = sites.of(task).name ?? '';
  const pools = (task.pools ?? []).map((pool) => sites.poolAt(machine, pool));
  const also = task.elsewhere && sites.of({ whereabouts: task.elsewhere }).name;
  return {
    ...{ pools, machine },
    ...(also === undefined || also === machine ? {} : { also }),
    ...(task.exclusive ? { exclusive: true } : {}),
  };
}

/** The machine of a task, which has to be there: throws a BlockedError that says why it is not. */
export function siteOf<Facts>(sites: Sites<Facts>, task: Placed<Facts>): Site<Facts> {
  const site = sites.of(task);
  if (isWithinReach(site)) return site;
  throw new BlockedError(site.problem);
}
