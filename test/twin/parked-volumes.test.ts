/** A conf that holds volumes and no container: what Proxmox makes of it, and what lies on a volume that changes hands. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, furnished, run, template } from './node.ts';
import { type Scene, tell } from './story.ts';

const create = `pct create 900 ${template} --rootfs quickOS-lxc:2 --unprivileged 1`;
const parking = '/etc/pve/lxc/900000900.conf';
const conf = (root: string) => `arch: amd64\nhostname: parked-900\nostype: unmanaged\n${root}`;
const content: readonly Scene[] = [
  [`${create} --mp0 quickOS-lxc:3,mp=/data`],
  ['pct start 900'],
  ['/root/f <- kept\n'],
  ['pct push 900 /root/f /data/f'],
  ['pct push 900 /root/f /etc/f'],
  ['pct shutdown 900'],
];
const cat = (id: number, path: string) => `pct exec ${id} -- cat ${path}`;

const stories: Readonly<Record<string, readonly Scene[]>> = {
  'without a root the volume moves, and the command says no all the same': [
    [`${create} --mp0 quickOS-lxc:3,mp=/data`],
    [`${parking} <- ${conf('')}`],
    [
      'pct move-volume 900 mp0 --target-vmid 900000900',
      { exit: 255, err: "missing 'rootfs' configuration\n" },
    ],
    ['pct config 900000900', { out: /^mp0: quickOS-lxc:subvol-900000900-disk-0,mp=\/data,size=3G$/m }],
  ],
  'with a root that is nowhere it holds volumes, and nothing else can be done with it': [
    ...content,
    [`${parking} <- ${conf('rootfs: /nonexistent\n')}`],
    ['pct move-volume 900 mp0 --target-vmid 900000900'],
    ['pct list', { out: /^900000900 +stopped +parked-900/m }],
    ['pct start 900000900', { exit: 255, err: "startup for container '900000900' failed\n" }],
    ['pct clone 900000900 901', { exit: 255, err: /unable to clone mountpoint/ }],
    ['pct snapshot 900000900 s1', { exit: 255, err: 'snapshot feature is not available\n' }],
    ['pct destroy 900 --destroy-unreferenced-disks 1'],
    [create],
    ['pct move-volume 900000900 mp0 --target-vmid 900'],
    ['pct config 900', { out: /^mp0: quickOS-lxc:subvol-900-disk-1,mp=\/data,size=3G$/m }],
    ['pct start 900'],
    [cat(900, '/data/f'), { out: 'kept\n' }],
    [cat(900, '/etc/f'), { exit: 1 }],
  ],
  'protection lets volumes out, and lets none in: then nobody names them': [
    [`${create} --mp0 quickOS-lxc:3,mp=/data --mp1 quickOS-lxc:3,mp=/more`],
    [`${parking} <- ${conf('rootfs: /nonexistent\n')}`],
    ['pct move-volume 900 mp0 --target-vmid 900000900'],
    ['pct set 900000900 --protection 1'],
    ['pct destroy 900000900', { exit: 255, err: /protection mode enabled/ }],
    [
      'pct move-volume 900 mp1 --target-vmid 900000900',
      { exit: 255, err: /can't update CT 900000900 drive 'mp1'/ },
    ],
    ['pct config 900', { out: /^(?![\s\S]*mp1)/ }],
    ['pct config 900000900', { out: /^(?![\s\S]*mp1)/ }],
    ['pvesm list quickOS-lxc --vmid 900000900', { out: /subvol-900000900-disk-1/ }],
    ['pct move-volume 900000900 mp0 --target-vmid 900'],
  ],
  'unused volumes stay unused': [
    ...content,
    ['pct set 900 --delete mp0'],
    [`${parking} <- ${conf('rootfs: /nonexistent\n')}`],
    ['pct move-volume 900 unused0 --target-vmid 900000900', {}],
    [
      'pct move-volume 900000900 unused0 --target-vmid 900 --target-volume mp0',
      { exit: 255, err: /unused volume to a used one/ },
    ],
    ['pct move-volume 900000900 unused0 --target-vmid 900 --target-volume unused4'],
    ['pct set 900 --mp3 quickOS-lxc:subvol-900-disk-1,mp=/old'],
    [
      'pct config 900',
      { out: /^(?![\s\S]*unused)[\s\S]*mp3: quickOS-lxc:subvol-900-disk-1,mp=\/old,size=3G$/m },
    ],
    ['pct start 900'],
    [cat(900, '/old/f'), { out: 'kept\n' }],
  ],
  'a backup holds the root alone, and goes where it is told': [
    ...content,
    ['pvesm set local --content backup,vztmpl'],
    ['/etc/pve/firewall/900.fw <- [OPTIONS]\nenable: 1\n'],
    ['vzdump 900 --storage local --mode snapshot --compress zstd'],
  ],
};

for (const [name, scenes] of Object.entries(stories)) test(name, async () => tell(await furnished(), scenes));

test('what is restored has the rules, the root and the description of then, and no data that was left out', async () => {
  const twin = await furnished();
  await tell(twin, stories['a backup holds the root alone, and goes where it is told'] ?? []);
  const listed = await all(twin, 'pvesm list local --content backup --vmid 900');
  const volume = /local:backup\/\S+/.exec(listed)?.[0] ?? '';
  await all(twin, 'pct destroy 900');
  assert.equal((await run(twin, `pct restore 900 ${volume}`)).exit, 255, 'local takes no containers');
  await tell(twin, [
    [`pct restore 900 ${volume} --storage quickOS-lxc --description again`],
    ['pct config 900', { out: /^description: again%0A$[\s\S]*^rootfs: quickOS-lxc:subvol-900-disk-0/m }],
    ['cat /etc/pve/firewall/900.fw', { out: '[OPTIONS]\nenable: 1\n' }],
    ['pct start 900'],
    [cat(900, '/etc/f'), { out: 'kept\n' }],
    [cat(900, '/data/f'), { exit: 1 }],
  ]);
});
