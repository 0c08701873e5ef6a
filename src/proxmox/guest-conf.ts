/** What the facts say of one guest, container or VM: its conf, its mark, how it stands. Pure. */

import { type GuestConf, parseConf } from './conf.ts';
import type { Facts, GuestFacts } from './facts.ts';
import { type Mark, readMark } from './mark.ts';
import { hasTemplateFlag, unconverted } from './template-conf.ts';

/** `half-made`: a create, a clone, a restore or a destroy that never ended left its lock behind, or a conf of its own. */
export type GuestState = 'absent' | 'half-made' | 'stopped' | 'running';

/** Locks of what is not whole: of a create, of a container's destroy, of a VM that is cloned to (F4). */
const unfinished = new Set(['create', 'destroyed', 'clone']);

export function stateOf(facts: Facts, id: number): GuestState {
  const guest = facts.guests.get(id);
  if (!guest) return 'absent';
  const conf = confOf(guest);
  if (unfinished.has(conf.keys.get('lock') ?? '') || isBeingRestored(conf)) return 'half-made';
  return guest.running ? 'running' : 'stopped';
}

/** All that a VM's conf says from the moment when a restore takes its former disks away until it ends (source of 9.2). */
function isBeingRestored({ kind, keys, description, snapshots }: GuestConf): boolean {
  const bare = keys.size === 1 && keys.get('memory') === '128' && snapshots.size === 0;
  return kind === 'vm' && bare && description === '';
}

/** Flag and volumes: what was only half converted is none. */
export function isTemplate(facts: Facts, id: number): boolean {
  const guest = facts.guests.get(id);
  return guest !== undefined && hasTemplateFlag(confOf(guest)) && unconverted(confOf(guest)).length === 0;
}

export function markOf(facts: Facts, id: number): Mark | undefined {
  const guest = facts.guests.get(id);
  return guest && readMark(confOf(guest).description, id);
}

const parsed = new WeakMap<GuestFacts, GuestConf>();

/** The parsed conf of a guest; parsed once for each look at it. */
export function confOf(guest: GuestFacts): GuestConf {
  let conf = parsed.get(guest);
  if (!conf) {
    conf = parseConf(guest.conf, guest.kind);
    parsed.set(guest, conf);
  }
  return conf;
}

/** What it is called on the node. */
export function nameOf(guest: GuestFacts): string {
  return confOf(guest).keys.get(guest.kind === 'ct' ? 'hostname' : 'name') ?? '';
}
