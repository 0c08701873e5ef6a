/** The disks of the node and what is on them; a disk that nobody wrote to is blank. It knows no command. */

import { baseOf } from './files.ts';
import type { DiskPart, DiskState } from './machine-state.ts';
import type { TwinHardware, TwinState } from './state.ts';

/** The disk that the installer put the system on. */
export const systemDisk = '/dev/disk/by-id/ata-SYSTEM_DISK_120GB_0001';

/** Every simulated disk but the system's has this size. */
export const diskSize = 2 * 1024 ** 4;

const gib = 1024 ** 3;
const mib = 1024 ** 2;

/** The volume group that the installer makes: beside root and swap a thin pool, with its metadata twice; 16 GiB stay free. */
export const installedGroup = { size: 110 * gib - 4 * mib, data: 44 * gib, taken: (40 + 8 + 44 + 2) * gib };

/** The system disk, and the named ones blank. */
export function freshDisks({ disks }: TwinHardware): Record<string, DiskState> {
  const made: Record<string, DiskState> = { [systemDisk]: installed('/dev/sda') };
  let letter = 'b'.charCodeAt(0);
  let nvme = 0;
  for (const path of disks) {
    if (Object.hasOwn(made, path)) continue;
    const device = baseOf(path).startsWith('nvme-')
      ? `/dev/nvme${nvme++}n1`
      : `/dev/sd${String.fromCharCode(letter++)}`;
    made[path] = { device, size: diskSize, parts: [] };
  }
  return made;
}

/** What the installer of Proxmox VE makes of a disk: BIOS boot, EFI, and LVM with root and swap. */
function installed(device: string): DiskState {
  const parent = `${device}3`;
  return {
    device,
    size: 120 * 1000 ** 3,
    pttype: 'gpt',
    parts: [
      { name: `${device}1`, size: 1007 * 1024 },
      { name: `${device}2`, size: gib, fstype: 'vfat', mountpoint: '/boot/efi' },
      { name: parent, size: 110 * gib, fstype: 'LVM2_member' },
      {
        name: '/dev/mapper/pve-swap',
        type: 'lvm',
        parent,
        size: 8 * gib,
        fstype: 'swap',
        mountpoint: '[SWAP]',
      },
      { name: '/dev/mapper/pve-root', type: 'lvm', parent, size: 40 * gib, fstype: 'ext4', mountpoint: '/' },
    ],
  };
}

/** The disks, to look at. A state of before they had content shows them blank but for the members of its pools. */
export function disksOf(state: TwinState): Readonly<Record<string, DiskState>> {
  if (state.disks) return state.disks;
  const disks = freshDisks(state.hardware);
  for (const [name, pool] of Object.entries(state.pools))
    for (const vdev of pool.vdevs) {
      const disk = disks[vdev.disk];
      if (disk) putMember(disk, name);
    }
  return disks;
}

/** Paths of the whole disks below /dev/disk/by-id. */
export function diskPaths(state: TwinState): string[] {
  return Object.entries(disksOf(state))
    .flatMap(([path, disk]) => [path, ...(disk.also ?? [])])
    .filter((path) => path.startsWith('/dev/disk/'));
}

/** Every path that means a disk or a part of one. */
export function blockPaths(state: TwinState): string[] {
  return Object.entries(disksOf(state)).flatMap(([path, disk]) => [
    path,
    ...(disk.also ?? []),
    disk.device,
    ...disk.parts.map((part) => part.name),
  ]);
}

/** A disk with the path that it is kept under, and the part of it that was named. */
export interface Found {
  readonly path: string;
  readonly disk: DiskState;
  readonly part?: DiskPart;
}

/** The disk or part of a path: below by-id (with `-partN` for a part), or the device itself. */
export function findDisk(state: TwinState, asked: string): Found | undefined {
  for (const [path, disk] of Object.entries(disksOf(state))) {
    const names = [path, disk.device, ...(disk.also ?? [])];
    if (names.includes(asked)) return { path, disk };
    const part = disk.parts.find(
      (one) => one.name === asked || names.some((name) => asked === `${name}-part${partNumber(disk, one)}`),
    );
    if (part) return { path, disk, part };
  }
  return undefined;
}

function partNumber(disk: DiskState, part: DiskPart): string {
  return /^p?(\d+)$/.exec(part.name.slice(disk.device.length))?.[1] ?? '-';
}

/** The disk that is kept under a path, to change it. */
export function changeDisk(state: TwinState, path: string): DiskState {
  state.disks ??= { ...disksOf(state) };
  const disk = state.disks[path] ?? { device: path, size: diskSize, parts: [] };
  state.disks[path] = disk;
  return disk;
}

/** The pool of the node that the disk, or the named part of it, is a member of. */
export function poolOn(state: TwinState, { path, part }: Found): string | undefined {
  const on = Object.entries(state.pools).find(([, pool]) =>
    pool.vdevs.some((vdev) => {
      const member = findDisk(state, vdev.disk) ?? findDisk(state, vdev.disk.replace(/-part\d+$/, ''));
      const apart = part && member?.part && member.part.name !== part.name;
      return member?.path === path && !apart;
    }),
  );
  return on?.[0];
}

/** Somebody holds the disk, or the named part of it: mounted, swap, a volume on it, a pool. */
export function isBusy(state: TwinState, found: Found): boolean {
  const { disk, part } = found;
  const held = (one: DiskPart) =>
    one.mountpoint !== undefined || disk.parts.some((child) => child.parent === one.name);
  if (poolOn(state, found) !== undefined) return true;
  return part ? held(part) : disk.mountpoint !== undefined || disk.parts.some(held);
}

/** Takes everything off a disk. */
export function blankDisk(disk: DiskState): void {
  disk.parts = [];
  delete disk.pttype;
  delete disk.fstype;
  delete disk.label;
  delete disk.mountpoint;
}

/** Makes a whole disk a member of a pool, as zpool does: a partition table with the member and a small reserve. */
export function putMember(disk: DiskState, pool: string): void {
  blankDisk(disk);
  disk.pttype = 'gpt';
  disk.parts = [
    { name: partName(disk, 1), size: disk.size - 9 * mib, fstype: 'zfs_member', label: pool },
    { name: partName(disk, 9), size: 8 * mib },
  ];
}

/** The name of a partition: `/dev/sda1`, `/dev/nvme0n1p1`. */
export function partName({ device }: DiskState, number: number): string {
  return `${device}${/\d$/.test(device) ? 'p' : ''}${number}`;
}
