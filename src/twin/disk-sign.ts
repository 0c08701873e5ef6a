/** Puts a signature on a simulated disk, as if it had been used elsewhere: what `phx twin disk` does. */

import { PhxError } from '../core/error.ts';
import { blankDisk, changeDisk, diskPaths, findDisk, partName, poolOn, putMember } from './disks.ts';
import { makeDirs } from './files.ts';
import type { DiskState } from './machine-state.ts';
import type { TwinState } from './state.ts';

/** A file system, a partition table with one on it, a member of a pool that is not imported, or nothing. */
export const diskSignature = /^(?:blank|gpt|ext4|zfs:([a-zA-Z][\w.:-]*))$/;

/** What is put on a disk; `mounted` is where its file system is to be mounted. */
export interface DiskWish {
  readonly signature: string;
  readonly mounted?: string;
}

/** Throws `PhxError` when there is no such disk, or it is the system's or a pool's. */
export function signDisk(state: TwinState, asked: string, { signature, mounted }: DiskWish): void {
  const match = diskSignature.exec(signature);
  if (!match)
    throw new PhxError('usage', {
      title: `--signature ${signature}`,
      hint: 'It is ext4, gpt, zfs:<pool> or blank.',
    });
  const pool = match[1];
  if (mounted !== undefined && signature !== 'ext4' && signature !== 'gpt')
    throw new PhxError('usage', {
      title: `--mounted ${mounted} with --signature ${signature}`,
      hint: 'Only a file system can be mounted: --signature ext4 or gpt.',
    });
  if (mounted !== undefined && !/^\/\S+$/.test(mounted))
    throw new PhxError('usage', {
      title: `--mounted ${mounted}`,
      hint: 'It is an absolute path without blanks, other than / itself.',
    });
  const { path, disk } = wholeDisk(state, asked);
  if (pool !== undefined && state.pools[pool])
    throw new PhxError('usage', {
      title: `There is a pool ${pool} on the simulated node`,
      hint: `Name another pool, or export that one: phx twin exec -- zpool export ${pool}`,
    });
  const changed = changeDisk(state, path);
  if (pool === undefined) putFileSystem(changed, signature, mounted);
  else putForeign(state, disk.device, changed, path, pool);
  if (mounted !== undefined) makeDirs(state.files, mounted);
}

function wholeDisk(state: TwinState, asked: string) {
  const found = findDisk(state, asked);
  if (!found || found.part)
    throw new PhxError('usage', {
      title: `${asked} is no disk of the simulated node`,
      facts: diskPaths(state).map((path): [string, string] => ['disk', path]),
      hint: 'Name one of these.',
    });
  const pool = poolOn(state, found);
  const system = found.disk.parts.some((part) => part.mountpoint === '/');
  if (pool !== undefined || system)
    throw new PhxError('usage', {
      title: `${asked} ${system ? 'holds the simulated system' : `is part of the pool ${pool}`}`,
      hint: 'Name another disk.',
      command: 'phx twin exec -- lsblk',
    });
  return found;
}

function putFileSystem(disk: DiskState, signature: string, mounted: string | undefined): void {
  blankDisk(disk);
  const content = { fstype: 'ext4', ...(mounted === undefined ? {} : { mountpoint: mounted }) };
  if (signature === 'ext4') Object.assign(disk, content);
  else if (signature === 'gpt') {
    disk.pttype = 'gpt';
    disk.parts = [{ name: partName(disk, 1), size: disk.size - 2 * 1024 ** 2, ...content }];
  }
}

/** A pool of another machine: it can be imported, and zpool knows that its disk is part of one. */
function putForeign(state: TwinState, device: string, disk: DiskState, path: string, pool: string): void {
  putMember(disk, pool);
  state.exported ??= {};
  const known = state.exported[pool];
  const others = (known?.pool.vdevs ?? []).filter((vdev) => ![path, device].includes(vdev.disk));
  const vdevs = [...others, { kind: 'disk', disk: path }];
  state.exported[pool] = {
    pool: { size: disk.size * vdevs.length, vdevs, options: known?.pool.options ?? {} },
    datasets: known?.datasets ?? { [pool]: { props: {} } },
  };
}
