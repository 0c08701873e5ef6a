/** Answers of a sweep: cut off, of another version, of a part only, and laid over what was known. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeFacts, parseSweep } from '../../src/proxmox/parse-sweep.ts';

const whole = `noise before it
@sweep 1
@node pve1 m1 b1 6.14.8-2-pve 1048577
@time Europe/Berlin
@cmdline
|ro quiet

@boot systemd-boot
@kernels
|6.14.8-2-pve
@iommu 12
@interfaces
|vmbr0

@packages
|curl	8.14
@pci
|0000:01:00.0 10de:2d04 030000 -
@disks
|/dev/disk/by-id/a	/dev/sda
|/dev/disk/by-id/old
@rooms
|1000 600 500 /srv/with blank
|what df says
@groups
|  pve	1000	100
|  other	50	50
@logical
|  pve	data	twi-aotz--	400	25.00	1.50	
|  pve	vm-100-disk-0	Vwi-a-tz--	300	10.00		data
|  pve	snap_vm-100-disk-0_s	Vri---tz-k	300			data
|  pve	root	-wi-ao----	500			
|  other	idle	twi---tz--	40			
@zpools
|tank	1000	900	ONLINE
@pools
|tank	ashift	12
|other	ashift	13
@guest ct 950 running
|memory: 512
|
|[s1]
|memory: 1
@layers 950
|feature:a 1 950
|not a layer

@guest vm 8001 stopped
|name: x
@file /etc/with blank
|@end
||x
@absent /etc/none
@dir root:UNKNOWN 0:70 2770 /srv/with blank
@nodir /srv/none
@unit chrony active enabled
@unit nosuch - -
@end
noise behind it
`;

test('a whole answer, whatever stands between its lines', () => {
  const { host, guests, files } = parseSweep(whole);
  assert.deepEqual(host?.node, {
    ...{ name: 'pve1', machineId: 'm1', bootId: 'b1', kernel: '6.14.8-2-pve', memory: 1024 },
  });
  assert.deepEqual([[...host.bridges], [...host.packages]], [['vmbr0'], [['curl', '8.14']]]);
  const layers = [{ name: 'feature:a', digest: '1', origin: 950 }];
  assert.deepEqual(guests, [
    {
      ...{ id: 950, kind: 'ct', running: true, layers },
      conf: 'memory: 512\n\n[s1]\nmemory: 1\n',
    },
    { id: 8001, kind: 'vm', running: false, conf: 'name: x\n' },
  ]);
  assert.deepEqual(
    [...files],
    [
      ['/etc/with blank', '@end\n|x\n'],
      ['/etc/none', undefined],
    ],
  );
});

test('the machine: what is missing is empty, and a disk may have no device', () => {
  const { host } = parseSweep(whole);
  assert.ok(host);
  const { timezone, cmdline, bootloader, kernels, iommuGroups, pci } = host;
  assert.deepEqual(
    { timezone, cmdline, bootloader, kernels, iommuGroups, pci },
    {
      ...{ timezone: 'Europe/Berlin', cmdline: 'ro quiet', bootloader: 'systemd-boot', iommuGroups: 12 },
      kernels: ['6.14.8-2-pve'],
      pci: [{ address: '0000:01:00.0', id: '10de:2d04', class: '030000' }],
    },
  );
  assert.deepEqual([...host.disks], ['/dev/disk/by-id/a', '/dev/disk/by-id/old']);
  assert.deepEqual([...host.deviceOf], [['/dev/disk/by-id/a', '/dev/sda']]);
  assert.deepEqual([...(host.zpools.get('tank')?.properties ?? [])], [['ashift', '12']]);
  const bare = parseSweep('@sweep 1\n@node pve1 m b k 1\n@time -\n@end\n').host;
  assert.ok(bare);
  assert.equal('timezone' in bare, false);
  assert.deepEqual(
    [bare.cmdline, bare.bootloader, bare.kernels, bare.iommuGroups, bare.pci, bare.blocks],
    ['', 'grub', [], 0, [], []],
  );
});

test('the room of file systems and of LVM', () => {
  const { host } = parseSweep(whole);
  assert.deepEqual(
    [...(host?.rooms ?? [])],
    [['/srv/with blank', { size: 1000, free: 600, available: 500 }]],
  );
  const pve = {
    size: 1000,
    free: 100,
    pools: new Map([['data', { size: 400, promised: 600, data: 25, metadata: 1.5 }]]),
  };
  const other = { size: 50, free: 50, pools: new Map([['idle', { size: 40, promised: 0 }]]) };
  assert.deepEqual(
    host?.groups,
    new Map([
      ['pve', pve],
      ['other', other],
    ]),
  );
});

test('units are laid over those known before', () => {
  assert.deepEqual(
    [...before.units],
    [
      ['chrony', { known: true, active: true, enabled: true }],
      ['nosuch', { known: false, active: false, enabled: false }],
    ],
  );
  const after = merged(['unit:chrony'], '@unit chrony failed disabled\n');
  assert.deepEqual(after.units.get('chrony'), { known: true, active: false, enabled: false });
  assert.equal(after.units.get('nosuch')?.known, false);
});

test('directories are laid over those known before', () => {
  const shared = { user: 'root', group: 'UNKNOWN', uid: 0, gid: 70, mode: '2770' };
  assert.deepEqual(
    [...before.dirs],
    [
      ['/srv/with blank', shared],
      ['/srv/none', undefined],
    ],
  );
  const after = merged(['dir:/srv/none'], '@dir a:b 1:2 700 /srv/none\n');
  assert.deepEqual(after.dirs.get('/srv/none'), { user: 'a', group: 'b', uid: 1, gid: 2, mode: '700' });
  assert.deepEqual(after.dirs.get('/srv/with blank'), shared);
});

test('an answer cut off anywhere before its end is refused', () => {
  const end = whole.indexOf('\n@end') + '\n@end'.length;
  for (let length = 0; length < end; length++) {
    assert.throws(() => parseSweep(whole.slice(0, length)), /cut off|did not answer/, `at ${length}`);
  }
  assert.equal(parseSweep(whole.slice(0, end)).guests.length, 2);
});

test('another version, or no sweep at all, is refused', () => {
  for (const odd of [
    '',
    'sh: 1: not found\n',
    '@sweep 2\n@end\n',
    '@sweep 10\n@end\n',
    '@node x\n@sweep 1\n@end\n',
  ])
    assert.throws(() => parseSweep(odd), /did not answer the facts sweep/, odd);
});

test('a sweep without the host has no host', () => {
  assert.deepEqual(parseSweep('@sweep 1\n@end\n'), {
    guests: [],
    files: new Map(),
    dirs: new Map(),
    units: new Map(),
  });
  assert.throws(
    () => mergeFacts(undefined, ['guests'], parseSweep('@sweep 1\n@end\n')),
    /must ask for the host/,
  );
});

const before = mergeFacts(undefined, ['host', 'guests'], parseSweep(whole));
const merged = (scopes: string[], text: string) =>
  mergeFacts(before, scopes, parseSweep(`@sweep 1\n${text}@end\n`));

test('a part replaces what it was asked for, and nothing else', () => {
  const one = merged(['guest:950'], '@guest ct 950 stopped\n|memory: 1\n');
  assert.equal(one.guests.get(950)?.conf, 'memory: 1\n');
  assert.equal(one.guests.get(950)?.layers, undefined);
  assert.equal(one.guests.get(8001), before.guests.get(8001));
  assert.equal(one.host, before.host);
  assert.equal(one.files.get('/etc/with blank'), '@end\n|x\n');
});

test('what was asked for and is not there is gone', () => {
  assert.deepEqual([...merged(['guest:950'], '').guests.keys()], [8001]);
  assert.deepEqual([...merged(['guests'], '@guest ct 7 stopped\n').guests.keys()], [7]);
  const files = merged(['file:/etc/with blank'], '@absent /etc/with blank\n').files;
  assert.deepEqual([files.has('/etc/with blank'), files.get('/etc/with blank')], [true, undefined]);
});

test('a clock that was asked for once stays known', () => {
  const told = mergeFacts(before, ['clock:1'], parseSweep('@sweep 1\n@clock -7 -\n@end\n'));
  assert.deepEqual(told.clock, { ahead: -7 });
  assert.deepEqual(mergeFacts(told, ['guests'], parseSweep('@sweep 1\n@end\n')).clock, { ahead: -7 });
  assert.equal(parseSweep('@sweep 1\n@clock what no\n@end\n').clock, undefined);
});

test('what was known before is not changed by a merge', () => {
  assert.deepEqual([...before.guests.keys()], [950, 8001]);
  assert.equal(before.guests.get(950)?.running, true);
});
