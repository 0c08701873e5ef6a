/**
 * Where guests that may be made on one of several nodes are to be made: on the one that has most left once every guest of
 * the fleet has what it is to have. It is decided once for a run: in which order guests get made must not change where the
 * others go, for what they rest on is made ready there. Once it is made, a guest is where it is.
 */

import type { Fleet, Guest } from '../../src/config/fleet.ts';
import type { Facts, HostFacts } from '../../src/proxmox/facts.ts';
import { confOf } from '../../src/proxmox/guest-conf.ts';
import { diskRoom } from './disk-room.ts';

export interface Chosen {
  readonly node: string;
  /** What each candidate had left, in words: `pve2 40 GiB, pve1 12 GiB of memory left`. */
  readonly why: string;
}

const mebibytesPerGibibyte = 1024;
/** MiB, of a guest whose conf does not say it. */
const defaultMemory = 512;

/** What was decided, by the guests of the fleet that a run was started for: a guest meets it with its own node. */
const decided = new WeakMap<Fleet['guests'], Map<number, Chosen>>();

/** Where a guest that has no place yet is to be made; undefined while no node that it may be made on can be reached. */
export function placementOf(id: number, fleet: Fleet, facts: Facts): Chosen | undefined {
  const known = decided.get(fleet.guests) ?? new Map<number, Chosen>();
  decided.set(fleet.guests, known);
  if (!known.has(id))
    for (const [other, chosen] of choose(fleet, facts)) if (!known.has(other)) known.set(other, chosen);
  return known.get(id);
}

function choose(fleet: Fleet, facts: Facts): Map<number, Chosen> {
  const nodes = facts.nodes ?? new Map<string, HostFacts>();
  const left = {
    memory: new Map([...nodes].map(([name, host]) => [name, host.node.memory / mebibytesPerGibibyte])),
    disk: new Map<string, number>(),
  };
  const take = (by: 'memory' | 'disk', key: string, size: number) =>
    left[by].set(key, (left[by].get(key) ?? 0) - size);
  const unborn: Guest[] = [];
  for (const guest of Object.values(fleet.guests).sort((a, b) => a.id - b.id)) {
    const home = facts.guests.get(guest.id)?.node;
    if (home !== undefined) take('memory', home, memoryOf(guest));
    else if (guest.place) unborn.push(guest);
    else take('memory', guest.node ?? '', memoryOf(guest));
  }
  for (const { id, node, ...other } of facts.guests.values())
    if (!Object.hasOwn(fleet.guests, id))
      take('memory', node ?? '', memoryAsked(other.conf) / mebibytesPerGibibyte);
  const untold = new Set<string>();
  const chosen = new Map<number, Chosen>();
  for (const guest of unborn) {
    const { by = 'memory', among = [] } = guest.place ?? {};
    const { storage, size } = guest.kind === 'ct' ? guest.rootfs : guest.disk;
    const keyOf = (node: string) => (by === 'memory' ? node : `${node} ${storage}`);
    const room = (node: string): number => {
      const key = keyOf(node);
      if (by === 'disk' && !left.disk.has(key)) {
        const known = diskRoom(node, storage, fleet, nodes.get(node));
        if (known === undefined) untold.add(key);
        left.disk.set(key, known ?? 0);
      }
      return left[by].get(key) ?? 0;
    };
    const candidates = among
      .filter((node) => nodes.has(node))
      .map((node) => ({ node, room: room(node) }))
      .sort((a, b) => b.room - a.room);
    const [best] = candidates;
    if (!best) continue;
    const words = candidates.map(({ node, room: each }) =>
      untold.has(keyOf(node)) ? `${node} not known` : `${node} ${Math.round(each)} GiB`,
    );
    chosen.set(guest.id, {
      node: best.node,
      why: `${words.join(', ')} of ${by === 'memory' ? by : storage} left`,
    });
    take('memory', best.node, memoryOf(guest));
    if (left.disk.has(`${best.node} ${storage}`)) take('disk', `${best.node} ${storage}`, size ?? 0);
  }
  return chosen;
}

/** GiB. */
function memoryOf({ memory }: Guest): number {
  return memory / mebibytesPerGibibyte;
}

/** MiB that a conf asks for. */
function memoryAsked(text: string): number {
  const memory = Number(confOf({ id: 0, kind: 'ct', running: false, conf: text }).keys.get('memory'));
  return Number.isFinite(memory) && memory > 0 ? memory : defaultMemory;
}
