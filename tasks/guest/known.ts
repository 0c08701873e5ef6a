/** What tells one guest of an id, and one start of it, from another. Pure; it reads facts. */

import { digest } from '../../src/core/digest.ts';
import { parseConf } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { readMark } from '../../src/proxmox/mark.ts';

/** The token of this very guest, from its mark; undefined where it has none. */
export function incarnationOf(facts: Facts, id: number): string | undefined {
  const guest = facts.guests.get(id);
  return guest && readMark(parseConf(guest.conf, guest.kind).description, id)?.incarnation;
}

/** What tells one start of a guest from another; undefined while it does not run, or cannot be looked into. */
export function startOf(facts: Facts, id: number): string | undefined {
  const guest = facts.guests.get(id);
  if (!guest?.running || guest.start === undefined) return undefined;
  return digest(`${facts.host.node.bootId} ${guest.start}`).slice(0, 12);
}
