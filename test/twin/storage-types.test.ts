/** Each type of storage by what pct and qm do on it: snapshots, rollbacks, templates, links, growing, running out of room. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Twin } from '../../src/twin/twin.ts';
import { all, furnished, template } from './node.ts';
import { type Answer, type Scene, tell } from './story.ts';

const storages = `dir: local
	path /var/lib/vz
	content backup,iso,vztmpl

zfspool: zfspool
	pool fast/lxc
	content images,rootdir

lvmthin: lvmthin
	thinpool data
	vgname pve
	content images,rootdir

lvm: lvm
	vgname pve
	content images,rootdir

dir: dir
	path /srv/dir
	content images,rootdir

nfs: nfs
	path /mnt/pve/nfs
	server 10.0.0.99
	export /data
	content images,rootdir

cifs: cifs
	path /mnt/pve/cifs
	server 10.0.0.99
	share data
	content images,rootdir

btrfs: btrfs
	path /srv/btrfs
	content images,rootdir

rbd: rbd
	pool rbd
	content images,rootdir

`;

async function node(): Promise<Twin> {
  const twin = await furnished();
  await twin.writeFile('/etc/pve/storage.cfg', storages);
  return twin;
}

interface Can {
  /** Ids of volumes: of a container and of a VM, of a base, of a linked clone. */
  readonly volume: readonly [ct: string, vm: string];
  readonly base: readonly [ct: string, vm: string] | undefined;
  readonly linked: readonly [ct: string | undefined, vm: string] | undefined;
  /** Whether there are snapshots, and which of them can be rolled back to. */
  readonly ct: 'any' | 'newest' | undefined;
  readonly vm: 'any' | 'newest' | undefined;
  /** Whether a linked clone lies upon a volume as it stands, and upon a snapshot. */
  readonly linkAny: boolean;
  readonly linkSnapshot: boolean;
  /** Whether a VM is copied from a snapshot. */
  readonly copySnapshot: boolean;
  readonly grown: string | RegExp;
}

const file = (suffix = 'raw'): Can => ({
  volume: ['900/vm-900-disk-0.raw', `100/vm-100-disk-0.${suffix}`],
  base: ['900/base-900-disk-0.raw', `100/base-100-disk-0.${suffix}`],
  linked: [undefined, `100/base-100-disk-0.${suffix}/101/vm-101-disk-0.qcow2`],
  ...{ ct: undefined, vm: undefined, linkAny: false, linkSnapshot: false, copySnapshot: false },
  grown: /^Image resized\.\nresize2fs/,
});
const blocks: Can = {
  volume: ['vm-900-disk-0', 'vm-100-disk-0'],
  base: ['base-900-disk-0', 'base-100-disk-0'],
  linked: ['vm-901-disk-0', 'vm-101-disk-0'],
  ...{ ct: 'any', vm: 'any', linkAny: false, linkSnapshot: true, copySnapshot: true },
  grown:
    /^ {2}Size of logical volume pve\/vm-900-disk-0 changed from 2\.00 GiB \(512 extents\) to 3\.00 GiB \(768 extents\)\.\n {2}Logical volume pve\/vm-900-disk-0 successfully resized\.\nresize2fs/,
};

const types: Readonly<Record<string, Can>> = {
  zfspool: {
    volume: ['subvol-900-disk-0', 'vm-100-disk-0'],
    base: ['basevol-900-disk-0', 'base-100-disk-0'],
    linked: ['basevol-900-disk-0/subvol-901-disk-0', 'base-100-disk-0/vm-101-disk-0'],
    ...{ ct: 'newest', vm: 'newest', linkAny: false, linkSnapshot: false, copySnapshot: false },
    grown: '',
  },
  lvmthin: blocks,
  lvm: {
    ...blocks,
    ...{ base: undefined, linked: undefined, ct: undefined, vm: undefined },
    ...{ linkSnapshot: false, copySnapshot: false },
  },
  rbd: {
    ...blocks,
    linked: ['base-900-disk-0/vm-901-disk-0', 'base-100-disk-0/vm-101-disk-0'],
    grown: /^resize2fs/,
  },
  ...{ dir: file(), nfs: file(), cifs: file() },
  btrfs: {
    ...file(),
    linked: ['901/vm-901-disk-0.raw', '101/vm-101-disk-0.raw'],
    ...{ ct: 'any', vm: 'any', linkAny: true, linkSnapshot: true, copySnapshot: true },
  },
};

const refused = (err: string | RegExp, exit = 255): Answer => ({ exit, err });
/** A refusal of resize is only said. */
const said = (err: string | RegExp): Answer => ({ exit: 0, err });
const noSnapshot = refused('snapshot feature is not available\n');

for (const [type, can] of Object.entries(types)) {
  test(`containers on ${type}`, async () => {
    const volume = `${type}:${can.volume[0]}`;
    const noLink = refused(`Linked clone feature for '${volume}' is not available\n`, 2);
    const noBase = refused(`Template feature is not available for '${volume}'\n`);
    const old = refused(`can't rollback, 's1' is not most recent snapshot on '${volume}'\n`);
    const scenes: Scene[] = [
      [`pct create 900 ${template} --rootfs ${type}:2 --unprivileged 1`],
      ['pct config 900', { out: new RegExp(`^rootfs: ${volume},size=2G$`, 'm') }],
      ['pct snapshot 900 s1', can.ct ? {} : noSnapshot],
      ...(can.ct
        ? ([
            ['pct snapshot 900 s2'],
            ['pct rollback 900 s1', can.ct === 'any' ? {} : old],
            ['pct rollback 900 s2'],
            ['pct clone 900 902 --full 0 --snapname s1', can.linkSnapshot ? {} : noLink],
            ['pct clone 900 903 --full 1 --snapname s1'],
            ['pct delsnapshot 900 s2'],
            ['pct delsnapshot 900 s1'],
          ] satisfies Scene[])
        : []),
      ['pct resize 900 rootfs +1G', { out: can.grown, err: '' }],
      ['pct clone 900 904 --full 0', can.linkAny ? {} : noLink],
      ['pct template 900', can.base ? {} : noBase],
    ];
    if (can.base) {
      const base = `${type}:${can.base[0]}`;
      const linked = can.linked?.[0];
      const none = refused(`Linked clone feature for '${base}' is not available\n`, 2);
      const held = refused(`base volume '${base}' is still in use by linked cloned\n`);
      scenes.push(['pct config 900', { out: new RegExp(`^rootfs: ${base},size=3G$`, 'm') }]);
      scenes.push(['pct clone 900 901', linked === undefined ? none : {}]);
      if (linked !== undefined)
        scenes.push(
          ['pct config 901', { out: new RegExp(`^rootfs: ${type}:${linked},size=3G$`, 'm') }],
          ['pct destroy 900', linked.startsWith('base') ? held : {}],
        );
    }
    await tell(await node(), scenes);
  });

  test(`VMs on ${type}`, async () => {
    const volume = `${type}:${can.volume[1]}`;
    const noLink = refused(`Linked clone feature is not supported for '${volume}' (scsi0)\n`);
    const noCopy = refused(`Full clone feature is not supported for a snapshot of '${volume}' (scsi0)\n`);
    const old = refused(`can't rollback, 's1' is not most recent snapshot on '${volume}'\n`);
    const scenes: Scene[] = [
      [`qm create 100 --memory 512 --scsi0 ${type}:2`],
      ['qm config 100', { out: new RegExp(`^scsi0: ${volume},size=2G$`, 'm') }],
      ['qm snapshot 100 s1', can.vm ? {} : noSnapshot],
      ...(can.vm
        ? ([
            ['qm snapshot 100 s2'],
            ['qm rollback 100 s1', can.vm === 'any' ? {} : old],
            ['qm rollback 100 s2'],
            ['qm clone 100 102 --full 1 --snapname s1', can.copySnapshot ? {} : noCopy],
            ['qm delsnapshot 100 s2'],
            ['qm delsnapshot 100 s1'],
          ] satisfies Scene[])
        : []),
      ['qm disk resize 100 scsi0 3G'],
      ['qm config 100', { out: new RegExp(`^scsi0: ${volume},size=3G$`, 'm') }],
      ['qm clone 100 103 --full 0', can.linkAny ? {} : noLink],
    ];
    if (can.base && can.linked)
      scenes.push(
        ['qm template 100'],
        ['qm config 100', { out: new RegExp(`^scsi0: ${type}:${can.base[1]},size=3G$`, 'm') }],
        ['qm clone 100 101'],
        ['qm config 101', { out: new RegExp(`^scsi0: ${type}:${can.linked[1]},size=3G$`, 'm') }],
      );
    else scenes.push(['qm template 100', refused(`Template feature is not available for '${volume}'\n`)]);
    await tell(await node(), scenes);
  });
}

const room: Readonly<Record<string, readonly Scene[]>> = {
  'a device on ZFS reserves its whole size, unless the storage is sparse': [
    ['qm create 100 --memory 512'],
    [
      'qm set 100 --scsi0 zfspool:2000',
      refused("zfs error: cannot create 'fast/lxc/vm-100-disk-0': out of space\n\n"),
    ],
    ['qm set 100 --scsi0 zfspool:1500'],
    ['zfs get -Hp -o value used fast/lxc', { out: /^1635/ }],
    [
      'qm disk resize 100 scsi0 2000G',
      said(
        /zfs error: cannot set property for 'fast\/lxc\/vm-100-disk-0': size is greater than available space/,
      ),
    ],
    ['pvesm set zfspool --sparse 1'],
    ['qm set 100 --scsi1 zfspool:9000'],
    [`pct create 900 ${template} --rootfs zfspool:9000`],
  ],
  'a snapshot of what is reserved needs room for what it holds': [
    ['zfs set quota=11G fast/lxc'],
    ['qm create 100 --memory 512 --scsi0 zfspool:8'],
    ['qm snapshot 100 s1'],
    ['qm create 101 --memory 512 --scsi0 zfspool:2'],
    ['qm create 102 --memory 512 --scsi0 zfspool:2', refused(/out of space/)],
  ],
  'a quota above counts for everything below it': [
    ['zfs set quota=10G fast/lxc'],
    ['qm create 100 --memory 512 --scsi0 zfspool:12', refused(/out of space/)],
    ['qm create 100 --memory 512 --scsi0 zfspool:8'],
    ['zfs list -Hp -o avail fast/lxc', { out: /^201\d{7}\n$/ }],
  ],
  'a volume group gives extents until it has none': [
    [
      'qm create 100 --memory 512 --scsi0 lvm:16',
      refused(
        'unable to create VM 100 - lvcreate \'pve/vm-100-disk-0\' error:   Volume group "pve" has insufficient free space (4095 extents): 4096 required.\n',
      ),
    ],
    ['qm create 100 --memory 512 --scsi0 lvm:15', { out: /^ {2}Logical volume "vm-100-disk-0" created\.$/m }],
    [
      `pct create 900 ${template} --rootfs lvm:2`,
      refused(/insufficient free space \(255 extents\): 512 required\.\n$/),
    ],
    [
      'qm disk resize 100 scsi0 +1G',
      said(
        "error resizing volume '/dev/pve/vm-100-disk-0':   Insufficient free space: 256 extents needed, but only 255 available\n",
      ),
    ],
    ['pvesm status --storage lvm', { out: /lvm +active +115339264 +114294784 +1044480 +99\.09%/ }],
    ['qm destroy 100'],
    [`pct create 900 ${template} --rootfs lvm:2`],
  ],
  'a thin pool promises more than it has, and says so': [
    ['qm create 100 --memory 512 --scsi0 lvmthin:40', { err: '' }],
    [
      'qm set 100 --scsi1 lvmthin:10',
      {
        out: /WARNING: You have not turned on protection against thin pools running out of space\.\n {2}WARNING: Set activation\/thin_pool_autoextend_threshold below 100 .*\n {2}Logical volume "vm-100-disk-1" created\./,
        err: '  WARNING: Sum of all thin volume sizes (50.00 GiB) exceeds the size of thin pool pve/data and the amount of free space in volume group (<16.00 GiB).\n',
      },
    ],
    [
      'qm snapshot 100 s1',
      {
        err: /Sum of all thin volume sizes \(90\.00 GiB\).*\n.*\(100\.00 GiB\) exceeds the size of thin pool/,
      },
    ],
    [
      `pct create 900 ${template} --rootfs lvmthin:20`,
      { err: /\(120\.00 GiB\) .* and the size of whole volume group \(<110\.00 GiB\)\.\n$/ },
    ],
    ['pvesm status --storage lvmthin', { out: /lvmthin +active +46137344 +262144 / }],
  ],
  'files are sparse, unless the storage preallocates them': [
    ['pvesm set dir --content images,rootdir'],
    ['qm create 100 --memory 512 --scsi0 dir:900'],
    ['pvesm set dir --preallocation falloc'],
    [
      'qm set 100 --scsi1 dir:900',
      refused(
        'unable to create image: qemu-img: /srv/dir/images/100/vm-100-disk-1.raw: Could not preallocate data: No space left on device\n',
      ),
    ],
    ['qm set 100 --scsi1 dir:20'],
    ['pvesm status --storage dir', { out: /dir +active +41943040 +\d+ +\d+ / }],
  ],
  'a copy in full that does not fit leaves nothing behind': [
    ['zfs set quota=700M fast/lxc'],
    [`pct create 900 ${template} --rootfs zfspool:20`],
    ['pct clone 900 901 --full 1'],
    [
      'pct clone 900 902 --full 1',
      refused(
        /write failed on "\/var\/lib\/lxc\/902\/\.copy-volume-1\/.*No space left on device \(28\)\n.*\nclone failed: command 'rsync .* failed: exit code 11\n$/,
      ),
    ],
    ['zfs list fast/lxc/subvol-902-disk-0', { exit: 1 }],
    ['pct status 902', { exit: 2 }],
    ['pct move-volume 900 rootfs dir --delete 1'],
    ['pct clone 901 902 --full 1'],
  ],
};

for (const [name, scenes] of Object.entries(room)) test(name, async () => tell(await node(), scenes));

test('every tool tells the same room', async () => {
  const twin = await node();
  await all(twin, 'zfs set quota=100G fast/lxc', 'qm create 100 --memory 512 --scsi0 zfspool:8');
  const [used = 0, available = 0] = (await all(twin, 'zfs list -Hp -o used,avail fast/lxc'))
    .split('\t')
    .map(Number);
  assert.equal(used + available, 100 * 1024 ** 3);
  const status = await all(twin, 'pvesm status --storage zfspool');
  const kib = [used + available, used, available].map((bytes) => String(Math.floor(bytes / 1024)));
  assert.deepEqual(status.split('\n')[1]?.split(/ +/).slice(3, 6), kib);
  const own = JSON.parse(
    await all(twin, 'pvesh get /nodes/pve1/storage/zfspool/status --output-format json'),
  );
  assert.deepEqual([own.total, own.used, own.avail], [used + available, used, available]);
  const list = JSON.parse(await all(twin, 'pvesh get /nodes/pve1/storage --output-format json'));
  const row = list.find((one: { storage: string }) => one.storage === 'zfspool');
  assert.deepEqual([row.total, row.used, row.avail], [used + available, used, available]);
  const [size = 0, free = 0] = (await all(twin, 'zpool list -Hp -o size,free fast')).split('\t').map(Number);
  const pool = Number(await all(twin, 'zfs get -Hp -o value used fast'));
  assert.ok(
    size - free >= pool && pool > used,
    'what a pool has allocated is what its root uses, and a little',
  );
});

/** Names of types as data: definitions, options, what a storage is made with, and what the files of the replaced system say. */
const mayName =
  /^(proxmox\/storage-types|config\/(node|schema\/node-storage)|twin\/(fresh|lsblk|disks|storage\/(servers|room-facts))|proxmox\/(parse-sweep|firewall-match)|import\/(guest|node-storage|vm-first-boot))\.ts$/;

test('nobody else decides by the name of a type of storage', () => {
  const root = join(import.meta.dirname, '../../src');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  const deciding = files.filter(
    (path) =>
      !mayName.test(path) &&
      /[!=]== '(zfspool|lvmthin|lvm|btrfs|rbd|dir|nfs|cifs|cephfs)'/.test(
        readFileSync(join(root, path), 'utf8'),
      ),
  );
  assert.deepEqual(deciding, []);
});
