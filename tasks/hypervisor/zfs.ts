/**
 * Steps `zfs:<pool>` and `zfs:<pool>/<dataset>`: pools made from blank disks, datasets with their properties. A pool or
 * dataset that the configuration does not name is never touched, and none is ever destroyed.
 */

import type { Hypervisor, Zpool } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Assessment } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { zfsTask } from '../guest/names.ts';

export function poolStep(name: string, pool: Zpool): PhxTask {
  return {
    id: zfsTask(name),
    target: 'hypervisor',
    title: `pool ${name}`,
    revision: '1',
    config: { raid: pool.raid, disks: pool.disks, ashift: pool.ashift, autotrim: pool.autotrim },
    dependencies: [],
    outputs: { layout: (facts) => layoutOf(facts, name) },
    assess: ({ facts }) => otherPool(name, pool, facts),
    pools: ['zpool:host'],
    touches: ['host'],
    run: async (context) => {
      if (context.facts().host.zpools.has(name)) return undefined;
      const { raid, disks, ashift, autotrim } = context.config as unknown as Zpool;
      const layout = raid === 'single' || raid === 'stripe' ? [] : [raid];
      await context.run([
        ...['zpool', 'create', '-o', `ashift=${ashift}`, '-o', `autotrim=${autotrim ? 'on' : 'off'}`],
        ...['-O', 'compression=lz4', '-O', 'atime=off', name, ...layout, ...disks],
      ]);
      return undefined;
    },
  };
}

function layoutOf(facts: Facts, name: string): string | undefined {
  const pool = facts.host.zpools.get(name);
  return pool?.vdevs.map(({ kind, disk }) => `${kind} ${diskName(disk)}`).join(', ');
}

/** A disk by its own name: `zpool status` may show the path of a partition that the pool made on it. */
function diskName(path: string): string {
  return path.replace(/^.*\//, '').replace(/-part\d+$/, '');
}

function otherPool(name: string, wanted: Zpool, facts: Facts): Assessment | undefined {
  const pool = facts.host.zpools.get(name);
  if (!pool) return undefined;
  const names = (disks: readonly string[]) => disks.map(diskName).sort().join(', ');
  const present = names(pool.vdevs.map(({ disk }) => disk));
  if (present === names(wanted.disks)) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `There is a pool ${name}, but on other disks`,
      facts: [
        ['on the node', present],
        ['wanted', names(wanted.disks)],
      ],
      hint: 'phx never takes a pool apart. Name the disks that it has, or give yours another name.',
      command: 'phx config hypervisor',
    },
  };
}

export function datasetStep(name: string, properties: Hypervisor['zfs']['datasets'][string]): PhxTask {
  const pool = name.replace(/\/.*$/, '');
  return {
    id: zfsTask(name),
    target: 'hypervisor',
    title: `dataset ${name}`,
    revision: '1',
    config: properties,
    dependencies: [{ task: zfsTask(pool), kind: 'order' }],
    outputs: {
      exists: (facts) => (facts.host.datasets.has(name) ? true : undefined),
      ...Object.fromEntries(
        Object.keys(properties).map((key) => [
          key,
          (facts: Facts) => facts.host.datasets.get(name)?.get(key),
        ]),
      ),
    },
    touches: ['host'],
    run: async (context) => {
      const wanted = context.config as Readonly<Record<string, string>>;
      const present = context.facts().host.datasets.get(name);
      if (!present) {
        const options = Object.entries(wanted).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
        await context.run(['zfs', 'create', ...options, name]);
        return undefined;
      }
      for (const [key, value] of Object.entries(wanted)) {
        if (normalProperty(key, value) !== present.get(key))
          await context.run(['zfs', 'set', `${key}=${value}`, name]);
      }
      return undefined;
    },
  };
}

/** A property as `zfs get -p` prints it: sizes in bytes (zfsprops(7): powers of 1024, `none` is 0). */
export function normalProperty(key: string, value: string): string {
  if (value === 'none') return key === 'mountpoint' ? value : '0';
  const match = /^([\d.]+)([KMGTP])i?B?$/i.exec(value);
  if (!match) return value;
  const power = 'KMGTP'.indexOf((match[2] ?? 'K').toUpperCase()) + 1;
  return String(Math.floor(Number(match[1]) * 1024 ** power));
}
