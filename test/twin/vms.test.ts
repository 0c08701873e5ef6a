/** VMs on the twin: one space of ids, disks on each kind of storage, linked clones, what a running VM takes over. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSweep } from '../../src/proxmox/parse-sweep.ts';
import { sweepArgv, sweepScript } from '../../src/proxmox/sweep.ts';
import type { Twin, TwinOptions } from '../../src/twin/twin.ts';
import { all, freshTwin, furnished, run, template } from './node.ts';
import { type Scene, tell } from './story.ts';

const image = '/var/lib/phx/images/noble.img';

/** A node with storages of each kind, an image, and room for snippets. */
const node = () => openNode({});

async function openNode(options: Partial<TwinOptions>): Promise<Twin> {
  const twin = await furnished(options);
  await twin.writeFile(image, 'phx-twin download https://cloud-images.ubuntu.com/noble/current/noble.img\n');
  await all(
    twin,
    'zfs create fast/vm',
    'pvesm add zfspool quick --pool fast/vm --content images',
    'pvesm add lvmthin thin --vgname pve --thinpool data --content images,rootdir',
    'pvesm set local --content iso,vztmpl,snippets,images,backup,rootdir',
  );
  return twin;
}

const conf = (twin: Twin, id: number) => twin.readFile(`/etc/pve/qemu-server/${id}.conf`);

test('containers and VMs share one space of ids, and each tool knows only its own', async () => {
  const twin = await node();
  await tell(twin, [
    [`pct create 900 ${template} --rootfs quickOS-lxc:2`],
    ['qm create 100 --memory 512'],
    ['qm create 900', { exit: 255, err: "unable to create VM 900 - CT 900 already exists on node 'pve1'\n" }],
    [
      `pct create 100 ${template} --rootfs quickOS-lxc:2`,
      { exit: 255, err: /^VM 100 already exists on node 'pve1'\n$/ },
    ],
    ['pct clone 900 100', { exit: 255, err: /^VM 100 already exists/ }],
    [
      'qm clone 100 900',
      { exit: 255, err: /^close \(rename\) atomic file '.*900.conf' failed: File exists\n$/ },
    ],
    [
      'qm start 900',
      { exit: 2, err: "Configuration file 'nodes/pve1/qemu-server/900.conf' does not exist\n" },
    ],
    ['pct start 100', { exit: 2, err: "Configuration file 'nodes/pve1/lxc/100.conf' does not exist\n" }],
    ['pct stop 100', { exit: 255, err: 'CT 100 not running\n' }],
    ['pct destroy 100', { exit: 2 }],
    ['qm destroy 900', { exit: 2 }],
    ['qm list', { out: /^ {6}VMID NAME.*\n {7}100 VM 100 +stopped +512 +0\.00 0 +\n$/ }],
    ['pct list', { out: /^VMID.*\n900 .*\n$/ }],
    ['qm nosuch 100', { exit: 255, err: /^ERROR: unknown command 'qm nosuch'/ }],
    ['qm disk nosuch 100', { exit: 255, err: /^ERROR: unknown command 'qm disk nosuch'/ }],
  ]);
  assert.equal(await twin.readFile('/etc/pve/qemu-server/900.conf'), undefined);
  assert.equal(await twin.readFile('/etc/pve/lxc/100.conf'), undefined);
  assert.deepEqual(
    twin.describe().guests.map(({ id, kind, name, status }) => [id, kind, name, status]),
    [
      [100, 'vm', 'VM100', 'stopped'],
      [900, 'ct', 'CT900', 'stopped'],
    ],
  );
});

const linked: readonly (readonly [storage: string, base: string, clone: string, used: boolean])[] = [
  ['quick', 'quick:base-100-disk-0', 'quick:base-100-disk-0/vm-101-disk-0', true],
  ['thin', 'thin:base-100-disk-0', 'thin:vm-101-disk-0', false],
  ['local', 'local:100/base-100-disk-0.raw', 'local:100/base-100-disk-0.raw/101/vm-101-disk-0.qcow2', true],
];

for (const [storage, base, clone, named] of linked)
  test(`a template and its linked clone on ${storage}`, async () => {
    const twin = await node();
    const inUse: Scene = named
      ? ['qm destroy 100', { exit: 255, err: `base volume '${base}' is still in use by linked cloned\n` }]
      : ['qm config 100'];
    await tell(twin, [
      [
        `qm create 100 --scsi0 ${storage}:0,import-from=${image} --ide2 ${storage}:cloudinit --net0 virtio,bridge=vmbr0`,
      ],
      [
        'qm clone 100 101 --full 0',
        { exit: 255, err: /^Linked clone feature is not supported for '.*' \(scsi0\)\n$/ },
      ],
      ['qm template 100'],
      ['qm start 100', { exit: 255, err: "you can't start a vm if it's a template\n" }],
      ['qm snapshot 100 s1', { exit: 255, err: "you can't take a snapshot if it's a template\n" }],
      ['qm clone 100 101 --name web'],
      ['qm clone 100 102 --full 1 --name copy'],
      inUse,
    ]);
    assert.match((await conf(twin, 100)) ?? '', new RegExp(`^scsi0: ${base},size=3584M$`, 'm'));
    assert.match((await conf(twin, 101)) ?? '', new RegExp(`^scsi0: ${clone},size=3584M$`, 'm'));
    const keys = await Promise.all([100, 101, 102].map(async (id) => (await conf(twin, id)) ?? ''));
    for (const key of ['net0', 'smbios1', 'vmgenid']) {
      const values = keys.map((text) => new RegExp(`^${key}: .*$`, 'm').exec(text)?.[0]);
      assert.equal(new Set(values).size, 3, `${key}: ${values}`);
    }
    assert.doesNotMatch(keys[1] ?? '', /^template|^lock/m);
    await all(twin, 'qm destroy 101', 'qm destroy 102', 'qm destroy 100');
    assert.deepEqual(Object.keys(twin.state().volumes), []);
  });

test('snapshots: what a storage can do, rollback only to the newest on ZFS, the inside goes back along', async () => {
  const twin = await node();
  await all(
    twin,
    `qm create 100 --scsi0 quick:0,import-from=${image} --ide2 quick:cloudinit --agent 1`,
    'qm set 100 --ciuser ops',
    'qm snapshot 100 one',
    'qm set 100 --memory 1024 --name later',
    'qm snapshot 100 two --description second',
    'qm start 100',
  );
  const before = twin.state().guests['100']?.tree.files['/etc/hostname']?.text;
  assert.equal(before, 'later\n');
  await tell(twin, [
    [
      'qm rollback 100 one',
      { exit: 255, err: /^can't rollback, 'one' is not most recent snapshot on 'quick:vm-100-disk-0'/ },
    ],
    [
      'qm clone 100 101 --full 1 --snapname one',
      {
        exit: 255,
        err: "Full clone feature is not supported for a snapshot of 'quick:vm-100-disk-0' (scsi0)\n",
      },
    ],
    ['qm status 100', { out: 'status: running\n' }],
    ['qm rollback 100 two'],
    ['qm status 100', { out: 'status: stopped\n' }],
    ['qm delsnapshot 100 two'],
    ['qm rollback 100 one'],
    ['qm config 100', { out: /^(?!.*memory)/s }],
    ['qm set 100 --scsi1 local:1'],
    ['qm snapshot 100 three', { exit: 255, err: 'snapshot feature is not available\n' }],
    ['qm destroy 100'],
  ]);
  assert.deepEqual(Object.keys(twin.state().volumes), []);
});

test('a running VM: what is taken over at once, what waits, and what needs its help', async () => {
  const twin = await node();
  await tell(twin, [
    ['qm create 100 --memory 512 --scsi0 quick:1 --net0 virtio=BC:24:11:00:00:01,bridge=vmbr0'],
    ['qm start 100'],
    ['qm start 100', { exit: 255, err: 'VM 100 already running\n' }],
    ['qm set 100 --memory 1024 --tags B,a --name web --cores 4 --agent 1'],
    ['qm config 100', { out: /cores: 4\nmemory: 1024\n/s }],
    ['qm config 100 --current', { out: /^boot: .*\nmemory: 512\nmeta: .*\nname: web\n.*tags: a;b\n/s }],
    ['qm pending 100', { out: /new cores: 4\ncur memory: 512\nnew memory: 1024\n/ }],
    ['qm set 100 --revert cores'],
    ['qm set 100 --net1 virtio,bridge=vmbr0'],
    [
      'qm set 100 --net2 virtio,bridge=vmbr9',
      { exit: 255, err: /^400 .*\nnet2: hotplug problem - bridge 'vmbr9' does not exist\n/ },
    ],
    ['qm set 100 --revert net2'],
    [
      'qm set 100 --delete net1',
      { exit: 255, err: /^400 .*\nnet1: hotplug problem - error on hot-unplugging device 'net1'\n/ },
    ],
    ['qm pending 100', { out: /del net1: / }],
    [
      'qm set 100 --balloon 4096',
      { exit: 255, err: 'balloon value too large (must be smaller than assigned memory)\n' },
    ],
    ['qm destroy 100', { exit: 25, err: 'VM 100 is running - destroy failed\n' }],
    ['qm stop 100'],
    ['qm config 100', { out: /^agent: 1\nboot: .*\nmemory: 1024\n(?!.*net1)/s }],
    ['qm set 100 --protection 1'],
    ['qm destroy 100', { exit: 255, err: "can't remove VM 100 - protection mode enabled\n" }],
    [
      'qm set 100 --delete scsi0',
      { exit: 255, err: "can't remove drive 'scsi0' - protection mode enabled\n" },
    ],
    ['qm set 100 --protection 0'],
    ['qm set 100 --delete scsi0'],
    ['qm config 100', { out: /\nunused0: quick:vm-100-disk-0\n/ }],
  ]);
  const text = (await conf(twin, 100)) ?? '';
  assert.doesNotMatch(text, /PENDING/);
});

test('what waits stands in a section of its own, and goes on being read', async () => {
  const twin = await node();
  await all(
    twin,
    'qm create 100 --memory 512',
    'qm start 100',
    'qm set 100 --memory 600',
    'qm set 100 --delete smbios1',
  );
  assert.match((await conf(twin, 100)) ?? '', /\n\n\[PENDING\]\ndelete: smbios1\nmemory: 600\n$/);
  assert.match((await run(twin, 'qm pending 100')).stdout, /del smbios1: .*/);
});

test('a VM goes on where it was: paused, or from a volume; a shutdown is only heard by a system', async () => {
  const twin = await node();
  await all(twin, 'qm create 100 --memory 512 --scsi0 thin:4', 'qm start 100');
  await tell(twin, [
    [
      'qm shutdown 100 --timeout 1',
      { exit: 255, err: 'VM quit/powerdown failed - got timeout\ntrying to acquire lock...\n OK\n' },
    ],
    ['qm suspend 100 --todisk 1'],
    ['qm status 100', { out: 'status: stopped\n' }],
    ['qm config 100', { out: /lock: suspended\n.*vmstate: thin:vm-100-state-suspend-2025-01-01\n/s }],
    ['qm resume 100', { out: 'Resuming suspended VM\nResumed VM, removing state\n' }],
    ['qm status 100', { out: 'status: running\n' }],
    ['qm stop 100'],
    [
      `qm set 100 --virtio0 thin:0,import-from=${image}`,
      { out: /virtio0: successfully created disk 'thin:vm-100-disk-1,size=3584M'\n$/ },
    ],
    ['qm set 100 --boot order=virtio0'],
    ['qm start 100'],
    ['qm shutdown 100 --timeout 60'],
    ['qm wait 100'],
    ['qm status 100', { out: 'status: stopped\n' }],
  ]);
});

test('a disk moves with the system on it; refusals of resize are only said', async () => {
  const twin = await node();
  await all(twin, `qm create 100 --scsi0 thin:0,import-from=${image} --name a`);
  await tell(twin, [
    ['qm disk resize 100 scsi0 10G'],
    ['qm resize 100 scsi0 5G', { err: 'shrinking disks is not supported\n' }],
    ['qm move-disk 100 scsi0 quick --delete 1'],
    ['qm config 100', { out: /scsi0: quick:vm-100-disk-0,size=10G\n/ }],
    [
      'qm move-disk 100 scsi0 quick',
      { exit: 255, err: "you can't move to the same storage with same format\n" },
    ],
    ['qm set 100 --scsi1 quick:1,format=qcow2', { exit: 255, err: "unsupported format 'qcow2'\n" }],
    ['qm set 100 --scsi1 quickOS-lxc:1,size=1G', { exit: 0 }],
    ['qm rescan', { out: 'rescan volumes...\n' }],
  ]);
  const state = twin.state();
  assert.equal(state.guests['100']?.disk, 'quick:vm-100-disk-0');
  assert.ok(state.guests['100']?.tree.packages['cloud-init']);
  assert.equal(state.volumes['thin:vm-100-disk-0'], undefined);
});

test('the sweep tells VMs, and one start from the next', async () => {
  const twin = await node();
  await all(twin, 'qm create 100 --memory 512', 'qm create 101 --memory 512', 'qm start 101');
  const swept = async () => {
    const { stdout } = await twin.run({ argv: sweepArgv(['guests']), stdin: sweepScript });
    return parseSweep(stdout).guests.map(({ id, kind, running, start }) => ({ id, kind, running, start }));
  };
  const [off, first] = await swept();
  assert.deepEqual([off?.kind, off?.running, off?.start, first?.running], ['vm', false, undefined, true]);
  await all(twin, 'qm reset 101');
  assert.equal((await swept())[1]?.start, first?.start);
  await all(twin, 'qm stop 101', 'qm start 101');
  assert.notEqual((await swept())[1]?.start, first?.start);
});

test('a node that boots starts what is to be started, and a device of the node belongs to one VM', async () => {
  const twin = freshTwin();
  await all(
    twin,
    'qm create 100 --memory 512 --onboot 1',
    'qm create 101 --memory 512',
    'qm start 101',
    'reboot',
  );
  assert.deepEqual(
    twin.describe().guests.map(({ status }) => status),
    ['running', 'stopped'],
  );
  const address = '0000:01:00.0';
  await tell(twin, [
    ['qm set 101 --hostpci0 0000:77:00.0'],
    ['qm start 101', { exit: 255, err: "no PCI device found for '0000:77:00.0'\n" }],
    [`qm set 101 --hostpci0 ${address}`],
  ]);
});

test('a backup of a VM, and what comes back of it', async () => {
  const twin = await node();
  await all(
    twin,
    `qm create 100 --name web --scsi0 quick:0,import-from=${image} --ide2 quick:cloudinit --net0 virtio,bridge=vmbr0`,
    'qm set 100 --scsi1 thin:1,backup=0',
    'qm start 100',
  );
  const said = await all(
    twin,
    'vzdump 100 --storage local --mode snapshot --compress zstd --notes-template {{guestname}}',
  );
  const archive = /creating vzdump archive '(\S+)'/.exec(said)?.[1] ?? '';
  assert.match(said, /INFO: Starting Backup of VM 100 \(qemu\)\n/);
  assert.match(said, /INFO: include disk 'scsi0' 'quick:vm-100-disk-0' 3584M\nINFO: exclude disk 'scsi1' /);
  assert.equal(await twin.readFile(`${archive}.notes`), 'web');
  const volid = `local:backup/${archive.replace(/^.*\//, '')}`;
  await tell(twin, [
    ['pvesm list local --content backup', { out: new RegExp(`\\n${volid} +vma.zst +backup +\\d+ 100\\n$`) }],
    [
      `qmrestore ${volid} 100`,
      { exit: 255, err: "unable to restore VM 100 - VM 100 already exists on node 'pve1'\n" },
    ],
    [`qmrestore ${volid} 100 --force`, { exit: 255, err: 'unable to restore VM 100 - vm is running\n' }],
    [`pct restore 200 ${volid}`, { exit: 255, err: /contains no configuration/ }],
    [`qmrestore ${volid} 101 --unique 1 --storage thin`],
    ['qm config 101', { out: /\nname: web\n.*\nscsi0: thin:vm-101-disk-0,size=3584M\n(?!.*scsi1)/s }],
    ['qm stop 100'],
    [`qm create 100 --archive ${volid} --force 1`],
  ]);
  const { guests, volumes } = twin.state();
  assert.deepEqual(Object.keys(volumes).sort(), [
    'quick:vm-100-cloudinit',
    'quick:vm-100-disk-0',
    'thin:vm-100-disk-0',
    'thin:vm-101-cloudinit',
    'thin:vm-101-disk-0',
  ]);
  assert.match((await conf(twin, 100)) ?? '', /^unused0: thin:vm-100-disk-0$/m);
  for (const id of ['100', '101']) assert.equal(guests[id]?.tree.files['/etc/hostname']?.text, 'web\n');
  const [net, other] = await Promise.all(
    [100, 101].map(async (id) => /^net0: .*/m.exec((await conf(twin, id)) ?? '')?.[0]),
  );
  assert.notEqual(net, other);
});

const killed: readonly (readonly [line: string, match: string])[] = [
  [`qm create 101 --scsi0 quick:0,import-from=${image} --ide2 quick:cloudinit`, 'qm create 101'],
  ['qm clone 100 101 --full 1', 'qm clone 100'],
  [`qm set 100 --scsi1 quick:0,import-from=${image}`, 'qm set 100'],
  [`qm importdisk 100 ${image} quick`, 'qm importdisk 100'],
];

for (const [line, match] of killed)
  test(`killed in the middle: ${match}; its worker notices, and leaves nothing behind`, async () => {
    const twin = await openNode({ killRun: () => {} });
    await all(twin, `qm create 100 --scsi0 quick:0,import-from=${image}`);
    const before = { volumes: Object.keys(twin.state().volumes), conf: await conf(twin, 100) };
    twin.addFault({ match, nth: 1, kill: 'during' });
    await run(twin, line);
    await twin.time.sleep(60_000);
    await all(twin, 'qm list');
    const { volumes, guests } = twin.state();
    assert.deepEqual([Object.keys(volumes), Object.keys(guests)], [before.volumes, ['100']]);
    assert.equal(await conf(twin, 100), before.conf);
    await all(twin, line);
  });
