/** Templates and their clones, volumes that change hands, what a killed create leaves, OCI archives. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Twin } from '../../src/twin/twin.ts';
import { all, freshTwin, furnished, hardware, run, template } from './node.ts';
import { type Scene, tell } from './story.ts';

const create = (id: number, storage: string) =>
  `pct create ${id} ${template} --rootfs ${storage}:2 --unprivileged 1`;

const stories: Readonly<Record<string, readonly Scene[]>> = {
  'a linked clone on ZFS names its base, which cannot go before it': [
    [create(900, 'quickOS-lxc')],
    ['pct clone 900 901 --full 0', { exit: 2, err: /Linked clone feature .* is not available/ }],
    ['pct template 900'],
    ['pct start 900', { exit: 255, err: "you can't start a CT if it's a template\n" }],
    ['pct clone 900 901 --full 0'],
    ['pct config 901', { out: /^rootfs: quickOS-lxc:basevol-900-disk-0\/subvol-901-disk-0,size=2G$/m }],
    ['zfs list -H -o name fast/lxc/subvol-901-disk-0'],
    [
      'pct destroy 900',
      { exit: 255, err: /base volume 'quickOS-lxc:basevol-900-disk-0' is still in use by linked cloned/ },
    ],
    ['pct template 901'],
    ['pct config 901', { out: /^rootfs: quickOS-lxc:basevol-900-disk-0\/basevol-901-disk-0,size=2G$/m }],
    ['pct clone 901 902'],
    ['pct config 902', { out: /^rootfs: quickOS-lxc:basevol-901-disk-0\/subvol-902-disk-0,size=2G$/m }],
    ['pct destroy 901', { exit: 255, err: /still in use/ }],
    ['pct clone 901 903 --full 1 --storage quickOS-lxc'],
    ['pct config 903', { out: /^rootfs: quickOS-lxc:subvol-903-disk-0,size=2G$/m }],
    ['pct destroy 902'],
    ['pct destroy 901'],
    ['pct destroy 900'],
  ],
  'a linked clone on thin LVM has a plain name': [
    ['pvesm add lvmthin thin --vgname pve --thinpool data --content rootdir'],
    [create(900, 'thin')],
    ['pct template 900'],
    ['pct config 900', { out: /^rootfs: thin:base-900-disk-0,size=2G$/m }],
    ['pct clone 900 901'],
    ['pct config 901', { out: /^rootfs: thin:vm-901-disk-0,size=2G$/m }],
  ],
  'raw images are never linked': [
    ['pvesm set local --content rootdir,vztmpl'],
    [create(900, 'local')],
    ['pct template 900'],
    ['pct config 900', { out: /^rootfs: local:900\/base-900-disk-0\.raw,size=2G$/m }],
    ['pct clone 900 901', { exit: 2, err: /Linked clone feature/ }],
    ['pct clone 900 901 --full 1'],
  ],
  'a volume changes hands': [
    [`${create(900, 'quickOS-lxc')} --mp0 quickOS-lxc:3,mp=/data,backup=1`],
    [create(901, 'quickOS-lxc')],
    ['pct move-volume 900 mp0', { exit: 255, err: /either needs to be set/ }],
    ['pct move-volume 900 mp0 --target-vmid 900', { exit: 255, err: /'mp0' is already in use/ }],
    ['pct move-volume 900 mp1 --target-vmid 901', { exit: 255, err: /does not exist/ }],
    ['pct move-volume 900 rootfs --target-vmid 901', { exit: 255, err: /Cannot move to\/from 'rootfs'/ }],
    ['pct move-volume 900 mp0 --target-vmid 902', { exit: 255, err: 'could not find CT 902\n' }],
    ['pct snapshot 900 s1'],
    ['pct move-volume 900 mp0 --target-vmid 901 --target-volume mp5', { exit: 255, err: /snapshot/ }],
    ['pct delsnapshot 900 s1'],
    ['pct move-volume 900 mp0 --target-vmid 901 --target-volume mp5'],
    ['pct config 901', { out: /^mp5: quickOS-lxc:subvol-901-disk-1,mp=\/data,backup=1,size=3G$/m }],
    ['zfs list -H -o name fast/lxc/subvol-900-disk-1', { exit: 1 }],
    ['zfs list -H -o name fast/lxc/subvol-901-disk-1'],
    ['pct set 900 --mp5 quickOS-lxc:1,mp=/other'],
    ['pct move-volume 900 mp5 --target-vmid 901', { exit: 255, err: /'mp5' is already in use/ }],
    ['pct start 900'],
    ['pct move-volume 900 mp5 --target-vmid 901 --target-volume mp6', { exit: 255, err: /running/ }],
  ],
  'the firewall file goes with a clone and with a guest': [
    [create(900, 'quickOS-lxc')],
    ['/etc/pve/firewall/900.fw <- [OPTIONS]\nenable: 1\n'],
    ['pct clone 900 901'],
    ['cat /etc/pve/firewall/901.fw', { out: '[OPTIONS]\nenable: 1\n' }],
    ['pct destroy 901'],
    ['test -e /etc/pve/firewall/901.fw', { exit: 1 }],
    ['test -e /etc/pve/firewall/900.fw'],
  ],
  'a node before 9.1 pulls no image': [
    ['skopeo copy docker://a/b@sha256:0 oci-archive:/var/lib/vz/template/cache/b.tar', { exit: 127 }],
  ],
};

for (const [name, scenes] of Object.entries(stories)) test(name, async () => tell(await furnished(), scenes));

test('a create that is killed leaves its root mounted over a loop device, and destroy does not undo that', async () => {
  const twin = await furnished({ killRun: () => {} });
  await all(twin, 'pvesm set local --content rootdir,vztmpl');
  twin.addFault({ match: 'pct create 900', nth: 1, kill: 'during' });
  await run(twin, create(900, 'local'));
  await tell(twin, [
    ['findmnt -n -o SOURCE,TARGET /var/lib/lxc/900/rootfs', { out: '/dev/loop0 /var/lib/lxc/900/rootfs\n' }],
    ['losetup -n -l -O NAME,BACK-FILE', { out: '/dev/loop0 /var/lib/vz/images/900/vm-900-disk-0.raw\n' }],
    ['pct unlock 900'],
    ['pct destroy 900 --destroy-unreferenced-disks 1'],
    ['findmnt -n -o TARGET /var/lib/lxc/900/rootfs', { out: '/var/lib/lxc/900/rootfs\n' }],
    [create(900, 'local')],
    ['losetup --list --noheadings --output NAME', { out: '/dev/loop0\n' }],
    ['umount --recursive /var/lib/lxc/900/rootfs'],
    ['umount /var/lib/lxc/900/rootfs', { exit: 32, err: /not mounted/ }],
    ['losetup --detach /dev/loop0'],
    ['losetup --detach /dev/loop0', { exit: 1, err: /No such device/ }],
    ['findmnt -n /var/lib/lxc/900/rootfs', { exit: 1, out: '' }],
  ]);
  assert.deepEqual([twin.state().mounts, twin.state().loops], [[], []]);
});

test('a node from 9.1 on pulls an image, and a container of it has what the image says', async () => {
  const older = freshTwin();
  const state = older.state();
  state.packages['pve-manager'] = '9.1.2';
  let now = Date.UTC(2025, 0, 1);
  const twin = new Twin({ hardware, clock: () => now++, random: () => 0.5 }, state);
  const archive = '/var/lib/vz/template/cache/nginx.tar';
  await tell(twin, [
    ['pvesm set local --content rootdir,vztmpl'],
    ['mkdir -p /var/lib/vz/template/cache'],
    [
      `skopeo copy --quiet docker://docker.io/library/nginx:1@sha256:0 oci-archive:${archive}`,
      { exit: 1, err: /both a tag and digest/ },
    ],
    [`skopeo copy --quiet docker://docker.io/library/nginx@sha256:0 oci-archive:${archive}`],
    [`skopeo copy --quiet docker://docker.io/library/nginx@sha256:0 oci-archive:${archive}`, { exit: 1 }],
    ['pct create 900 local:vztmpl/nginx.tar --rootfs local:1'],
    ['pct config 900', { out: /^entrypoint: \/docker-entrypoint\.sh$/m }],
  ]);
  assert.match(await all(twin, 'cat /etc/pve/lxc/900.conf'), /^lxc\.environment\.runtime: PATH=/m);
});
