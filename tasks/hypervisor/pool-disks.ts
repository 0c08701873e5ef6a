/** Whether disks may be taken for a new pool: there, in use by nobody, blank or given up by name. It changes nothing. */

import type { Problem } from '../../src/core/event.ts';
import { suggest } from '../../src/core/suggest.ts';
import { type Found, foundOn, parseLsblk } from '../../src/proxmox/blocks.ts';
import type { Facts } from '../../src/proxmox/facts.ts';

export type Permits = (kind: string, name: string) => boolean;

/** A disk by its own name: `zpool status` may show the path of a partition that the pool made on it. */
export function diskName(path: string): string {
  return path.replace(/^.*\//, '').replace(/-part\d+$/, '');
}

/** The kernel's name of a whole disk, whichever of its paths or partitions is named. */
export function deviceOf({ host }: Facts, path: string): string | undefined {
  const known = host.deviceOf.get(path) ?? host.deviceOf.get(path.replace(/-part\d+$/, ''));
  if (known !== undefined || path.startsWith('/dev/disk/')) return known;
  const block = parseLsblk(host.blocks).find(({ name }) => name === path);
  return block?.type === 'part' ? block.parent : block?.name;
}

/** Disks whose signatures have to be erased first; `diskRefusal` has seen that they may. */
export function toWipe(disks: readonly string[], facts: Facts): string[] {
  return disks.filter((disk) => (lookAt(facts, disk)?.signatures.length ?? 0) > 0);
}

/** What is on a disk; undefined when there is none. */
function lookAt(facts: Facts, disk: string): Found | undefined {
  const device = deviceOf(facts, disk);
  const blocks = parseLsblk(facts.host.blocks);
  if (device === undefined || !blocks.some(({ name }) => name === device)) return undefined;
  const { inUse, signatures } = foundOn(blocks, device);
  const pools = [...facts.host.zpools.values()].filter(({ vdevs }) =>
    vdevs.some((vdev) => deviceOf(facts, vdev.disk) === device),
  );
  return { inUse: [...pools.map(({ name }) => `it is part of the pool ${name}`), ...inUse], signatures };
}

/** Why a pool cannot be made from these disks: everything that was found on all of them. */
export function diskRefusal(
  pool: string,
  disks: readonly string[],
  facts: Facts,
  permits: Permits,
): Problem | undefined {
  const looks = disks.map((disk) => ({ disk, found: lookAt(facts, disk) }));
  const absent = looks.filter(({ found }) => found === undefined);
  if (absent.length > 0) {
    return {
      title: `Pool ${pool} names a disk that is not there`,
      facts: absent.map(({ disk }) => [diskName(disk), near(disk, facts)] as const),
      hint: 'Name disks as they stand below /dev/disk/by-id on the node.',
      command: 'ls /dev/disk/by-id',
    };
  }
  const twice = disks.filter((disk, at) =>
    disks.slice(0, at).some((other) => deviceOf(facts, other) === deviceOf(facts, disk)),
  );
  if (twice.length > 0) {
    return {
      title: `Pool ${pool} names one disk by two of its paths`,
      facts: twice.map((disk) => [diskName(disk), deviceOf(facts, disk) ?? ''] as const),
      hint: 'Name each disk once.',
      command: 'ls -l /dev/disk/by-id',
    };
  }
  const used = looks.filter(({ found }) => (found?.inUse.length ?? 0) > 0);
  if (used.length > 0) {
    return {
      title: `Pool ${pool} names a disk that is in use`,
      facts: used.map(({ disk, found }) => [diskName(disk), found?.inUse.join('; ') ?? ''] as const),
      hint: 'phx takes no disk that something uses. Name another one, or free it yourself.',
      command: 'lsblk',
    };
  }
  const written = looks.filter(
    ({ disk, found }) => (found?.signatures.length ?? 0) > 0 && !permits('wipe-disk', disk),
  );
  if (written.length === 0) return undefined;
  const exported = written.some(({ found }) =>
    found?.signatures.some((signature) => signature.endsWith(`, pool ${pool}`)),
  );
  const wipe = written.map(({ disk }) => `--wipe-disk ${diskName(disk)}`).join(' ');
  return {
    title: `Pool ${pool} names a disk that is not blank`,
    facts: written.map(({ disk, found }) => [diskName(disk), found?.signatures.join('; ') ?? ''] as const),
    hint: exported
      ? `There is a pool ${pool} on it that is not imported: zpool import ${pool} brings it back. To lose all that is on it, name the disk: ${wipe}.`
      : 'What is on it would be lost. If nothing of it matters, name the disk.',
    command: exported ? `zpool import ${pool}` : `phx run hypervisor/zfs:${pool} ${wipe}`,
  };
}

function near(disk: string, { host }: Facts): string {
  const names = [...host.deviceOf.keys()].map(diskName);
  const [meant] = suggest(diskName(disk), names, 1);
  if (meant !== undefined) return `not on the node; did you mean ${meant}?`;
  return `not on the node, which has ${names.length > 0 ? names.join(', ') : 'no disk with an id'}`;
}
