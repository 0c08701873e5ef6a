/** A run's scope outside of the engine: what a single context needs, for commands that act without judging. */

import type { RunScope } from '../core/context.ts';
import type { Journal } from '../core/journal.ts';
import type { Facts } from '../proxmox/facts.ts';
import type { Io } from './io.ts';
import type { Opened } from './open.ts';

export function scopeFor(io: Io, { time, sites, stamps, terms }: Opened, journal: Journal): RunScope<Facts> {
  return {
    ...{ time, sites, stamps, journal, terms },
    clock: io.clock,
    env: (name) => io.env[name],
    random: () => crypto.randomUUID().replaceAll('-', '').slice(0, 12),
    abort: io.stop.abort,
    shared: new Map(),
    leases: new Map(),
    line: () => {},
  };
}
