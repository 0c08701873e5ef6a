/** Where guests are made that may be made on several nodes: tables, and the same answer until they exist. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fleet } from '../../src/config/fleet.ts';
import type { Facts, GuestFacts, HostFacts } from '../../src/proxmox/facts.ts';
import { placementOf } from '../../tasks/cluster/placement.ts';

interface Wish {
  readonly node?: string;
  readonly among?: readonly string[];
  readonly by?: 'memory' | 'disk';
  /** GiB. */
  readonly memory?: number;
  readonly size?: number;
}

function fleetOf(wishes: Readonly<Record<number, Wish>>): Fleet {
  const guests = Object.entries(wishes).map(([id, { node, among, by = 'memory', memory = 1, size = 8 }]) => [
    id,
    {
      ...{ id: Number(id), kind: 'ct', memory: memory * 1024, rootfs: { storage: 'tank', size } },
      ...(node === undefined ? {} : { node }),
      ...(among === undefined ? {} : { place: { by, among } }),
    },
  ]);
  return { guests: Object.fromEntries(guests), hypervisor: hypervisorOf({}) } as unknown as Fleet;
}

function hypervisorOf(own: Readonly<Record<string, unknown>>): unknown {
  return { storage: {}, zfs: { pools: {}, datasets: {} }, ...own };
}

/** Nodes with GiB of memory, and of room on `tank`. */
function factsOf(
  nodes: Readonly<Record<string, readonly [memory: number, room: number]>>,
  guests: readonly GuestFacts[] = [],
): Facts {
  const each = Object.entries(nodes).map(([name, [memory, room]]): [string, HostFacts] => [
    name,
    {
      node: { name, memory: memory * 1024 },
      storageCfg: 'zfspool: tank\n\tpool tank/guests\n\tcontent rootdir\n',
      datasets: new Map([['tank/guests', new Map([['available', String(room * 1024 ** 3)]])]]),
      zpools: new Map(),
    } as unknown as HostFacts,
  ]);
  return { nodes: new Map(each), guests: new Map(guests.map((one) => [one.id, one])) } as unknown as Facts;
}

const stands = (id: number, node: string, memory: number): GuestFacts => ({
  ...{ id, kind: 'ct', running: true, node, conf: `memory: ${memory * 1024}\n` },
});

function chosen(fleet: Fleet, facts: Facts): Record<number, string> {
  const ids = Object.keys(fleet.guests).map(Number);
  return Object.fromEntries(
    ids.flatMap((id) => {
      const { node } = (!fleet.guests[id]?.place ? undefined : placementOf(id, fleet, facts)) ?? {};
      return node === undefined ? [] : [[id, node]];
    }),
  );
}

const both = ['a', 'b'];

test('on the one with most left; what others are to have is set aside, whether they are made or not', () => {
  assert.deepEqual(chosen(fleetOf({ 1: { among: both } }), factsOf({ a: [8, 1], b: [16, 1] })), { 1: 'b' });
  const reserved = fleetOf({ 1: { among: both }, 2: { node: 'b', memory: 12 } });
  assert.deepEqual(chosen(reserved, factsOf({ a: [8, 1], b: [16, 1] })), { 1: 'a' });
  const foreign = factsOf({ a: [8, 1], b: [16, 1] }, [stands(900, 'b', 12)]);
  assert.deepEqual(chosen(fleetOf({ 1: { among: both } }), foreign), { 1: 'a' });
});

test('guests that are placed in one go are spread', () => {
  const many = fleetOf(Object.fromEntries([1, 2, 3, 4].map((id) => [id, { among: both, memory: 4 }])));
  assert.deepEqual(chosen(many, factsOf({ a: [16, 1], b: [16, 1] })), { 1: 'a', 2: 'b', 3: 'a', 4: 'b' });
});

test('by the room of the storage of its root', () => {
  const facts = factsOf({ a: [99, 100], b: [1, 110] });
  const two = { among: both, by: 'disk', size: 20 } as const;
  assert.deepEqual(chosen(fleetOf({ 1: two, 2: two }), facts), { 1: 'b', 2: 'a' });
  assert.match(placementOf(1, fleetOf({ 1: two }), facts)?.why ?? '', /^b 110 GiB, a 100 GiB of tank left$/);
});

test('room that guests are to have who are not made yet, and have their node, is set aside', () => {
  const facts = factsOf({ a: [99, 100], b: [99, 110] });
  const wish = { among: both, by: 'disk', size: 20 } as const;
  const fleet = fleetOf({ 1: wish, 2: { node: 'b', size: 30 } });
  assert.match(placementOf(1, fleet, facts)?.why ?? '', /^a 100 GiB, b 80 GiB of tank left$/);
  // What stands has its room already.
  const standing = factsOf({ a: [99, 100], b: [99, 110] }, [stands(2, 'b', 1)]);
  assert.match(
    placementOf(1, fleetOf({ 1: wish, 2: { node: 'b', size: 30 } }), standing)?.why ?? '',
    /^b 110/,
  );
});

test('before the storage is made, by the room of what it will lie on: a pool, or the disks of one', () => {
  const two = { among: both, by: 'disk', size: 20 } as const;
  const fleetWith = (storage: unknown): Fleet => {
    const pools = { tank: { raid: 'mirror', disks: ['/dev/disk/by-id/x', '/dev/disk/by-id/y'] } };
    const datasets = { 'tank/guests': { mountpoint: '/srv/guests' } };
    const own = hypervisorOf({ storage: { tank: storage }, zfs: { pools, datasets } });
    return { ...fleetOf({ 1: two }), nodes: { a: own, b: own } } as unknown as Fleet;
  };
  /** GiB of a pool that is there, or of the disks of one that is not. */
  const empty = (pool: number | undefined, disk: number): HostFacts =>
    ({
      node: { memory: 1024 },
      ...{ storageCfg: '', datasets: new Map(), rooms: new Map() },
      zpools: new Map(pool === undefined ? [] : [['tank', { free: pool * 1024 ** 3 }]]),
      blocks: ['sda', 'sdb'].map((name) => `NAME="/dev/${name}" TYPE="disk" SIZE="${disk * 1024 ** 3}"`),
      deviceOf: new Map([
        ['/dev/disk/by-id/x', '/dev/sda'],
        ['/dev/disk/by-id/y', '/dev/sdb'],
      ]),
    }) as unknown as HostFacts;
  const facts = (a: HostFacts, b: HostFacts): Facts =>
    ({ guests: new Map(), nodes: new Map(Object.entries({ a, b })) }) as unknown as Facts;
  const whyOf = (storage: unknown, seen: Facts) => placementOf(1, fleetWith(storage), seen)?.why;
  for (const storage of [
    { type: 'zfspool', pool: 'tank/guests' },
    { type: 'dir', path: '/srv/guests/images' },
  ]) {
    assert.equal(
      whyOf(storage, facts(empty(100, 999), empty(300, 999))),
      'b 300 GiB, a 100 GiB of tank left',
    );
    assert.equal(
      whyOf(storage, facts(empty(100, 999), empty(undefined, 200))),
      'b 200 GiB, a 100 GiB of tank left',
    );
  }
  const elsewhere = facts(empty(100, 999), empty(300, 999));
  assert.equal(
    whyOf({ type: 'dir', path: '/srv/other' }, elsewhere),
    'a not known, b not known of tank left',
  );
});

test('a node that is away is no candidate; with none left nothing is chosen', () => {
  assert.deepEqual(chosen(fleetOf({ 1: { among: both } }), factsOf({ a: [1, 1] })), { 1: 'a' });
  assert.deepEqual(chosen(fleetOf({ 1: { among: ['c'] } }), factsOf({ a: [1, 1] })), {});
});

test('what was decided for a run stays, in whatever order guests are made', () => {
  const many = fleetOf(Object.fromEntries([1, 2, 3].map((id) => [id, { among: both, memory: 4 }])));
  const before = chosen(many, factsOf({ a: [16, 1], b: [20, 1] }));
  assert.deepEqual(before, { 1: 'b', 2: 'a', 3: 'b' });
  const later = factsOf({ a: [16, 1], b: [20, 1] }, [stands(3, 'b', 4)]);
  assert.deepEqual(chosen(many, later), before);
});
