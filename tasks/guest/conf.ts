/** What the facts say of one guest, container or VM: its conf, its mark, how it stands. Pure. */

import { type GuestConf, parseConf } from '../../src/proxmox/conf.ts';
import type { Facts, GuestFacts } from '../../src/proxmox/facts.ts';
import { type Mark, readMark } from '../../src/proxmox/mark.ts';
import { hasTemplateFlag, unconverted } from '../../src/proxmox/template-conf.ts';

/** `half-made`: a create, a clone or a destroy that never ended left its lock behind. */
export type GuestState = 'absent' | 'half-made' | 'stopped' | 'running';

/** Locks of what is not whole: of a create, of a container's destroy, of a VM that is cloned to (F4). */
const unfinished = new Set(['create', 'destroyed', 'clone']);

export function stateOf(facts: Facts, id: number): GuestState {
  const guest = facts.guests.get(id);
  if (!guest) return 'absent';
  if (unfinished.has(confOf(guest).keys.get('lock') ?? '')) return 'half-made';
  return guest.running ? 'running' : 'stopped';
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
