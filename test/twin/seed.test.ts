/** A twin seeded from facts answers like the node that was observed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Facts } from '../../src/proxmox/facts.ts';
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
    bridges: new Set(['vmbr0']),
    packages: new Map([['samba', '2']]),
    modules: new Set(['nvidia']),
    nvidia: { loaded: '570.1', installed: '570.1', devices: ['/dev/nvidia0', '/dev/nvidiactl'] },
    gpus: 1,
    disks: new Set(['/dev/disk/by-id/a', '/dev/disk/by-id/blank']),
    storageCfg: 'zfspool: fastz\n\tpool fast/lxc\n\tcontent rootdir,images\n\n',
    templates: [{ path: '/var/lib/vz/template/cache/debian-12-standard_12.7-1_amd64.tar.zst', size: 9 }],
    zpools: new Map([
      [
        'fast',
        {
          name: 'fast',
          size: 1e12,
          free: 1e12,
          health: 'ONLINE',
          vdevs: [{ kind: 'disk', disk: '/dev/disk/by-id/a-part1' }],
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
      'auto vmbr0\niface vmbr0 inet static\n\taddress 10.9.0.2/24\n\tgateway 10.9.0.1\n\tbridge-ports eno1\n',
    ],
  ]),
};

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
