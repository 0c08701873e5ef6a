/** What is on a disk: blank ones, ones in use, and ones that were. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Block, foundOn, parseLsblk } from '../../src/proxmox/blocks.ts';

/** One line of lsblk from the values that are not empty. */
function line(name: string, type: string, values: Readonly<Record<string, string>> = {}): string {
  const { SIZE = '1024', FSTYPE = '', PTTYPE = '', LABEL = '', MOUNTPOINT = '', PKNAME = '' } = values;
  const pairs = { NAME: name, TYPE: type, SIZE, FSTYPE, PTTYPE, LABEL, MOUNTPOINT, PKNAME };
  return Object.entries(pairs)
    .map(([key, value]) => `${key}="${value}"`)
    .join(' ');
}

const parts = { PKNAME: '/dev/sda', PTTYPE: 'gpt' };
const node = parseLsblk([
  line('/dev/nvme0n1', 'disk', { SIZE: '2000398934016' }),
  line('/dev/sda', 'disk', { PTTYPE: 'gpt' }),
  line('/dev/sda1', 'part', parts),
  line('/dev/sda2', 'part', { ...parts, FSTYPE: 'ext4', LABEL: 'data', MOUNTPOINT: '/boot' }),
  line('/dev/sda3', 'part', { ...parts, FSTYPE: 'swap', MOUNTPOINT: '[SWAP]' }),
  line('/dev/sdb', 'disk', { PTTYPE: 'gpt' }),
  line('/dev/sdb1', 'part', { PKNAME: '/dev/sdb', PTTYPE: 'gpt', FSTYPE: 'zfs_member', LABEL: 'tank' }),
  line('/dev/sdb9', 'part', { PKNAME: '/dev/sdb', PTTYPE: 'gpt' }),
  line('/dev/sdc', 'disk', { FSTYPE: 'LVM2_member' }),
  line('/dev/mapper/pve-root', 'lvm', { PKNAME: '/dev/sdc', FSTYPE: 'ext4', MOUNTPOINT: '/' }),
  line('/dev/sdd', 'disk', { FSTYPE: 'LVM2_member' }),
  line('/dev/sde', 'disk', { FSTYPE: 'linux_raid_member', LABEL: 'host:0' }),
  line('/dev/md0', 'raid1', { PKNAME: '/dev/sde', FSTYPE: 'crypto_LUKS' }),
  line('/dev/sdf', 'disk', { FSTYPE: 'linux_raid_member', LABEL: 'host:0' }),
  line('/dev/md0', 'raid1', { PKNAME: '/dev/sdf', FSTYPE: 'crypto_LUKS' }),
  line('/dev/mapper/safe', 'crypt', { PKNAME: '/dev/md0', FSTYPE: 'xfs' }),
  line('/dev/sdg', 'disk', { PTTYPE: 'dos' }),
  line('/dev/sdg1', 'part', { PKNAME: '/dev/sdg', PTTYPE: 'dos', FSTYPE: 'swap' }),
  line('/dev/sdh', 'disk', { FSTYPE: 'mpath_member' }),
  line('/dev/mapper/mpatha', 'mpath', { PKNAME: '/dev/sdh' }),
  line('/dev/sdi', 'disk', { FSTYPE: 'bcache' }),
  line('/dev/bcache0', 'disk', { PKNAME: '/dev/sdi' }),
]);

const onRaid = ['/dev/md0 is a running RAID on ', '/dev/mapper/safe is an open encrypted device on /dev/md0'];

const table: readonly (readonly [device: string, inUse: readonly string[], signatures: readonly string[]])[] =
  [
    ['/dev/nvme0n1', [], []],
    [
      '/dev/sda',
      ['/dev/sda2 is mounted at /boot', '/dev/sda3 is in use as swap'],
      ['gpt partition table on /dev/sda', 'ext4 on /dev/sda2, label data', 'swap on /dev/sda3'],
    ],
    ['/dev/sda1', [], []],
    ['/dev/sda2', ['/dev/sda2 is mounted at /boot'], ['ext4 on /dev/sda2, label data']],
    ['/dev/sdb', [], ['gpt partition table on /dev/sdb', 'zfs_member on /dev/sdb1, pool tank']],
    [
      '/dev/sdc',
      ['/dev/mapper/pve-root is an active LVM volume on /dev/sdc', '/dev/mapper/pve-root is mounted at /'],
      ['LVM2_member on /dev/sdc', 'ext4 on /dev/mapper/pve-root'],
    ],
    ['/dev/sdd', [], ['LVM2_member on /dev/sdd']],
    ...['/dev/sde', '/dev/sdf'].map(
      (disk) =>
        [
          disk,
          [`${onRaid[0]}${disk}`, onRaid[1] ?? ''],
          [
            `linux_raid_member on ${disk}, label host:0`,
            'crypto_LUKS on /dev/md0',
            'xfs on /dev/mapper/safe',
          ],
        ] as const,
    ),
    ['/dev/sdg', [], ['dos partition table on /dev/sdg', 'swap on /dev/sdg1']],
    ['/dev/sdh', ['/dev/mapper/mpatha is a multipath device on /dev/sdh'], ['mpath_member on /dev/sdh']],
    ['/dev/sdi', ['/dev/bcache0 is an active device on /dev/sdi'], ['bcache on /dev/sdi']],
  ];

test('who uses a disk, and what was written on it', () => {
  for (const [device, inUse, signatures] of table)
    assert.deepEqual(foundOn(node, device), { inUse, signatures }, device);
});

test('a device that lsblk does not know is not blank', () => {
  for (const device of ['/dev/sdz', 'sda', '/dev/disk/by-id/ata-X'])
    assert.throws(() => foundOn(node, device), new Error(`lsblk lists no device ${device}`));
});

test('devices that lie on each other end somewhere', () => {
  const circle: Block[] = [
    { name: '/dev/a', type: 'disk', size: 1, parent: '/dev/b' },
    { name: '/dev/b', type: 'dm', size: 1, parent: '/dev/a' },
  ];
  assert.deepEqual(foundOn(circle, '/dev/a').inUse, ['/dev/b is an active device on /dev/a']);
});

test('lines of lsblk, with odd bytes and without values', () => {
  assert.deepEqual(
    parseLsblk([
      '',
      'lsblk: warning',
      'NAME="" TYPE="disk"',
      'NAME="/dev/vda" TYPE="disk" SIZE="274877906944" FSTYPE="ext4" PTTYPE="" LABEL="my \\x22d\\xc3\\xa4ta\\x22 \\x5c" MOUNTPOINT="/a b" PKNAME=""',
      'NAME="/dev/zram0" TYPE="disk" SIZE="0" FSTYPE="" PTTYPE="" LABEL="" MOUNTPOINT="" PKNAME=""',
    ]),
    [
      {
        ...{ name: '/dev/vda', type: 'disk', size: 274877906944 },
        ...{ fstype: 'ext4', label: 'my "däta" \\', mountpoint: '/a b' },
      },
      { name: '/dev/zram0', type: 'disk', size: 0 },
    ],
  );
});
