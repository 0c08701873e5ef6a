/** The real facts sweep, run by every shell of this machine on a fake root with fake tools, read by its own parser. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSweep } from '../../src/proxmox/parse-sweep.ts';
import { clockScope, sweepArgv, sweepScript } from '../../src/proxmox/sweep.ts';
import { sweptZfsProperties } from '../../src/proxmox/sweep-host.ts';
import { Bench, shells } from './shell.ts';

const conf = '#phx%3A project=x\nhostname: web\nmemory: 512\n\n[sealed-00aa11]\nmemory: 256\nsnaptime: 5\n';
const storage = 'dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl\n\ndir: iso\n\tpath /tank/my iso\n';

function node(): Bench {
  const bench = new Bench();
  const files: Readonly<Record<string, string>> = {
    'etc/machine-id': '0123456789abcdef\n',
    'proc/sys/kernel/random/boot_id': 'b-o-o-t\n',
    'proc/meminfo': 'MemTotal:       98304000 kB\nMemFree:        1 kB\n',
    'proc/cpuinfo': 'processor\t: 0\nmodel name\t: one\n\nprocessor\t: 1\nmodel name\t: one\n',
    'proc/driver/nvidia/version':
      'NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.105.08  Wed Oct 29 2025\nGCC version: 14.2.0\n',
    'dev/nvidia0': '',
    'dev/nvidiactl': '',
    'etc/pve/storage.cfg': storage,
    'var/lib/vz/template/cache/debian.tar.zst': 'x'.repeat(2000),
    'tank/my iso/template/cache/my own.tar.zst': 'xyz',
    'etc/pve/lxc/900.conf': 'hostname: off\n',
    'etc/pve/lxc/950.conf': conf,
    'etc/pve/lxc/951.conf': 'hostname: no-line-break',
    'etc/pve/lxc/952.conf': 'hostname: new\n',
    'sys/fs/cgroup/lxc/950/ns/init.scope/cgroup.procs': '4242\n4243\n',
    'proc/4242/root/var/lib/phx/layers': 'feature:base aa 900\napp:web bb 950\n',
    'sys/fs/cgroup/lxc/952/ns/init.scope/cgroup.procs': '4252\n',
    'etc/pve/qemu-server/8001.conf': 'name: vm\n',
    'etc/pve/qemu-server/8003.conf': 'name: other\n',
    'etc/pve/qemu-server/8004.conf': 'name: no-line-break',
    'etc/pve/qemu-server/8002.conf': 'name: dead\n',
    'run/qemu-server/8001.pid': '77\n',
    'run/qemu-server/8002.pid': '78\n',
    'run/qemu-server/8003.pid': '79\n',
    'proc/77/cmdline': '/usr/bin/kvm\0-id\x008001\0-name\0vm,debug-threads=on\0',
    'proc/77/stat': `77 (kvm (a) b) S ${Array.from({ length: 40 }, (_, at) => 100 + at).join(' ')}\n`,
    'proc/79/cmdline': '/usr/bin/kvm\0-id\x008001\0',
    'proc/79/stat': '79 (kvm) S 1\n',
    'etc/network/interfaces': 'auto lo\n\n@end\n|x',
    'etc/empty': '',
    'etc/timezone': 'Etc/UTC\n',
    'proc/cmdline': 'BOOT_IMAGE=/boot/vmlinuz-6.14.8-2-pve root=/dev/mapper/pve-root ro quiet\n',
    'boot/vmlinuz-6.8.12-4-pve': '',
    'boot/vmlinuz-6.14.8-2-pve': '',
    'dev/sda': '',
    'dev/nvme0n1': '',
  };
  for (const [path, text] of Object.entries(files)) bench.file(path, text);
  for (const path of ['sys/class/net/vmbr0/bridge', 'sys/class/net/eno1', 'sys/module/vfio_pci'])
    bench.folder(path);
  for (const module of ['vfio', 'vfio_iommu_type1', 'zfs']) bench.folder(`sys/module/${module}`);
  for (const group of ['0', '1', '10']) bench.folder(`sys/kernel/iommu_groups/${group}`);
  bench.link('etc/localtime', '../usr/share/zoneinfo/Europe/Berlin');
  bench.link('dev/disk/by-id/ata-SSD', '../../sda');
  bench.link('dev/disk/by-id/ata-SSD-part1', '../../sda1');
  bench.link('dev/disk/by-id/nvme-A', '../../nvme0n1');
  bench.link('dev/disk/by-id/wwn-gone', '../../sdz');
  device(bench, '0000:01:00.0', '0x10de 0x2d04 0x030000', 'vfio-pci');
  device(bench, '0000:01:00.1', '0x10de 0x22eb 0x040300', 'snd_hda_intel');
  device(bench, '0000:02:00.0', '0x10de 0x2d04 0x030200');
  device(bench, '10000:e1:00.0', '0x1002 0x164e 0x030000', 'amdgpu');
  bench.program(
    'lsblk',
    `[ "$*" = "-P -b -p -o NAME,TYPE,SIZE,FSTYPE,PTTYPE,LABEL,MOUNTPOINT,PKNAME" ] && cat "$PHX_ROOT/blocks"`,
  );
  bench.file('blocks', `${blocks.join('\n')}\n`);
  bench.program('systemctl', units);
  bench.folder('proc/4252/root/etc');
  bench.folder('sys/fs/cgroup/lxc/951');
  bench.program('lxc-info', 'exit 1');
  bench.program(
    'zpool',
    `case $1 in list) cat "$PHX_ROOT/zpool.list" ;; status) cat "$PHX_ROOT/zpool.status" ;; get) cat "$PHX_ROOT/zpool.get" ;; esac`,
  );
  bench.program('vgs', `case $* in *"-o vg_name,vg_size,vg_free") printf '  pve\t1000\t100\n' ;; esac`);
  bench.program(
    'lvs',
    `printf '  pve\tdata\ttwi-aotz--\t400\t25.00\t1.50\t\n  pve\tvm-1\tVwi-a-tz--\t300\t1.00\t\tdata\n'`,
  );
  bench.program('zfs', 'echo "$@" >"$PHX_ROOT/zfs.asked"; cat "$PHX_ROOT/zfs.get"');
  bench.program('modinfo', '[ "$1 $2 $3 $4 $5" = "-b $PHX_ROOT/ -F version nvidia" ] && echo 580.105.08');
  bench.program(
    'dpkg-query',
    `[ "$1" = "--admindir=$PHX_ROOT/var/lib/dpkg" ] || exit 2\nprintf '|curl\\t8.14-1\\tinstalled\\n|gone\\t1\\tconfig-files\\n|zfs\\t2~rc1+b:2\\tinstalled\\n'`,
  );
  bench.file('zpool.list', 'tank\t1000\t900\tONLINE\nquick\t2000\t100\tDEGRADED\nsolo\t5\t4\tONLINE\n');
  bench.file('zpool.get', 'tank\tautotrim\ton\ntank\tashift\t12\nsolo\tautotrim\toff\n');
  bench.file('zpool.status', status);
  bench.file('zfs.get', 'tank\tquota\t0\tdefault\ntank/lxc\tmountpoint\t/tank/my lxc\tlocal\n');
  return bench;
}

const blocks = [
  'NAME="/dev/sda" TYPE="disk" SIZE="120" FSTYPE="" PTTYPE="gpt" LABEL="" MOUNTPOINT="" PKNAME=""',
  'NAME="/dev/sda1" TYPE="part" SIZE="100" FSTYPE="ext4" PTTYPE="gpt" LABEL="a b" MOUNTPOINT="/" PKNAME="/dev/sda"',
];

/** A PCI device as sysfs shows it: its ids and class, and its driver's folder with a link to it. */
function device(bench: Bench, address: string, ids: string, driver?: string): void {
  const names = ['vendor', 'device', 'class'];
  ids.split(' ').forEach((id, at) => {
    bench.file(`sys/bus/pci/devices/${address}/${names[at]}`, `${id}\n`);
  });
  if (driver) bench.link(`sys/bus/pci/drivers/${driver}/${address}`, `../../devices/${address}`);
}

/** systemctl: it counts its calls, and answers in its own order of properties. */
const units = `echo call >>"$PHX_ROOT/systemctl.calls"
[ "$1 $2 $3 $4" = "show -p LoadState,ActiveState,UnitFileState --" ] || exit 1
shift 4
for unit in "$@"; do
  [ "$unit" = "$1" ] || echo
  case $unit in
    chrony) printf 'LoadState=loaded\\nActiveState=active\\nUnitFileState=enabled\\n' ;;
    off.timer) printf 'LoadState=loaded\\nUnitFileState=disabled\\nActiveState=inactive\\n' ;;
    made) printf 'LoadState=loaded\\nActiveState=active\\nUnitFileState=\\n' ;;
    *) printf 'LoadState=not-found\\nActiveState=inactive\\nUnitFileState=\\n' ;;
  esac
done`;

const status = `  pool: tank
 state: ONLINE
config:

\tNAME                              STATE     READ WRITE CKSUM
\ttank                              ONLINE       0     0     0
\t  mirror-0                        ONLINE       0     0     0
\t    /dev/disk/by-id/nvme-A-part1  ONLINE       0     0     0
\t    /dev/disk/by-id/nvme-B-part1  ONLINE       0     0     0

errors: No known data errors

  pool: quick
 state: DEGRADED
config:

\tNAME                              STATE     READ WRITE CKSUM
\tquick                             DEGRADED     0     0     0
\t  raidz2-0                        DEGRADED     0     0     0
\t    /dev/disk/by-id/C-part1       ONLINE       0     0     0
\t    1234567890                    UNAVAIL      0     0     0  was /dev/disk/by-id/D-part1
\tlogs
\t  mirror-1                        ONLINE       0     0     0
\t    /dev/disk/by-id/L-part1       ONLINE       0     0     0
\tcache
\t  /dev/disk/by-id/M-part1         ONLINE       0     0     0

  pool: solo
config:
\tsolo                              ONLINE       0     0     0
\t  /dev/sdx1                       ONLINE       0     0     0
`;

function sweep(bench: Bench, shell: readonly string[], ...scopes: string[]) {
  const argv = [...shell, ...sweepArgv(scopes).slice(1)];
  const ended = bench.run(argv, sweepScript, { env: { PHX_ROOT: bench.root } });
  assert.deepEqual([ended.exit, ended.stderr], [0, ''], shell.join(' '));
  return parseSweep(ended.stdout);
}

for (const shell of shells) {
  test(`a whole sweep by ${shell.join(' ')}`, () => {
    const bench = node();
    const { host, guests, files } = sweep(bench, shell, 'host', 'guests', 'file:/etc/network/interfaces');
    assert.ok(host);
    const { name, kernel, ...known } = host.node;
    assert.ok(name !== '' && kernel !== '');
    assert.deepEqual(known, { machineId: '0123456789abcdef', bootId: 'b-o-o-t', memory: 96_000, cores: 2 });
    assert.deepEqual([...host.bridges], ['vmbr0']);
    assert.deepEqual(
      [...host.packages],
      [
        ['curl', '8.14-1'],
        ['zfs', '2~rc1+b:2'],
      ],
    );
    assert.deepEqual([...host.modules], ['vfio', 'vfio_iommu_type1', 'vfio_pci']);
    const devices = ['/dev/nvidia0', '/dev/nvidiactl'];
    assert.deepEqual(host.nvidia, { loaded: '580.105.08', installed: '580.105.08', devices });
    assert.equal(host.storageCfg.trimEnd(), storage.trimEnd());
    assert.deepEqual(host.templates, [
      { path: '/var/lib/vz/template/cache/debian.tar.zst', size: 2000 },
      { path: '/tank/my iso/template/cache/my own.tar.zst', size: 3 },
    ]);
    assert.deepEqual([...(host.rooms?.keys() ?? [])], ['/var/lib/vz', '/tank/my iso']);
    const { size = 0, free = 0, available = 0 } = host.rooms?.get('/tank/my iso') ?? {};
    assert.ok(size > 0 && size >= free && free >= available, 'the file system of the test itself');
    const data = { size: 400, promised: 300, data: 25, metadata: 1.5 };
    assert.deepEqual(
      host.groups,
      new Map([['pve', { size: 1000, free: 100, pools: new Map([['data', data]]) }]]),
    );
    const disk = (letter: string) => ({ kind: 'mirror', disk: `/dev/disk/by-id/nvme-${letter}-part1` });
    assert.deepEqual(
      [...host.zpools.values()].map(({ name, properties }) => [name, [...properties]]),
      [
        [
          'tank',
          [
            ['autotrim', 'on'],
            ['ashift', '12'],
          ],
        ],
        ['quick', []],
        ['solo', [['autotrim', 'off']]],
      ],
    );
    assert.deepEqual(
      [...host.zpools.values()].map(({ properties: _, ...pool }) => pool),
      [
        { name: 'tank', size: 1000, free: 900, health: 'ONLINE', vdevs: [disk('A'), disk('B')] },
        {
          ...{ name: 'quick', size: 2000, free: 100, health: 'DEGRADED' },
          vdevs: [
            { kind: 'raidz2', disk: '/dev/disk/by-id/C-part1' },
            { kind: 'raidz2', disk: '/dev/disk/by-id/D-part1' },
            { kind: 'logs', disk: '/dev/disk/by-id/L-part1' },
            { kind: 'cache', disk: '/dev/disk/by-id/M-part1' },
          ],
        },
        { name: 'solo', size: 5, free: 4, health: 'ONLINE', vdevs: [{ kind: 'disk', disk: '/dev/sdx1' }] },
      ],
    );
    assert.equal(host.datasets.get('tank/lxc')?.get('mountpoint'), '/tank/my lxc');
    assert.deepEqual(
      guests.map(({ id, kind, running }) => [id, kind, running]),
      [
        [900, 'ct', false],
        [950, 'ct', true],
        [951, 'ct', true],
        [952, 'ct', true],
        [8001, 'vm', true],
        [8002, 'vm', false],
        [8003, 'vm', false],
        [8004, 'vm', false],
      ],
    );
    // By the start time of its process; a pid file of a dead one, or of another VM's by now, says nothing.
    assert.deepEqual(
      guests.slice(4).map(({ start }) => start),
      ['118', undefined, undefined, undefined],
    );
    assert.equal(guests.at(-1)?.conf, 'name: no-line-break');
    assert.equal(guests[1]?.conf, conf);
    assert.equal(guests[2]?.conf, 'hostname: no-line-break');
    assert.match(guests[1]?.start ?? '', /^\d+$/);
    assert.notEqual(guests[1]?.start, guests[2]?.start);
    assert.equal(guests[0]?.start, undefined);
    assert.equal(files.get('/etc/network/interfaces'), 'auto lo\n\n@end\n|x\n');
  });

  test(`the machine by ${shell.join(' ')}: time, boot, devices, disks`, () => {
    const { host } = sweep(node(), shell, 'host');
    assert.ok(host);
    assert.equal(host.timezone, 'Europe/Berlin');
    assert.equal(host.cmdline, 'BOOT_IMAGE=/boot/vmlinuz-6.14.8-2-pve root=/dev/mapper/pve-root ro quiet');
    assert.deepEqual([host.bootloader, host.iommuGroups, host.gpus], ['grub', 3, 2]);
    assert.deepEqual([...host.kernels].sort(), ['6.14.8-2-pve', '6.8.12-4-pve']);
    assert.deepEqual(host.pci, [
      { address: '0000:01:00.0', id: '10de:2d04', class: '030000', driver: 'vfio-pci' },
      { address: '0000:01:00.1', id: '10de:22eb', class: '040300', driver: 'snd_hda_intel' },
      { address: '0000:02:00.0', id: '10de:2d04', class: '030200' },
      { address: '10000:e1:00.0', id: '1002:164e', class: '030000', driver: 'amdgpu' },
    ]);
    const disks = ['/dev/disk/by-id/ata-SSD', '/dev/disk/by-id/nvme-A'];
    assert.deepEqual([...host.disks], disks);
    assert.deepEqual(
      [...host.deviceOf],
      [
        [disks[0], '/dev/sda'],
        [disks[1], '/dev/nvme0n1'],
      ],
    );
    assert.deepEqual(host.blocks, blocks);
  });

  test(`the boot loader by ${shell.join(' ')}: systemd-boot only where all three signs are`, () => {
    const info = 'sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
    const utf16 = (text: string) => `\x06\0\0\0${[...text].map((letter) => `${letter}\0`).join('')}`;
    const loader = (files: Readonly<Record<string, string>>) => {
      const bench = node();
      for (const [path, text] of Object.entries(files)) bench.file(path, text);
      return sweep(bench, shell, 'host').host?.bootloader;
    };
    const uuids = { 'etc/kernel/proxmox-boot-uuids': 'AAAA-BBBB\n' };
    const booted = { [info]: utf16('systemd-boot 257.3') };
    assert.equal(loader({ ...uuids, ...booted }), 'systemd-boot');
    assert.equal(loader({ ...uuids, [info]: utf16('GRUB 2.12') }), 'grub');
    assert.equal(loader({ ...booted, 'etc/kernel/proxmox-boot-uuids': '' }), 'grub');
    assert.equal(loader(uuids), 'grub');
  });

  test(`the time zone by ${shell.join(' ')}: a link, a name, none`, () => {
    const zone = (make: (bench: Bench) => void) => {
      const bench = new Bench();
      make(bench);
      return sweep(bench, shell, 'host').host?.timezone;
    };
    assert.equal(
      zone((bench) => bench.link('etc/localtime', '/usr/share/zoneinfo/Etc/UTC')),
      'Etc/UTC',
    );
    assert.equal(
      zone((bench) => bench.file('etc/timezone', 'Asia/Tokyo')),
      'Asia/Tokyo',
    );
    assert.equal(
      zone(() => {}),
      undefined,
    );
  });

  test(`units by ${shell.join(' ')}: all by one call, known and unknown`, () => {
    const bench = node();
    const scopes = ['unit:chrony', 'file:/etc/empty', 'unit:off.timer', 'unit:nosuch', 'unit:made'];
    const { units } = sweep(bench, shell, ...scopes);
    assert.deepEqual(Object.fromEntries(units), {
      chrony: { known: true, active: true, enabled: true },
      'off.timer': { known: true, active: false, enabled: false },
      nosuch: { known: false, active: false, enabled: false },
      made: { known: true, active: true, enabled: false },
    });
    assert.equal(bench.run(['cat', `${bench.root}/systemctl.calls`], '').stdout, 'call\n');
    sweep(bench, shell, 'file:/etc/empty');
    assert.equal(bench.run(['cat', `${bench.root}/systemctl.calls`], '').stdout, 'call\n');
  });

  test(`layers by ${shell.join(' ')}: read, none, and not to be seen`, () => {
    const { guests } = sweep(node(), shell, 'guest:950', 'guest:951', 'guest:952', 'guest:900', 'guest:77');
    assert.deepEqual(
      guests.map(({ id, layers }) => [id, layers]),
      [
        [
          950,
          [
            { name: 'feature:base', digest: 'aa', origin: 900 },
            { name: 'app:web', digest: 'bb', origin: 950 },
          ],
        ],
        [951, undefined],
        [952, []],
        [900, undefined],
      ],
    );
  });

  test(`a guest that ends while it is swept by ${shell.join(' ')} has no layers to be seen`, () => {
    const bench = new Bench();
    bench.file('etc/pve/lxc/950.conf', conf);
    bench.file('sys/fs/cgroup/lxc/950/ns/init.scope/cgroup.procs', '4242\n');
    assert.equal(sweep(bench, shell, 'guest:950').guests[0]?.layers, undefined);
  });

  test(`directories by ${shell.join(' ')}: owner and mode, absent, a file`, () => {
    const bench = node();
    bench.folder('srv/my share');
    bench.run(['chmod', '2750', `${bench.root}/srv/my share`], '');
    const { dirs } = sweep(bench, shell, 'dir:/srv/my share', 'dir:/srv/none', 'dir:/etc/empty');
    const found = dirs.get('/srv/my share');
    assert.deepEqual([found?.mode, found?.uid], ['2750', process.getuid?.()]);
    assert.ok(found?.user && found.group);
    assert.deepEqual(
      ['/srv/none', '/etc/empty'].map((path) => [dirs.has(path), dirs.get(path)]),
      [
        [true, undefined],
        [true, undefined],
      ],
    );
  });

  test(`images by ${shell.join(' ')}: whole ones only`, () => {
    const bench = node();
    bench.file('var/lib/phx/images/noble.img', 'x'.repeat(700));
    bench.file('var/lib/phx/images/next.img.part', 'x');
    const { host } = sweep(bench, shell, 'host');
    assert.deepEqual(host?.images, [{ path: '/var/lib/phx/images/noble.img', size: 700 }]);
  });

  test(`files by ${shell.join(' ')}: there, empty, absent`, () => {
    const bench = node();
    bench.file('etc/with blank', 'x\n');
    const paths = ['/etc/empty', '/etc/nosuch', '/etc/with blank', '/etc/pve'];
    const { files, guests, host } = sweep(bench, shell, ...paths.map((path) => `file:${path}`));
    assert.deepEqual(
      paths.map((path) => [files.has(path), files.get(path)]),
      [
        [true, ''],
        [true, undefined],
        [true, 'x\n'],
        [true, undefined],
      ],
    );
    assert.deepEqual([guests, host], [[], undefined]);
  });

  test(`a bare machine by ${shell.join(' ')}: no tools, no guests, no error`, () => {
    const bench = new Bench();
    bench.only('sh', 'sed', 'cat', 'uname', 'awk', 'wc', 'tr');
    const argv = [...shell, '-s', '--', 'host', 'guests', 'unit:chrony'];
    const ended = bench.run(argv, sweepScript, { alone: true, env: { PHX_ROOT: bench.root } });
    assert.equal(ended.exit, 0, ended.stderr);
    const { host, guests, units } = parseSweep(ended.stdout);
    assert.deepEqual(guests, []);
    assert.deepEqual([...units], [['chrony', { known: false, active: false, enabled: false }]]);
    assert.deepEqual([host?.pci, host?.blocks, host?.kernels, host?.iommuGroups], [[], [], [], 0]);
    assert.deepEqual([host?.zpools.size, host?.packages.size, host?.storageCfg], [0, 0, '']);
    assert.deepEqual(host?.nvidia, { devices: [] });
  });
}

test('the sweep asks zfs for the properties that the parser knows', () => {
  const bench = node();
  sweep(bench, ['sh'], 'host');
  const asked = bench.run(['cat', `${bench.root}/zfs.asked`], '').stdout.trim();
  assert.equal(
    asked,
    `get -H -p -t filesystem -o name,property,value,source ${sweptZfsProperties.join(',')}`,
  );
});

for (const [said, synchronized] of [
  ['echo "A29FC87B,pool,2,1,0.1,0.1,0.1,0.1,0.1,0.1,0.1,0.1,1.0,Normal"', true],
  ['echo ",,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,Not synchronised"', false],
  ['echo "506 Cannot talk to daemon" >&2; exit 1', undefined],
] as const) {
  test(`a clock of which chronyc says: ${said}`, () => {
    const bench = node();
    bench.program('chronyc', `[ "$*" = "-c tracking" ] || exit 2\n${said}`);
    bench.program('date', 'echo 1700000000');
    const { clock } = sweep(bench, ['sh'], clockScope(1_700_000_100_400));
    assert.deepEqual(clock, { ahead: -100, ...(synchronized === undefined ? {} : { synchronized }) });
  });
}
