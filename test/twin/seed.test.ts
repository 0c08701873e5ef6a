/** A twin seeded from facts answers like the node that was observed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Facts, Zpool } from '../../src/proxmox/facts.ts';
import { parseSweep } from '../../src/proxmox/parse-sweep.ts';
import { sweepArgv, sweepScript } from '../../src/proxmox/sweep.ts';
import { seedTwin } from '../../src/twin/seed.ts';
import { all, run } from './node.ts';

const conf = `arch: amd64
hostname: base
memory: 512
ostype: debian
parent: sealed
rootfs: fastz:subvol-900-disk-0,size=8G

[sealed]
arch: amd64
hostname: base
memory: 256
ostype: debian
rootfs: fastz:subvol-900-disk-0,size=8G
snaptime: 1700000000
`;

const facts: Facts = {
  host: {
    node: { name: 'real', machineId: 'm1', bootId: 'b1', kernel: '6.8', memory: 65_536 },
    timezone: 'Europe/Berlin',
    cmdline: 'BOOT_IMAGE=/boot/vmlinuz-6.14.8-2-pve root=/dev/sda2 ro quiet amd_iommu=on',
    bootloader: 'grub',
    kernels: ['6.8', '6.14.8-2-pve'],
    iommuGroups: 31,
    pci: [
      { address: '0000:01:00.0', id: '10de:2d04', class: '030000', driver: 'nvidia' },
      { address: '0000:41:00.0', id: '15b3:1015', class: '020000', driver: 'mlx5_core' },
      { address: '0000:42:00.0', id: '1000:0097', class: '010700', driver: 'vfio-pci' },
      { address: '0000:43:00.0', id: '1022:1485', class: '130000' },
    ],
    bridges: new Set(['vmbr0']),
    packages: new Map([['samba', '2']]),
    modules: new Set(['nvidia']),
    nvidia: { loaded: '570.1', installed: '570.1', devices: ['/dev/nvidia0', '/dev/nvidiactl'] },
    gpus: 1,
    disks: new Set(['/dev/disk/by-id/a', '/dev/disk/by-id/blank', '/dev/disk/by-id/wwn-a']),
    deviceOf: new Map([
      ['/dev/disk/by-id/a', '/dev/sda'],
      ['/dev/disk/by-id/blank', '/dev/sdb'],
      ['/dev/disk/by-id/wwn-a', '/dev/sda'],
    ]),
    blocks: [
      'NAME="/dev/sda" TYPE="disk" SIZE="999" FSTYPE="" PTTYPE="gpt" LABEL="" MOUNTPOINT="" PKNAME=""',
      'NAME="/dev/sda1" TYPE="part" SIZE="990" FSTYPE="LVM2_member" PTTYPE="gpt" LABEL="" MOUNTPOINT="" PKNAME="/dev/sda"',
      'NAME="/dev/mapper/pve-root" TYPE="lvm" SIZE="900" FSTYPE="ext4" PTTYPE="" LABEL="my \\x22root" MOUNTPOINT="/" PKNAME="/dev/sda1"',
      'NAME="/dev/sdb" TYPE="disk" SIZE="500" FSTYPE="" PTTYPE="" LABEL="" MOUNTPOINT="" PKNAME=""',
      'NAME="/dev/loop0" TYPE="loop" SIZE="5" FSTYPE="squashfs" PTTYPE="" LABEL="" MOUNTPOINT="/snap" PKNAME=""',
    ],
    storageCfg: 'zfspool: fastz\n\tpool fast/lxc\n\tcontent rootdir,images\n\n',
    templates: [{ path: '/var/lib/vz/template/cache/debian-12-standard_12.7-1_amd64.tar.zst', size: 9 }],
    images: [{ path: '/var/lib/phx/images/noble.img', size: 70 }],
    zpools: new Map([
      [
        'fast',
        {
          name: 'fast',
          size: 1e12,
          free: 1e12,
          health: 'ONLINE',
          vdevs: [{ kind: 'disk', disk: '/dev/disk/by-id/a-part1' }],
          properties: new Map([['autotrim', 'on']]),
        },
      ],
    ]),
    datasets: new Map([
      ['fast', new Map([['mountpoint', '/fast']])],
      ['fast/lxc', new Map([['recordsize', '16384']])],
    ]),
  },
  guests: new Map([
    [
      900,
      { id: 900, kind: 'ct', running: true, conf, layers: [{ name: 'feature:a', digest: 'd', origin: 900 }] },
    ],
  ]),
  files: new Map([
    [
      '/etc/network/interfaces',
      'auto vmbr0\niface vmbr0 inet static\n\taddress 10.9.0.2/24\n\tgateway 10.9.0.1\n\tbridge-ports enp5s0\n',
    ],
    ['/etc/default/grub.d/phx.cfg', 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT iommu=pt"\n'],
    ['/etc/default/locale', undefined],
    ['/sys/module/zfs/parameters/zfs_arc_max', '123456789\n'],
  ]),
  dirs: new Map([
    ['/fast/share', { user: 'root', group: 'UNKNOWN', uid: 0, gid: 100_070, mode: '2770' }],
    ['/fast/none', undefined],
  ]),
  units: new Map([
    ['chrony', { known: true, active: false, enabled: true }],
    ['postfix.service', { known: false, active: false, enabled: false }],
    ['own.timer', { known: true, active: true, enabled: false }],
  ]),
};

test('the machine is carried over whole: a sweep of the twin tells what the node told', async () => {
  const scopes = [
    'host',
    'dir:/fast/share',
    'dir:/fast/none',
    'unit:chrony',
    'unit:postfix.service',
    'unit:own.timer',
  ];
  const { stdout } = await seedTwin(facts).run({ argv: sweepArgv(scopes), stdin: sweepScript });
  const { host, dirs, units } = parseSweep(stdout);
  assert.ok(host);
  const same = [
    'node',
    'timezone',
    'cmdline',
    'bootloader',
    'kernels',
    'iommuGroups',
    'pci',
    'blocks',
    'images',
  ] as const;
  for (const key of [...same, 'disks', 'deviceOf', 'gpus', 'modules'] as const)
    assert.deepEqual(host[key], facts.host[key], key);
  assert.equal(host.zpools.get('fast')?.properties.get('autotrim'), 'on');
  assert.deepEqual(dirs, facts.dirs);
  assert.deepEqual(units, facts.units);
});

test('what comes next on the seeded machine rests on what was observed', async () => {
  const twin = seedTwin(facts);
  await twin.reach();
  assert.equal(await twin.readFile('/etc/default/locale'), undefined);
  assert.equal(await twin.readFile('/sys/module/zfs/parameters/zfs_arc_max'), '123456789\n');
  const used = await run(twin, 'zpool create -f more /dev/disk/by-id/wwn-a');
  assert.match(used.stderr, /^\/dev\/disk\/by-id\/wwn-a is in use and contains|part of active pool 'fast'/m);
  await all(twin, 'zpool create more /dev/disk/by-id/blank', 'update-grub', 'reboot');
  assert.equal(
    await all(twin, 'cat /proc/cmdline'),
    'BOOT_IMAGE=/boot/vmlinuz-6.14.8-2-pve root=/dev/sda2 ro quiet amd_iommu=on iommu=pt\n',
  );
  const { stdout } = await twin.run({ argv: sweepArgv(['host']), stdin: sweepScript });
  const drivers = parseSweep(stdout).host?.pci.map(({ driver }) => driver);
  assert.deepEqual(drivers, ['nvidia', 'mlx5_core', undefined, undefined], 'nothing is handed over any more');
});

test('containers, storages and the driver are as observed, and commands go on from there', async () => {
  const twin = seedTwin(facts);
  assert.equal(await twin.identity(), 'm1');
  assert.equal(await twin.readFile('/etc/pve/lxc/900.conf'), conf);
  assert.equal(await all(twin, 'pct exec 900 -- cat /var/lib/phx/layers'), 'feature:a d 900\n');
  assert.equal(await all(twin, 'zfs get -H -p -o value recordsize fast/lxc'), '16384\n');
  assert.match((await run(twin, 'pct clone 900 901')).stderr, /Cannot do full clones on a running container/);
  await all(
    twin,
    'pct clone 900 901 --snapname sealed',
    'pct rollback 900 sealed',
    'nvidia-modprobe -u',
    'pct start 901',
  );
  assert.match(
    await all(twin, 'pct config 901'),
    /^memory: 256\n[\s\S]*^rootfs: fastz:subvol-901-disk-0,size=8G$/m,
  );
  await all(twin, 'pct create 902 local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst --rootfs fastz:4');
});

test('the room of storages is what the node has, and changes with what is made', async () => {
  const gib = 1024 ** 3;
  const storageCfg = [
    'zfspool: fastz\n\tpool fast/lxc\n\tcontent rootdir,images\n',
    'lvmthin: thin\n\tvgname vg\n\tthinpool pool\n\tcontent rootdir,images\n',
    'lvm: thick\n\tvgname vg\n\tcontent images\n',
    'dir: local\n\tpath /var/lib/vz\n\tcontent rootdir,images\n',
    'nfs: nas\n\tpath /mnt/pve/nas\n\tserver 10.9.0.9\n\texport /data\n\tcontent images\n',
  ].join('\n');
  const figures = (used: number, available: number) =>
    new Map([
      ['used', String(used * gib)],
      ['available', String(available * gib)],
    ]);
  const pool = { size: 100 * gib, promised: 250 * gib, data: 40, metadata: 3 };
  const twin = seedTwin({
    ...facts,
    host: {
      ...facts.host,
      storageCfg,
      zpools: new Map([
        ['fast', { ...(facts.host.zpools.get('fast') as Zpool), size: 900 * gib, free: 600 * gib }],
      ]),
      datasets: new Map([
        ['fast', figures(200, 400)],
        ['fast/lxc', figures(150, 400)],
        ['fast/lxc/subvol-900-disk-0', new Map([...figures(5, 3), ['refquota', String(8 * gib)]])],
      ]),
      groups: new Map([['vg', { size: 300 * gib, free: 50 * gib, pools: new Map([['pool', pool]]) }]]),
      rooms: new Map([
        ['/var/lib/vz', { size: 90 * gib, free: 50 * gib, available: 45 * gib }],
        ['/mnt/pve/nas', { size: 700 * gib, free: 70 * gib, available: 70 * gib }],
      ]),
    },
  });
  const read = async (line: string) => (await twin.run({ argv: line.split(' ') })).stdout;
  const status = async () =>
    (await read('pvesm status'))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => {
        const [name, , , ...sizes] = line.split(/ +/);
        return [name, ...sizes.slice(0, 3).map((kib) => Number(kib) / 1024 ** 2)];
      });
  const before = [
    ['fastz', 550, 150, 400],
    ['local', 90, 40, 45],
    ['nas', 700, 630, 70],
    ['thick', 300, 250, 50],
    ['thin', 100, 40, 60],
  ];
  assert.deepEqual(await status(), before);
  assert.equal(await read('zfs list -Hp -o used,avail fast'), `${200 * gib}\t${400 * gib}\n`);
  assert.equal(await read('zpool list -Hp -o size,free fast'), `${900 * gib}\t${600 * gib}\n`);
  const { stderr } = await twin.run({ argv: 'qm create 300 --scsi0 thin:20 --scsi1 thick:10'.split(' ') });
  assert.match(stderr, /Sum of all thin volume sizes \(270\.00 GiB\) exceeds the size of thin pool vg\/pool/);
  assert.deepEqual((await status()).slice(3), [
    ['thick', 300, 260, 40],
    ['thin', 100, 40, 60],
  ]);
  const { stdout } = await twin.run({ argv: sweepArgv(['host']), stdin: sweepScript });
  const swept = parseSweep(stdout).host;
  assert.deepEqual(swept?.groups?.get('vg'), {
    ...{ size: 300 * gib, free: 40 * gib },
    pools: new Map([['pool', { ...pool, promised: 270 * gib, metadata: 1 }]]),
  });
  assert.equal(swept?.rooms?.get('/var/lib/vz')?.available, 45 * gib);
});
