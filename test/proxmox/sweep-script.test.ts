/** The real facts sweep, run by every shell of this machine on a fake root with fake tools, read by its own parser. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSweep } from '../../src/proxmox/parse-sweep.ts';
import { sweepArgv, sweepScript, sweptZfsProperties } from '../../src/proxmox/sweep.ts';
import { Bench, shells } from './shell.ts';

const conf = '#phx%3A project=x\nhostname: web\nmemory: 512\n\n[sealed-00aa11]\nmemory: 256\nsnaptime: 5\n';
const storage = 'dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl\n\ndir: iso\n\tpath /tank/my iso\n';

function node(): Bench {
  const bench = new Bench();
  const files: Readonly<Record<string, string>> = {
    'etc/machine-id': '0123456789abcdef\n',
    'proc/sys/kernel/random/boot_id': 'b-o-o-t\n',
    'proc/meminfo': 'MemTotal:       98304000 kB\nMemFree:        1 kB\n',
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
    'etc/pve/qemu-server/8002.conf': 'name: dead\n',
    'var/run/qemu-server/8001.pid': '77\n',
    'var/run/qemu-server/8002.pid': '78\n',
    'etc/network/interfaces': 'auto lo\n\n@end\n|x',
    'etc/empty': '',
  };
  for (const [path, text] of Object.entries(files)) bench.file(path, text);
  for (const path of ['sys/class/net/vmbr0/bridge', 'sys/class/net/eno1', 'sys/module/vfio_pci', 'proc/77'])
    bench.folder(path);
  bench.folder('proc/4252/root/etc');
  bench.folder('sys/fs/cgroup/lxc/951');
  bench.program('lxc-info', 'exit 1');
  bench.program(
    'zpool',
    `case $1 in list) cat "$PHX_ROOT/zpool.list" ;; status) cat "$PHX_ROOT/zpool.status" ;; esac`,
  );
  bench.program('zfs', 'echo "$@" >"$PHX_ROOT/zfs.asked"; cat "$PHX_ROOT/zfs.get"');
  bench.program('modinfo', '[ "$1 $2 $3 $4 $5" = "-b $PHX_ROOT/ -F version nvidia" ] && echo 580.105.08');
  bench.program(
    'dpkg-query',
    `[ "$1" = "--admindir=$PHX_ROOT/var/lib/dpkg" ] || exit 2\nprintf '|curl\\t8.14-1\\tinstalled\\n|gone\\t1\\tconfig-files\\n|zfs\\t2~rc1+b:2\\tinstalled\\n'`,
  );
  bench.file('zpool.list', 'tank\t1000\t900\tONLINE\nquick\t2000\t100\tDEGRADED\nsolo\t5\t4\tONLINE\n');
  bench.file('zpool.status', status);
  bench.file('zfs.get', 'tank\tquota\t0\tdefault\ntank/lxc\tmountpoint\t/tank/my lxc\tlocal\n');
  return bench;
}

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
    assert.deepEqual(known, { machineId: '0123456789abcdef', bootId: 'b-o-o-t', memory: 96_000 });
    assert.deepEqual([...host.bridges], ['vmbr0']);
    assert.deepEqual(
      [...host.packages],
      [
        ['curl', '8.14-1'],
        ['zfs', '2~rc1+b:2'],
      ],
    );
    assert.deepEqual([...host.modules], ['vfio_pci']);
    const devices = ['/dev/nvidia0', '/dev/nvidiactl'];
    assert.deepEqual(host.nvidia, { loaded: '580.105.08', installed: '580.105.08', devices });
    assert.equal(host.storageCfg.trimEnd(), storage.trimEnd());
    assert.deepEqual(host.templates, [
      { path: '/var/lib/vz/template/cache/debian.tar.zst', size: 2000 },
      { path: '/tank/my iso/template/cache/my own.tar.zst', size: 3 },
    ]);
    const disk = (letter: string) => ({ kind: 'mirror', disk: `/dev/disk/by-id/nvme-${letter}-part1` });
    assert.deepEqual(
      [...host.zpools.values()],
      [
        { name: 'tank', size: 1000, free: 900, health: 'ONLINE', vdevs: [disk('A'), disk('B')] },
        {
          ...{ name: 'quick', size: 2000, free: 100, health: 'DEGRADED' },
          vdevs: [{ kind: 'raidz2', disk: '/dev/disk/by-id/C-part1' }],
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
      ],
    );
    assert.equal(guests[1]?.conf, conf);
    assert.equal(guests[2]?.conf, 'hostname: no-line-break\n');
    assert.equal(files.get('/etc/network/interfaces'), 'auto lo\n\n@end\n|x\n');
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
    const argv = [...shell, '-s', '--', 'host', 'guests'];
    const ended = bench.run(argv, sweepScript, { alone: true, env: { PHX_ROOT: bench.root } });
    assert.equal(ended.exit, 0, ended.stderr);
    const { host, guests } = parseSweep(ended.stdout);
    assert.deepEqual(guests, []);
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
