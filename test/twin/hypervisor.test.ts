/** The node itself: disks, pools, datasets, storages, packages, driver, reboot, and what the sweep says of them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sweepArgv, sweepScript } from '../../src/proxmox/sweep.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { all, disks, freshTwin, furnished, run, template } from './node.ts';

async function refusal(twin: Twin, line: string): Promise<string> {
  const outcome = await run(twin, line);
  assert.notEqual(outcome.exit, 0, line);
  return outcome.stderr.trimEnd();
}

async function sweep(twin: Twin, ...scopes: string[]): Promise<string> {
  return (await twin.run({ argv: sweepArgv(scopes), stdin: sweepScript })).stdout;
}

test('zpool refuses unknown disks, disks in use and known names', async () => {
  const twin = freshTwin();
  assert.equal(
    await refusal(twin, 'zpool create tank /dev/disk/by-id/none'),
    "cannot resolve path '/dev/disk/by-id/none'",
  );
  assert.match(
    await refusal(twin, `zpool create tank mirror ${disks[0]}`),
    /mirror requires at least 2 devices/,
  );
  await all(twin, `zpool create -f -o ashift=12 -O compression=lz4 tank ${disks[0]}`);
  assert.match(
    await refusal(twin, `zpool create more ${disks[0]}`),
    /nvme-A-part1 is part of active pool 'tank'$/,
  );
  assert.equal(
    await refusal(twin, `zpool create tank ${disks[1]}`),
    "cannot create 'tank': pool already exists",
  );
});

test('zfs refuses what is there, what is not and what it does not know', async () => {
  const twin = freshTwin();
  await all(twin, `zpool create tank ${disks[0]}`, 'zfs create tank/a');
  assert.equal(await refusal(twin, 'zfs create tank/a'), "cannot create 'tank/a': dataset already exists");
  assert.equal(await refusal(twin, 'zfs create tank/b/c'), "cannot create 'tank/b/c': parent does not exist");
  assert.equal(await refusal(twin, 'zfs create nope/c'), "cannot create 'nope/c': no such pool 'nope'");
  assert.equal(
    await refusal(twin, 'zfs set quota=1G tank/x'),
    "cannot open 'tank/x': dataset does not exist",
  );
  assert.equal(
    await refusal(twin, 'zfs set bogus=1 tank/a'),
    "cannot set property for 'tank/a': invalid property 'bogus'",
  );
  assert.match(await refusal(twin, 'zfs set recordsize=3K tank/a'), /power of 2/);
  assert.equal(
    await refusal(twin, 'zfs set casesensitivity=mixed tank/a'),
    "cannot set property for 'tank/a': 'casesensitivity' is readonly",
  );
  await all(
    twin,
    'zfs set recordsize=1M quota=10G tank/a',
    'zfs create -p tank/b/c',
    'zfs set compression=zstd tank/b',
  );
  assert.equal(await all(twin, 'zfs get -H -p -o value,source quota tank/a'), `${10 * 1024 ** 3}\tlocal\n`);
  assert.equal(await all(twin, 'zfs get -H -o value recordsize tank/a'), '1M\n');
  assert.equal(
    await all(twin, 'zfs get -H -p -o value,source compression tank/b/c'),
    'zstd\tinherited from tank/b\n',
  );
});

test('a zfspool storage needs its pool, and takes its mountpoint over', async () => {
  const twin = freshTwin();
  assert.match(
    await refusal(twin, 'pvesm add zfspool z --pool none/x'),
    /storage ID 'z' contains illegal characters/,
  );
  assert.match(
    await refusal(twin, 'pvesm add zfspool zz --pool none/x'),
    /could not activate storage 'zz', zfs error/,
  );
  await all(
    twin,
    `zpool create tank ${disks[0]}`,
    'zfs create tank/x',
    'pvesm add zfspool zz --pool tank/x --content rootdir',
  );
  const cfg = (await twin.readFile('/etc/pve/storage.cfg')) ?? '';
  assert.match(cfg, /^zfspool: zz\n\tpool tank\/x\n\tcontent rootdir\n\tmountpoint \/tank\/x\n\n/m);
});

test('a dataset may be bound into a container at create', async () => {
  const twin = await furnished();
  await all(twin, 'zfs create -o mountpoint=/models fast/models', 'chown 100000:100000 /models');
  await all(
    twin,
    `pct create 900 ${template} --rootfs quickOS-lxc:8 --mp0 /models,mp=/models`,
    'pct start 900',
  );
  assert.equal((await run(twin, 'pct snapshot 900 s1')).stderr, 'snapshot feature is not available\n');
  assert.match(
    await refusal(twin, 'pct clone 900 901'),
    /unable to clone mountpoint 'mp0' \(type bind\)|Cannot do full clones/,
  );
});

test('packages become installed; only impossible names are refused', async () => {
  const twin = freshTwin();
  await all(
    twin,
    'apt-get update',
    'env DEBIAN_FRONTEND=noninteractive apt-get install -y samba htop=3.2.2-2',
  );
  assert.equal(await all(twin, 'systemctl is-active smbd'), 'active\n');
  const argv = ['dpkg-query', '-W', '-f', ['$', '{Package} $', '{Version}\\n'].join(''), 'htop'];
  assert.equal((await twin.run({ argv })).stdout, 'htop 3.2.2-2\n');
  assert.match(await refusal(twin, 'apt-get install -y Bad_Name'), /E: Unable to locate package Bad_Name/);
  assert.match(await refusal(twin, 'dpkg-query -W nosuch'), /no packages found matching nosuch/);
});

test('the NVIDIA driver: nouveau stands in its way until a reboot', async () => {
  const twin = await furnished();
  const file = '/opt/NVIDIA-Linux-x86_64-570.133.07.run';
  assert.match(await refusal(twin, `sh ${file} --silent`), /cannot open/);
  await all(twin, `wget -q -O ${file} https://us.download.nvidia.com/x/NVIDIA-Linux-x86_64-570.133.07.run`);
  assert.match(await refusal(twin, `${file} --silent`), /Permission denied/);
  await all(twin, `chmod +x ${file}`, 'apt-get install -y pve-headers');
  assert.match(await refusal(twin, `${file} --silent`), /Nouveau kernel driver is currently in use/);
  await twin.writeFile(
    '/etc/modprobe.d/blacklist-nouveau.conf',
    'blacklist nouveau\noptions nouveau modeset=0\n',
  );
  const boot = await twin.readFile('/proc/sys/kernel/random/boot_id');
  await all(twin, 'update-initramfs -u', 'systemctl reboot');
  assert.notEqual(await twin.readFile('/proc/sys/kernel/random/boot_id'), boot);
  await all(twin, `${file} --silent`, 'nvidia-modprobe -u -c=0');
  const facts = await sweep(twin, 'host');
  assert.match(
    facts,
    /@modules\n\|nvidia\n@nvidia\n\|loaded 570.133.07\n\|installed 570.133.07\n\|device \/dev\/nvidia0\n/,
  );
  assert.match(facts, /\|device \/dev\/nvidia-uvm\n/);
  await all(
    twin,
    `pct create 900 ${template} --rootfs quickOS-lxc:8 --dev0 /dev/nvidia0,gid=44`,
    'pct start 900',
  );
});

test('a reboot stops guests and starts those with onboot, in order', async () => {
  const twin = await furnished();
  for (const id of [900, 901, 902])
    await all(twin, `pct create ${id} ${template} --rootfs quickOS-lxc:8 --unprivileged 1`);
  await all(twin, 'pct set 901 --onboot 1', 'pct start 900', 'pct start 901', 'reboot');
  assert.deepEqual(
    twin.describe().guests.map(({ status }) => status),
    ['stopped', 'running', 'stopped'],
  );
});

test('the sweep prints the documented sections', async () => {
  const twin = await furnished();
  await all(
    twin,
    `pct create 900 ${template} --rootfs quickOS-lxc:8 --unprivileged 1 --description mark:1`,
    'pct start 900',
  );
  const text = await sweep(
    twin,
    'host',
    'guests',
    'file:/etc/hostname',
    'file:/etc/none',
    'dir:/fast',
    'dir:/none',
  );
  const heads = text.split('\n').filter((line) => line.startsWith('@'));
  assert.deepEqual(
    heads.map((line) => line.split(' ')[0]),
    '@sweep @node @time @cmdline @boot @kernels @iommu @interfaces @packages @modules @nvidia @pci @gpus @disks @blocks @storage @rooms @templates @images @groups @logical @zpools @vdevs @pools @zfs @guest @layers @file @absent @dir @nodir @end'
      .split(' ')
      .filter((head) => head !== '@layers' || heads.includes('@layers 900')),
  );
  assert.match(text, /^@guest ct 900 running \d+\n\|#mark%3A1\n\|arch: amd64\n/m);
  assert.match(text, /^\|fast\tmirror\t\/dev\/disk\/by-id\/nvme-A$/m);
  assert.match(text, /^\|fast\/lxc\trecordsize\t16384\tlocal$/m);
  assert.match(
    text,
    /^@file \/etc\/hostname\n\|pve1\n@absent \/etc\/none\n@dir root:root 0:0 755 \/fast\n@nodir \/none\n@end\n$/m,
  );
  assert.match((await sweep(twin, 'guest:900')).split('\n')[1] ?? '', /^@guest ct 900 running \d+$/);
});

test('one sweep tells of every guest', async () => {
  const twin = await furnished();
  await all(twin, `pct create 900 ${template} --rootfs quickOS-lxc:8 --unprivileged 1`);
  for (let id = 901; id < 920; id++) await all(twin, `pct clone 900 ${id}`);
  const text = await sweep(twin, 'host', 'guests');
  assert.equal(text.split('\n').filter((line) => line.startsWith('@guest')).length, 20);
});
