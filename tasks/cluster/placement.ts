/**
 * Where guests that may be made on one of several nodes are to be made: on the one that has most left once every guest of
 * the fleet has what it is to have. It is decided once for a run: in which order guests get made must not change where the
 * others go, for what they rest on is made ready there. Once it is made, a guest is where it is.
 */

import { birthplacesOf } from '../../src/config/across.ts';
import type { Fleet, Guest } from '../../src/config/fleet.ts';
import type { Facts, HostFacts } from '../../src/proxmox/facts.ts';
import { confOf } from '../../src/proxmox/guest-conf.ts';
import { Disks } from './disks.ts';

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
  const memory = new Map([...nodes].map(([name, host]) => [name, host.node.memory / mebibytesPerGibibyte]));
  const disks = new Disks(fleet, nodes);
  const take = (guest: Guest, node: string) => {
    memory.set(node, (memory.get(node) ?? 0) - memoryOf(guest));
    if (!facts.guests.has(guest.id)) disks.take(node, rootOf(guest).storage, rootOf(guest).size ?? 0);
  };
  const birth = {
    guestOf: (id: number) => fleet.guests[id],
    nodes: Object.keys(fleet.nodes ?? {}),
    storages: fleet.hypervisor.storage,
  };
  const unborn: Guest[] = [];
  for (const guest of Object.values(fleet.guests).sort((a, b) => a.id - b.id)) {
    const home = facts.guests.get(guest.id)?.node;
    if (home === undefined && guest.place) unborn.push(guest);
    else take(guest, home ?? birthplacesOf(guest, birth)[0] ?? '');
  }
  for (const { id, node = '', ...other } of facts.guests.values())
    if (!Object.hasOwn(fleet.guests, id))
      memory.set(node, (memory.get(node) ?? 0) - memoryAsked(other.conf) / mebibytesPerGibibyte);
  const chosen = new Map<number, Chosen>();
  for (const guest of unborn) {
    const { by = 'memory', among = [] } = guest.place ?? {};
    const { storage } = rootOf(guest);
    const left = (node: string) => (by === 'memory' ? (memory.get(node) ?? 0) : disks.left(node, storage));
    const candidates = among
      .filter((node) => nodes.has(node))
      .map((node) => ({ node, room: left(node) }))
      .sort((a, b) => (b.room ?? 0) - (a.room ?? 0));
    const [best] = candidates;
    if (!best) continue;
    const words = candidates.map(
      ({ node, room }) => `${node} ${room === undefined ? 'not known' : `${Math.round(room)} GiB`}`,
    );
    const of = by === 'memory' ? by : storage;
    chosen.set(guest.id, { node: best.node, why: `${words.join(', ')} of ${of} left` });
    take(guest, best.node);
  }
  return chosen;
}

function rootOf(guest: Guest) {
  return guest.kind === 'ct' ? guest.rootfs : guest.disk;
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
