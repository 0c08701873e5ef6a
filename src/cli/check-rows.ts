/** What `phx check` tells of each target: how it stands by the facts, and what became of its checks. Pure; it prints nothing. */

import type { Fleet } from '../config/fleet.ts';
import type { Finding } from '../config/project.ts';
import type { Problem } from '../core/event.ts';
import type { Facts } from '../proxmox/facts.ts';

/** One target, as the document of `--json` has it. */
export interface CheckRow {
  readonly target: string;
  readonly name?: string;
  readonly state: 'running' | 'stopped' | 'absent' | 'external';
  readonly wanted?: 'running' | 'stopped';
  /** `idle`: stopped, and wanted so; nobody is asked. */
  readonly result: 'well' | 'idle' | 'failed' | 'not asked';
  readonly checks: readonly (Omit<Finding, 'target'> & { readonly ms: number })[];
  readonly problem?: Problem;
}

/** How a target stands before anybody is asked; `asked` ones are still to be looked into. */
export function rowOf(target: string, fleet: Fleet, facts: Facts): CheckRow & { readonly asked: boolean } {
  const id = target.replace(/^.*:/, '');
  const guest = target.startsWith('external:') ? undefined : fleet.guests[id];
  const row = { target, checks: [] };
  if (!guest) return { ...row, state: 'external', result: 'not asked', asked: true };
  const there = facts.guests.get(guest.id);
  const named = { ...row, name: guest.kind === 'ct' ? guest.hostname : guest.name, wanted: guest.state };
  if (!there) {
    return { ...named, state: 'absent', result: 'failed', asked: false, problem: notThere(target) };
  }
  if (there.running) return { ...named, state: 'running', result: 'not asked', asked: true };
  if (guest.state === 'stopped') return { ...named, state: 'stopped', result: 'idle', asked: false };
  return { ...named, state: 'stopped', result: 'failed', asked: false, problem: notRunning(target) };
}

function notThere(target: string): Problem {
  return {
    title: 'is not on the node',
    facts: [],
    command: `phx run ${target}`,
  };
}

function notRunning(target: string): Problem {
  return {
    title: 'is stopped, but wanted running',
    facts: [],
    command: `phx start ${target}`,
  };
}

/** The row of one that was asked, once its task has ended; without an ending it was not asked after all. */
export function endedRow(
  row: CheckRow,
  checks: CheckRow['checks'],
  ended: { readonly problem?: Problem } | undefined,
): CheckRow {
  const { target, name, state, wanted } = row;
  const bare = { target, state, ...(name ? { name } : {}), ...(wanted ? { wanted } : {}), checks };
  if (!ended) return { ...bare, result: 'not asked' };
  return ended.problem ? { ...bare, result: 'failed', problem: ended.problem } : { ...bare, result: 'well' };
}
