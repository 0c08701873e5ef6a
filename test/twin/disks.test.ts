/** Disks of the simulated node: what is on them, who refuses them for it, and how they get blank again. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PhxError } from '../../src/core/error.ts';
import { parseSweep } from '../../src/proxmox/parse-sweep.ts';
import { sweepArgv, sweepScript } from '../../src/proxmox/sweep.ts';
import { systemDisk } from '../../src/twin/disks.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { all, disks, freshTwin, run } from './node.ts';

const [nvmeA = '', nvmeB = '', nvmeC = ''] = disks;

async function refusal(twin: Twin, line: string): Promise<string> {
  const outcome = await run(twin, line);
  assert.notEqual(outcome.exit, 0, line);
  return outcome.stderr.trimEnd();
}

/** `device fstype label` of every block device of one disk, as a sweep tells it. */
async function content(twin: Twin, path: string): Promise<string[]> {
  const { stdout } = await twin.run({ argv: sweepArgv(['host']), stdin: sweepScript });
  const { host } = parseSweep(stdout);
  const device = host?.deviceOf.get(path) ?? 'none';
  return (host?.blocks ?? [])
    .map((line) => [...line.matchAll(/="([^"]*)"/g)].map(([, value = '']) => value))
    .filter(([name = '']) => name.startsWith(device))
    .map(([name, , , fstype, pttype, label, mountpoint]) =>
      [name, pttype, fstype, label, mountpoint].filter((word) => word !== '').join(' '),
    );
}

test('a fresh node has its system disk in use, and the others blank', async () => {
  const twin = freshTwin();
  assert.deepEqual(await content(twin, nvmeB), ['/dev/nvme1n1']);
  assert.deepEqual(await content(twin, systemDisk), [
    '/dev/sda gpt',
    '/dev/sda1 gpt',
    '/dev/sda2 gpt vfat /boot/efi',
    '/dev/sda3 gpt LVM2_member',
  ]);
  const lines = await all(twin, 'lsblk -P -p -o NAME,TYPE,FSTYPE,MOUNTPOINT,PKNAME /dev/sda3');
  assert.match(
    lines,
    /NAME="\/dev\/mapper\/pve-root" TYPE="lvm" FSTYPE="ext4" MOUNTPOINT="\/" PKNAME="\/dev\/sda3"/,
  );
  assert.equal(
    await refusal(twin, `zpool create -f tank ${systemDisk}`),
    `${systemDisk} is in use and contains a unknown filesystem.`,
  );
  assert.match(
    await refusal(twin, 'zpool create tank /dev/sda2'),
    /is in use and contains a vfat filesystem/,
  );
  assert.equal(
    await refusal(twin, `wipefs -a ${systemDisk}`),
    `wipefs: error: ${systemDisk}: probing initialization failed: Device or resource busy`,
  );
});

test('a pool marks its disks; a destroyed one leaves the marks and hinders nobody', async () => {
  const twin = freshTwin();
  await all(twin, `zpool create tank mirror ${nvmeA} ${nvmeB}`);
  const member = ['/dev/nvme0n1 gpt', '/dev/nvme0n1p1 gpt zfs_member tank', '/dev/nvme0n1p9 gpt'];
  assert.deepEqual(await content(twin, nvmeA), member);
  assert.match(await refusal(twin, `wipefs -a ${nvmeA}`), /Device or resource busy/);
  assert.match(await refusal(twin, `zpool create -f more ${nvmeA}`), /part of active pool 'tank'$/);
  await all(twin, 'zpool destroy tank');
  assert.deepEqual(await content(twin, nvmeA), member);
  await all(twin, `zpool create more ${nvmeA}`, 'zpool create whole /dev/nvme1n1');
  assert.deepEqual((await content(twin, nvmeB))[1], '/dev/nvme1n1p1 gpt zfs_member whole');
});

test('what a disk carries is refused as OpenZFS does, until it is forced or wiped', async () => {
  const twin = freshTwin();
  twin.signDisk(nvmeA, { signature: 'ext4' });
  twin.signDisk(nvmeB, { signature: 'gpt' });
  twin.signDisk(nvmeC, { signature: 'zfs:old' });
  const refused = (lines: string) =>
    `invalid vdev specification\nuse '-f' to override the following errors:\n${lines}`;
  assert.equal(
    await refusal(twin, `zpool create tank ${nvmeA} ${nvmeB}`),
    refused(
      `${nvmeA} contains a filesystem of type 'ext4'\n${nvmeB}-part1 contains a filesystem of type 'ext4'`,
    ),
  );
  assert.equal(
    await refusal(twin, `zpool create tank ${nvmeC}`),
    refused(`${nvmeC}-part1 is part of exported pool 'old'`),
  );
  assert.equal(
    await all(twin, `wipefs -n -a ${nvmeA}`),
    `${nvmeA}: 8 bytes were erased at offset 0x00000200 (ext4): 45 46 49 20 50 41 52 54\n`,
  );
  assert.deepEqual(await content(twin, nvmeA), ['/dev/nvme0n1 ext4']);
  assert.match(
    await all(twin, 'wipefs --all /dev/nvme1n1'),
    /\(gpt\)[\s\S]*re-read partition table: Success/,
  );
  assert.deepEqual(await content(twin, nvmeB), ['/dev/nvme1n1']);
  await all(
    twin,
    `wipefs -a ${nvmeA}`,
    `zpool create tank ${nvmeA} ${nvmeB}`,
    `zpool create -f own ${nvmeC}`,
  );
  assert.deepEqual((await content(twin, nvmeC))[1], '/dev/nvme2n1p1 gpt zfs_member own');
});

test('a mounted disk is refused even by force', async () => {
  const twin = freshTwin();
  twin.signDisk(nvmeA, { signature: 'ext4', mounted: '/mnt/old' });
  twin.signDisk(nvmeB, { signature: 'gpt', mounted: '/mnt/other' });
  assert.equal(
    await refusal(twin, `zpool create -f tank ${nvmeA}`),
    `${nvmeA} is in use and contains a ext4 filesystem.`,
  );
  assert.match(
    await refusal(twin, `zpool create -f tank ${nvmeB}`),
    /in use and contains a unknown filesystem/,
  );
  assert.match(await refusal(twin, `wipefs -a ${nvmeB}`), /Device or resource busy/);
  assert.match(await all(twin, `wipefs -a -f ${nvmeB}`), /re-read partition table: Device or resource busy/);
  assert.deepEqual(await content(twin, nvmeB), ['/dev/nvme1n1', '/dev/nvme1n1p1 ext4 /mnt/other']);
});

test('wipefs and lsblk know their devices and options', async () => {
  const twin = freshTwin();
  assert.match(await refusal(twin, 'wipefs -a /dev/none'), /No such file or directory$/);
  assert.match(await refusal(twin, 'wipefs'), /no device specified/);
  assert.match(await refusal(twin, 'wipefs --zap /dev/sda'), /unrecognized option/);
  assert.equal(await refusal(twin, 'lsblk /dev/none'), 'lsblk: /dev/none: not a block device');
  assert.equal(await refusal(twin, 'lsblk -o NAME,BOGUS'), 'lsblk: unknown column: BOGUS');
  assert.equal(await all(twin, `lsblk -dno NAME,SIZE ${nvmeA}`), 'nvme0n1 2T\n');
  assert.equal(await all(twin, `wipefs ${systemDisk}`), `${systemDisk} gpt\n`);
});

test('pool properties are set, refused and told', async () => {
  const twin = freshTwin();
  await all(twin, `zpool create -o ashift=12 tank ${nvmeA}`);
  assert.equal(
    await all(twin, 'zpool get -H -p -o name,property,value,source autotrim,ashift tank'),
    'tank\tautotrim\toff\tdefault\ntank\tashift\t12\tlocal\n',
  );
  await all(twin, 'zpool set autotrim=on tank');
  const { stdout } = await twin.run({ argv: sweepArgv(['host']), stdin: sweepScript });
  assert.equal(parseSweep(stdout).host?.zpools.get('tank')?.properties.get('autotrim'), 'on');
  assert.match(await refusal(twin, 'zpool set autotrim=yes tank'), /'autotrim' must be one of 'on \| off'$/);
  assert.match(await refusal(twin, 'zpool set nosuch=1 tank'), /invalid property 'nosuch'$/);
  assert.equal(await refusal(twin, 'zpool set autotrim=on none'), "cannot open 'none': no such pool");
  assert.match(await refusal(twin, 'zpool get nosuch tank'), /invalid property 'nosuch'$/);
});

test('an exported pool comes back with its datasets, while its members lie on the disks', async () => {
  const twin = freshTwin();
  await all(twin, `zpool create tank ${nvmeA}`, 'zfs create tank/a', 'zpool export tank');
  assert.deepEqual(twin.describe().datasets, []);
  assert.match(await all(twin, 'zpool import'), /^ {3}pool: tank$/m);
  await all(twin, 'zpool import -d /dev/disk/by-id tank');
  assert.deepEqual(twin.describe().datasets, ['tank', 'tank/a']);
  assert.match(await refusal(twin, 'zpool import tank'), /no such pool available/);
  twin.signDisk(nvmeB, { signature: 'zfs:far' });
  await all(twin, 'zpool import far', 'zpool export -a', `wipefs -a ${nvmeB}`);
  assert.match(await refusal(twin, 'zpool import far'), /cannot import 'far': no such pool available/);
});

test('a signature that cannot be put is one clear error, and nothing is changed', async () => {
  const twin = freshTwin();
  await all(twin, `zpool create tank ${nvmeA}`);
  const wrong: readonly (readonly [string, string, string | undefined, RegExp])[] = [
    ['/dev/none', 'ext4', undefined, /is no disk of the simulated node/],
    [`${systemDisk}-part1`, 'ext4', undefined, /is no disk/],
    [systemDisk, 'blank', undefined, /holds the simulated system/],
    [nvmeA, 'blank', undefined, /is part of the pool tank/],
    [nvmeB, 'xfs', undefined, /--signature xfs/],
    [nvmeB, 'zfs:', undefined, /--signature zfs:/],
    [nvmeB, 'zfs:tank', undefined, /There is a pool tank/],
    [nvmeB, 'blank', '/mnt', /--mounted \/mnt with --signature blank/],
    [nvmeB, 'ext4', 'mnt', /--mounted mnt/],
    [nvmeB, 'ext4', '/', /--mounted \//],
  ];
  for (const [path, signature, mounted, title] of wrong) {
    const wish = { signature, ...(mounted === undefined ? {} : { mounted }) };
    assert.throws(
      () => twin.signDisk(path, wish),
      (error: Error) => error instanceof PhxError && title.test(error.problem.title),
      `${path} ${signature}`,
    );
  }
  assert.deepEqual(await content(twin, nvmeB), ['/dev/nvme1n1']);
  twin.signDisk(nvmeB, { signature: 'gpt' });
  twin.signDisk(nvmeB, { signature: 'blank' });
  assert.deepEqual(await content(twin, nvmeB), ['/dev/nvme1n1']);
});
