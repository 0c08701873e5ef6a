/** Each kind of conflict between a configuration and a node, in one table: what is on the node, and what is said of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { membersFile } from '../../src/proxmox/members.ts';
import { rebootFile } from '../../src/proxmox/workspace.ts';
import { brief, type Case, conflictsOf, host, nets, stranger, vmNets, wishes } from './node.ts';

const net0 = 'name=eth0,bridge=vmbr0,ip=10.0.0.50/24,hwaddr=BC:24:11:00:00:99';
const vmNet0 = 'virtio=bc:24:11:00:00:51,bridge=vmbr0';
const bare = { '#': null, smbios1: null, vmgenid: null } as const;
const away = { hypervisor: { ...wishes.hypervisor, storage: {} } };
const standing = { conf: {} } as const;

const gib = (count: number) => String(count * 1024 ** 3);

const definitions: Readonly<Record<string, readonly string[]>> = {
  lvm: ['\tvgname pve'],
  lvmthin: ['\tvgname pve', '\tthinpool data'],
  dir: ['\tpath /srv/own'],
  nfs: ['\tserver nas', '\texport /data', '\tpath /mnt/pve/own'],
  rbd: ['\tpool rbd'],
};

/** The disk of the VM on a storage of this type, and what a sweep tells of its room. */
function disksOn(
  type: string,
  size: number,
  told: Readonly<Record<string, readonly string[]>>,
  more = '',
): Case {
  const storage = [`${type}: own`, ...(definitions[type] ?? []), '\tcontent images', more, ''];
  return {
    wishes: { others: { '951': { ...wishes.others['951'], disk: { storage: 'own', size } } } },
    scene: { host: { storage: [...(host.storage ?? []), ...storage], ...told } },
  };
}

const cases: Readonly<Record<string, Case & { readonly says: readonly string[] }>> = {
  'nothing is against an empty node': { says: [] },
  'nothing is against what stands': {
    scene: {
      conf: { net0: 'name=eth0,bridge=vmbr0,ip=10.0.0.50/24,hwaddr=BC:24:11:00:00:50' },
      running: true,
    },
    says: [],
  },
  'an id of a stranger': {
    scene: { guests: { '950': stranger({}) } },
    says: ['blocks ctid:950: container 950 exists, but phx did not make it'],
  },
  'an id of the other kind, where the guest is not asked for': {
    scene: { guests: { '950': { kind: 'vm' } } },
    demanded: ['vmid:951/define'],
    says: [],
  },
  'an id of the other kind': {
    scene: { guests: { '951': stranger({ hostname: 'x' }) } },
    says: ['blocks vmid:951: id 951 is a container'],
  },
  'an id of another project': {
    scene: {
      conf: { '#': '#phx%3A project=other kind=ctid vmid=950 incarnation=a from=b' },
    },
    says: ['blocks ctid:950: container 950 belongs to the project other'],
  },
  'a name, in whatever case': {
    scene: { guests: { '700': stranger({ hostname: 'WEB' }) } },
    says: ['warns ctid:950: the name web is that of another guest'],
  },
  'an address of a guest that runs': {
    scene: { guests: { '700': stranger({ net0 }, { running: true }) } },
    says: ['blocks ctid:950: the address 10.0.0.50 of its net0 is in use'],
  },
  'an address of a guest that is stopped': {
    scene: { guests: { '700': stranger({ net0 }) } },
    says: ['warns ctid:950: the address 10.0.0.50 of its net0 is in use'],
  },
  'an address on another VLAN is another one': {
    scene: { guests: { '700': stranger({ net0: `${net0},tag=7` }, { running: true }) } },
    says: [],
  },
  'an address that a guest of ours has until its own run': {
    wishes: { others: { '952': { hostname: 'former', nets: {} } } },
    scene: { guests: { '952': { conf: { hostname: 'former', net0 }, running: true } } },
    says: ['blocks ctid:950: the address 10.0.0.50 of its net0 is in use'],
  },
  'and that it gives away in this very run': {
    wishes: { others: { '952': { hostname: 'former', nets: {} } } },
    scene: { guests: { '952': { conf: { hostname: 'former', net0 }, running: true } } },
    demanded: ['ctid:950/define', 'ctid:952/configure'],
    says: [],
  },
  'the address and the MAC address of a VM': {
    scene: {
      guests: {
        '700': {
          ...{ kind: 'vm', running: true },
          conf: { ...bare, name: 'x', net0: vmNet0, ipconfig0: 'ip=10.0.0.51/24' },
        },
      },
    },
    says: [
      'blocks vmid:951: the address 10.0.0.51 of its net0 is in use',
      'blocks vmid:951: the MAC address BC:24:11:00:00:51 of its net0 is in use',
    ],
  },
  'a bridge that the run does not make': {
    scene: { host: { interfaces: ['vmbr9'] } },
    says: [
      'blocks ctid:950: the node has no bridge vmbr0, which its net0 hangs on',
      'blocks vmid:951: the node has no bridge vmbr0, which its net0 hangs on',
    ],
  },
  'a bridge that the run makes': {
    scene: { host: { interfaces: [] } },
    demanded: ['ctid:950/define', 'hypervisor/network'],
    says: [],
  },
  'bridges of Open vSwitch are not seen': {
    scene: { host: { interfaces: [], packages: ['openvswitch-switch\t3.5'] } },
    says: [],
  },
  'a storage that is not there, told once for all volumes on it': {
    wishes: {
      ...away,
      ct: { mounts: { mp0: { storage: 'quick', size: 1, mp: '/data' } } },
    },
    scene: { host: { storage: (host.storage ?? []).slice(5) } },
    says: ["blocks ctid:950: storage 'quick' of its rootfs is not there"],
  },
  'a storage that the run makes': {
    scene: { host: { storage: (host.storage ?? []).slice(5) } },
    demanded: ['ctid:950/define', 'hypervisor/storage:quick'],
    says: [],
  },
  'storages that are disabled, for another node, or for other things': {
    scene: {
      host: {
        storage: [
          ...['zfspool: quick', '\tpool tank/ct', '\tcontent images', ''],
          ...['zfspool: thick', '\tpool tank/vm', '\tcontent images', '\tnodes pve7', ''],
          ...(host.storage ?? []).slice(9),
        ],
      },
    },
    says: [
      "blocks ctid:950: storage 'quick' of its rootfs takes images, but no rootdir",
      "blocks vmid:951: storage 'thick' of its scsi0 is for pve7 only, and this node is pve1",
    ],
  },
  'a storage that is disabled under a guest that stands': {
    scene: { ...standing, host: { storage: [...(host.storage ?? []).slice(0, 4), '\tdisable 1', ''] } },
    demanded: ['ctid:950/start'],
    says: ["warns ctid:950: storage 'quick' of its rootfs is disabled"],
  },
  'a template and an image that nobody fetches': {
    scene: { host: { templates: [], images: [] } },
    says: [
      'blocks ctid:950: template u.tar.zst is not on the node',
      'blocks vmid:951: image noble is not on the node',
    ],
  },
  'a template and an image that the run fetches': {
    scene: { host: { templates: [], images: [] } },
    demanded: [
      ...['ctid:950/define', 'vmid:951/define'],
      ...['hypervisor/template:u.tar.zst', 'hypervisor/image:noble'],
    ],
    says: [],
  },
  'what stands needs no template': {
    scene: { ...standing, host: { templates: [] } },
    demanded: ['ctid:950/start'],
    says: [],
  },
  'room for what is a limit': {
    wishes: { ct: { rootfs: { storage: 'quick', size: 101 } } },
    says: ['warns dataset tank/ct: new volumes want 101 GiB, and 100 GiB are free'],
  },
  'room for what is allocated as a whole': {
    wishes: {
      others: { '951': { ...wishes.others['951'], drives: { scsi1: { storage: 'thick', size: 93 } } } },
    },
    says: ['blocks dataset tank/vm: new volumes want 101 GiB, and 100 GiB are free'],
  },
  'room for what is allocated as a whole from a volume group': {
    ...disksOn('lvm', 60, { groups: ['  pve\t0\t53687091200'], logical: [] }),
    says: ['blocks volume group pve: new volumes want 60 GiB, and 50 GiB are free'],
  },
  'a thin pool that is promised more than it has': {
    ...disksOn('lvmthin', 60, {
      groups: ['  pve\t0\t0'],
      logical: [
        `  pve\tdata\ttwi-aotz--\t${gib(100)}\t10.00\t2.00\t`,
        `  pve\tvm-1\tVwi-a-tz--\t${gib(70)}\t\t\tdata`,
      ],
    }),
    says: ['warns thin pool pve/data: its volumes could grow to 130 GiB, 30 GiB more than it has'],
  },
  'a thin pool that has room': {
    ...disksOn('lvmthin', 60, {
      groups: ['  pve\t0\t0'],
      logical: [`  pve\tdata\ttwi-aotz--\t${gib(100)}\t10.00\t2.00\t`],
    }),
    says: [],
  },
  'a thin pool that is full': {
    ...disksOn('lvmthin', 6, {
      groups: ['  pve\t0\t0'],
      logical: [`  pve\tdata\ttwi-aotz--\t${gib(100)}\t100.00\t\t`],
    }),
    says: ['blocks thin pool pve/data: it is full, so that no new volume can be made'],
  },
  'a pool that the node tells nothing of': {
    ...disksOn('lvmthin', 6, { groups: [], logical: [] }),
    says: ['warns thin pool pve/data: new volumes want 6 GiB, and the node does not tell how much is free'],
  },
  'room of a directory': {
    ...disksOn('dir', 60, { rooms: [`${gib(100)} ${gib(60)} ${gib(50)} /srv/own`] }),
    says: ['warns directory /srv/own: new volumes want 60 GiB, and 50 GiB are free'],
  },
  'room of a directory that preallocates': {
    ...disksOn('dir', 60, { rooms: [`${gib(100)} ${gib(60)} ${gib(50)} /srv/own`] }, '\tpreallocation full'),
    says: ['blocks directory /srv/own: new volumes want 60 GiB, and 50 GiB are free'],
  },
  'room of a share': {
    ...disksOn('nfs', 60, { rooms: [`${gib(100)} ${gib(50)} ${gib(50)} /mnt/pve/own`] }),
    says: ['warns directory /mnt/pve/own: new volumes want 60 GiB, and 50 GiB are free'],
  },
  'room of Ceph is not told': {
    ...disksOn('rbd', 60, {}),
    says: ['warns storage own: new volumes want 60 GiB, and the node does not tell how much is free'],
  },
  'what stands wants no room': {
    wishes: { ct: { rootfs: { storage: 'quick', size: 101 } } },
    scene: standing,
    says: [],
  },
  'memory, once guests that are not described run, too': {
    wishes: {
      ct: { memory: 60_000 },
      hypervisor: { ...wishes.hypervisor, node: { memory: 96_000 }, zfs: { arcMax: 16 } },
    },
    scene: { guests: { '700': stranger({ memory: '40000' }, { running: true }) } },
    says: ['warns memory: guests and the cache of ZFS may want more memory than the node has'],
  },
  'memory that is told when the configuration is read': {
    wishes: { ct: { memory: 97_000 }, hypervisor: { ...wishes.hypervisor, node: { memory: 96_000 } } },
    says: [],
  },
  'memory of VMs': {
    wishes: { others: { '951': { ...wishes.others['951'], memory: 50_000 } } },
    scene: {
      guests: { '700': { kind: 'vm', running: true, conf: { ...bare, name: 'x', memory: 'current=48000' } } },
    },
    says: ['warns memory: VMs and the cache of ZFS want more memory than the node has'],
  },
  'more cores than the node has': {
    cores: 16,
    wishes: {
      ct: { cores: 17 },
      others: { '951': { ...wishes.others['951'], cores: 9, sockets: 2 } },
    },
    says: [
      'blocks vmid:951: it wants 18 cores, and the node has 16',
      'warns ctid:950: it wants 17 cores, and the node has 16',
    ],
  },
  'a card of a VM that phx does not manage': {
    wishes: { ct: { gpus: [1] } },
    scene: {
      guests: {
        '700': { kind: 'vm', running: true, conf: { ...bare, name: 'x', hostpci0: '02:00,pcie=1' } },
      },
    },
    says: ['blocks ctid:950: PCI device 0000:02:00 (gpus) is also given to another guest'],
  },
  'a card by its address, and by its number or its device node in another guest': {
    wishes: {
      ct: { gpus: [0] },
      others: {
        '951': {
          ...wishes.others['951'],
          hostpcis: { hostpci0: { host: '0000:01:00.0' }, hostpci1: { host: '02:00' } },
        },
        '952': { hostname: 'w', state: 'stopped', devs: { dev0: { path: '/dev/nvidia1' } } },
      },
    },
    demanded: ['ctid:950/define', 'vmid:951/define', 'ctid:952/define'],
    says: [
      'blocks ctid:950: PCI device 0000:01:00 (gpus) is also given to another guest',
      'warns vmid:951: PCI device 0000:02:00 (hostpci1) is also given to another guest',
    ],
  },
  'a card that containers share, and one that the configuration gives twice': {
    wishes: { ct: { gpus: [0] }, others: { '951': { ...wishes.others['951'], gpus: [0] } } },
    scene: { guests: { '700': stranger({ dev0: '/dev/nvidia0,mode=0666' }, { running: true }) } },
    demanded: ['ctid:950/define'],
    says: [],
  },
  'a directory of the node against a seal': {
    wishes: { ct: { snapshot: 'sealed' } },
    scene: { conf: { mp3: '/srv/data,mp=/data' } },
    says: ['blocks ctid:950: Proxmox can take no snapshot sealed of it'],
  },
  'one that phx takes away before': {
    wishes: { ct: { snapshot: 'sealed' } },
    scene: { conf: { mp3: '/srv/data,mp=/data' } },
    recorded: { 'ctid:950/volumes': ['/data'] },
    says: [],
  },
  'one that came after the seal': {
    wishes: { ct: { snapshot: 'sealed' } },
    scene: { conf: { mp3: '/srv/data,mp=/data' }, more: ['', '[sealed-3f2a91]', 'snaptime: 5'] },
    says: ['warns ctid:950: Proxmox can take no snapshot sealed of it'],
  },
  'a link to a source that lies elsewhere than the configuration says': {
    wishes: {
      ct: { template: true, state: 'stopped', nets: {} },
      others: { '952': { hostname: 'child', nets: {}, clone: { from: 950, full: false } } },
    },
    scene: { conf: { rootfs: 'other:base-950-disk-0,size=8G' } },
    demanded: ['ctid:952/define'],
    says: [
      "blocks ctid:952: it cannot be cloned from container 950: a linked clone stays on the storage of its source: 'other', not 'quick'",
    ],
  },
  'a node without quorum': {
    scene: {
      files: { [membersFile]: '{"nodename":"pve1","cluster":{"name":"lab","nodes":2,"quorate":0}}\n' },
    },
    says: ['blocks pve1: the node has no quorum: /etc/pve is read-only'],
  },
  'a node with quorum, and one that stands alone': {
    scene: {
      files: { [membersFile]: '{"nodename":"pve1","cluster":{"name":"lab","nodes":2,"quorate":1}}\n' },
    },
    says: [],
  },
  'a clock that is a little off': { clock: { ahead: -60, synchronized: true }, says: [] },
  'a clock that is ahead': {
    clock: { ahead: 61 },
    says: ["warns pve1: its clock is 61 seconds ahead of this machine's"],
  },
  'a clock that is behind': {
    clock: { ahead: -10_000, synchronized: false },
    says: ["warns pve1: its clock is 3 hours behind this machine's"],
  },
  'a clock that nothing holds': {
    clock: { ahead: 0, synchronized: false },
    says: ['warns pve1: its clock is held to no time server'],
  },
  'a reboot that is due, and one that has happened': {
    scene: {
      files: { [rebootFile]: 'boot-0 hypervisor/vfio old\nboot-1 hypervisor/upgrade a new kernel\n' },
    },
    says: ['warns pve1: the node waits for a reboot that is no part of this run'],
  },
  'a reboot that the gate of this run tells itself': {
    scene: { files: { [rebootFile]: 'boot-1 hypervisor/upgrade a new kernel\n' } },
    demanded: ['ctid:950/define', 'hypervisor/reboot'],
    says: [],
  },
};

for (const [name, { says, ...given }] of Object.entries(cases)) {
  test(name, async () => assert.deepEqual((await conflictsOf(given)).map(brief), says));
}

test('a fleet with twelve conflicts is told all of them at once, with who, what to do and what to type', async () => {
  const found = await conflictsOf({
    cores: 8,
    wishes: {
      ct: { nets, snapshot: 'sealed', rootfs: { storage: 'quick', size: 8 } },
      others: {
        '951': {
          ...wishes.others['951'],
          nets: vmNets,
          cores: 16,
          hostpcis: { hostpci0: { host: '01:00' } },
        },
        '952': { hostname: 'taken', nets: {} },
        '953': { hostname: 'far', nets: { net0: { name: 'eth0', bridge: 'vmbr7' } } },
        '954': { hostname: 'lost', nets: {}, rootfs: { storage: 'gone', size: 8 } },
        '955': { hostname: 'wide', nets: {}, rootfs: { storage: 'quick', size: 400 } },
        '956': { hostname: 'none', nets: {}, ostemplate: 'iso:vztmpl/none.tar.zst' },
      },
    },
    scene: {
      conf: { mp3: '/srv/data,mp=/data', net0: 'name=eth0,bridge=vmbr0' },
      files: {
        [membersFile]: '{"cluster":{"name":"lab","nodes":2,"quorate":0}}\n',
        [rebootFile]: 'boot-1 hypervisor/upgrade a new kernel\n',
      },
      guests: {
        '700': stranger({ hostname: 'web', net0 }, { running: true }),
        '701': { kind: 'vm', running: true, conf: { ...bare, name: 'x', hostpci0: '0000:01:00' } },
        '702': { kind: 'vm', conf: { ...bare, name: 'y', net0: vmNet0 } },
        '952': { kind: 'vm', conf: { name: 'z' } },
      },
    },
    demanded: ['ctid:950', 'vmid:951', 'ctid:952', 'ctid:953', 'ctid:954', 'ctid:955', 'ctid:956'].map(
      (target) => `${target}/define`,
    ),
  });
  assert.deepEqual(found.map(brief), [
    'blocks pve1: the node has no quorum: /etc/pve is read-only',
    'blocks ctid:952: id 952 is a VM',
    'blocks ctid:950: the address 10.0.0.50 of its net0 is in use',
    'blocks ctid:953: the node has no bridge vmbr7, which its net0 hangs on',
    "blocks ctid:954: storage 'gone' of its rootfs is not there",
    'blocks ctid:956: template none.tar.zst is not on the node',
    'blocks vmid:951: it wants 16 cores, and the node has 8',
    'blocks vmid:951: PCI device 0000:01:00 (hostpci0) is also given to another guest',
    'blocks ctid:950: Proxmox can take no snapshot sealed of it',
    'warns pve1: the node waits for a reboot that is no part of this run',
    'warns dataset tank/ct: new volumes want 416 GiB, and 100 GiB are free',
    'warns ctid:950: the name web is that of another guest',
    'warns vmid:951: the MAC address BC:24:11:00:00:51 of its net0 is in use',
  ]);
  for (const { title, hint, command } of found) assert.ok(hint && command, title);
  const [owner] = found.find(({ title }) => title.startsWith('the address'))?.facts ?? [];
  assert.deepEqual(owner, ['who has it', 'container 700 web, not managed by phx, running']);
});
