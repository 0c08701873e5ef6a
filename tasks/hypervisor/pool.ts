/**
 * Step `zfs:<pool>`: a pool made from blank disks, its autotrim kept. A pool that the configuration does not name is never
 * touched, none is ever taken apart, and only a disk that `--wipe-disk` names loses what is on it.
 */

import type { Zpool } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { Problem } from '../../src/core/event.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { zfsTask } from '../guest/names.ts';
import { deviceOf, diskName, diskRefusal, type Permits, toWipe } from './pool-disks.ts';

export function poolStep(name: string, pool: Zpool): PhxTask {
  return {
    id: zfsTask(name),
    target: 'hypervisor',
    title: `pool ${name}`,
    revision: '1',
    config: { raid: pool.raid, disks: pool.disks, ashift: pool.ashift, autotrim: pool.autotrim },
    dependencies: [],
    outputs: {
      layout: (facts) => layoutOf(facts, name),
      autotrim: (facts) => propertyOf(facts, name, 'autotrim'),
      // A pool that loses a disk is told of once, by this task.
      health: (facts) => facts.host.zpools.get(name)?.health,
    },
    assess: ({ facts, permits }) => {
      const problem = refusal(name, pool, facts, permits);
      return problem && { verdict: 'blocked', problem };
    },
    pools: ['zpool:host'],
    touches: ['host'],
    run: async (context) => {
      const wanted = context.config as unknown as Zpool;
      const problem = refusal(name, wanted, context.facts(), context.permits);
      if (problem) throw new BlockedError(problem);
      if (!context.facts().host.zpools.has(name)) await create(name, wanted, context);
      await keepAutotrim(name, wanted, context);
      const health = context.facts().host.zpools.get(name)?.health;
      if (health !== 'ONLINE')
        context.log(`pool ${name} is ${health}: zpool status ${name} says what is wrong with it`);
      return undefined;
    },
  };
}

async function create(name: string, wanted: Zpool, context: TaskContext<Facts>): Promise<void> {
  const { raid, disks, ashift, autotrim } = wanted;
  // Nothing takes an erased signature back.
  for (const disk of toWipe(disks, context.facts())) await context.run(['wipefs', '--all', disk]);
  const layout = raid === 'single' || raid === 'stripe' ? [] : [raid];
  // No undo: by then the pool may hold data.
  await context.run([
    ...['zpool', 'create', '-o', `ashift=${ashift}`, '-o', `autotrim=${autotrim ? 'on' : 'off'}`],
    ...['-O', 'compression=lz4', '-O', 'atime=off', name, ...layout, ...disks],
  ]);
  if ((await context.refresh(['host'])).host.zpools.has(name)) return;
  throw new PhxError('failed', {
    title: `zpool create ended well, but there is no pool ${name}`,
    hint: 'Look at the node: zpool status, and zpool import for pools that are not imported.',
  });
}

async function keepAutotrim(name: string, wanted: Zpool, context: TaskContext<Facts>): Promise<void> {
  const value = wanted.autotrim ? 'on' : 'off';
  const present = propertyOf(context.facts(), name, 'autotrim');
  if (present === undefined || present === value) return;
  await context.run(['zpool', 'set', `autotrim=${value}`, name], {
    undo: ['zpool', 'set', `autotrim=${present}`, name],
  });
}

function propertyOf(facts: Facts, name: string, property: string): string | undefined {
  return facts.host.zpools.get(name)?.properties.get(property);
}

function refusal(name: string, wanted: Zpool, facts: Facts, permits: Permits): Problem | undefined {
  if (!facts.host.zpools.has(name)) return diskRefusal(name, wanted.disks, facts, permits);
  return otherPool(name, wanted, facts);
}

/** Devices that hold data; logs, caches and spares were added by a person and stay. */
function dataOf(facts: Facts, name: string) {
  const others = ['logs', 'cache', 'spares', 'special', 'dedup'];
  return (facts.host.zpools.get(name)?.vdevs ?? []).filter(({ kind }) => !others.includes(kind));
}

function layoutOf(facts: Facts, name: string): string | undefined {
  if (!facts.host.zpools.has(name)) return undefined;
  return dataOf(facts, name)
    .map(({ kind, disk }) => `${kind} ${diskName(disk)}`)
    .join(', ');
}

const raidNames = { disk: 'single disks', mirror: 'a mirror' } as const;

function raidName(kind: string): string {
  return kind === 'disk' || kind === 'mirror' ? raidNames[kind] : kind;
}

/** What about a pool of this name cannot be made as it is wanted. */
function otherPool(name: string, wanted: Zpool, facts: Facts): Problem | undefined {
  const vdevs = dataOf(facts, name);
  const both = (present: string, other: string) =>
    [
      ['on the node', present],
      ['wanted', other],
    ] as const;
  const command = 'phx config hypervisor';
  const devices = (disks: readonly string[]) =>
    disks.map((disk) => deviceOf(facts, disk) ?? diskName(disk)).sort();
  const present = vdevs.map(({ disk }) => disk);
  const names = (disks: readonly string[]) => disks.map(diskName).sort().join(', ');
  if (devices(present).join() !== devices(wanted.disks).join()) {
    return {
      title: `There is a pool ${name}, but on other disks`,
      facts: both(names(present), names(wanted.disks)),
      hint: 'phx never takes a pool apart. Name the disks that it has, or give yours another name.',
      command,
    };
  }
  const kinds = [...new Set(vdevs.map(({ kind }) => kind))].sort();
  const kind = wanted.raid === 'single' || wanted.raid === 'stripe' ? 'disk' : wanted.raid;
  if (kinds.join() !== kind) {
    return {
      title: `There is a pool ${name}, but of another layout`,
      facts: both(kinds.map(raidName).join(' and '), raidName(kind)),
      hint: 'ZFS cannot change the layout of a pool that stands. Write the one that it has.',
      command,
    };
  }
  // 0: whoever made the pool left it to ZFS, and no property tells what it chose.
  const ashift = propertyOf(facts, name, 'ashift') ?? '0';
  if (ashift === '0' || ashift === String(wanted.ashift)) return undefined;
  return {
    title: `There is a pool ${name}, but with another ashift`,
    facts: both(ashift, String(wanted.ashift)),
    hint: `It is fixed when a pool is made, and the next disk should have the same. Write ashift: ${ashift}.`,
    command,
  };
}
