/** Complaints about what only VMs have: drives, firmware, devices, clones of theirs. Place and words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, ct, type Files, load, node, problemsOf, vm } from './project.ts';

const g1 = 'config/guests/101-a.json5';
const g2 = 'config/guests/102-b.json5';
const hv = 'config/hypervisor.json5';
const directory = node
  .replace("'tank/iso': {}", "'tank/iso': {}, 'tank/dir': {}")
  .replace('storage: {\n', "storage: {\n    dir: { type: 'dir', path: '/tank/dir', content: ['images'] },\n");

const cases: Readonly<Record<string, { files: Files; says: readonly string[]; hint?: string }>> = {
  'an unknown key': {
    files: { [g1]: vm(101, "  scsihv: 'lsi',") },
    says: [`${g1}:8:3 unknown key 'scsihv'`],
    hint: "did you mean 'scsihw'?",
  },
  'a key that phx sets itself': {
    files: { [g1]: vm(101, "  lock: 'backup',") },
    says: [`${g1}:8:3 unknown key 'lock'`],
  },
  'a member that there is none of': {
    files: { [g1]: vm(101, "  ide4: { file: 'none' },") },
    says: [`${g1}:8:3 unknown key 'ide4'`],
    hint: "did you mean 'ide0'?",
  },
  'an option of another bus': {
    files: { [g1]: vm(101, "  virtio1: { storage: 'vm', size: 1, ssd: true },") },
    says: [`${g1}:8:38 unknown key 'virtio1.ssd'`],
  },
  'an option that the root disk has not on its bus': {
    files: {
      [g1]: vm(101, "  disk: { bus: 'virtio', ssd: true },")
        .replace("  disk: { storage: 'vm', size: 8 },\n", '')
        .replace('bus:', "storage: 'vm', size: 8, bus:"),
    },
    says: [`${g1}:7:50 a disk on the bus virtio has no ssd`],
  },
  'a drive where the root disk is': {
    files: { [g1]: vm(101, "  scsi0: { storage: 'vm', size: 1 },") },
    says: [`${g1}:8:3 scsi0 of VM 101 is its root disk already (${g1}:6)`],
    hint: 'give this drive another number',
  },
  'a drive that is nothing': {
    files: { [g1]: vm(101, '  scsi1: {},') },
    says: [`${g1}:8:3 scsi1: a drive has exactly one of storage and file`],
  },
  'a volume without a size': {
    files: { [g1]: vm(101, "  scsi1: { storage: 'vm' },") },
    says: [
      `${g1}:8:3 scsi1: a drive has a size exactly when it is a volume of a storage, and none as the drive of cloud-init`,
    ],
  },
  'a format of something that is there': {
    files: { [g1]: vm(101, "  ide3: { file: 'iso:iso/x.iso', media: 'cdrom', format: 'raw' },") },
    says: [`${g1}:8:3 ide3: format and import-from are those of a new volume: they stand beside storage`],
  },
  'storages that are not there, or take no images': {
    files: {
      [g1]: vm(
        101,
        "  bios: 'ovmf',",
        "  scsi1: { storage: 'vn', size: 1 },",
        "  efidisk0: { storage: 'iso' },",
        "  ide3: { file: 'vm:iso/x.iso', media: 'cdrom' },",
      ),
    },
    says: [
      `${g1}:9:21 storage 'vn' of VM 101's scsi1 does not exist`,
      `${g1}:10:24 storage 'iso' of VM 101's efidisk0 does not take images, only vztmpl, iso, snippets (${hv}:7)`,
      `${g1}:11:17 storage 'vm' of VM 101's ide3 does not take iso, only images (${hv}:6)`,
    ],
  },
  'a format that the storage has not': {
    files: { [g1]: vm(101, "  scsi1: { storage: 'vm', size: 1, format: 'qcow2' },") },
    says: [`${g1}:8:44 scsi1 of VM 101 cannot be qcow2: storage 'vm' (zfspool) has raw`],
  },
  'variables of a firmware that is not there': {
    files: { [g1]: vm(101, "  efidisk0: { storage: 'vm' },") },
    says: [`${g1}:8:3 VM 101 has an efidisk0, but its bios is seabios, which has no use for it`],
    hint: "say bios: 'ovmf', or leave efidisk0 out",
  },
  'a firmware that forgets: a warning': {
    files: { [g1]: vm(101, "  bios: 'ovmf',") },
    says: [
      `${g1}:8:9 VM 101 has the firmware OVMF and no efidisk0: what it is told is forgotten at each stop`,
    ],
  },
  'two drives of cloud-init': {
    files: {
      [g1]: vm(
        101,
        "  ide0: { storage: 'vm', cloudinit: true },",
        "  sata5: { storage: 'vm', cloudinit: true },",
      ),
    },
    says: [`${g1}:9:38 VM 101 has two drives of cloud-init, ide0 and sata5: Proxmox takes one`],
  },
  'no place for the drive of cloud-init': {
    files: { [g1]: vm(101, "  ide2: { file: 'none', media: 'cdrom' },", "  ciuser: 'ann',") },
    says: [`${g1}:8:3 ide2 of VM 101 is where its drive of cloud-init would be`],
    hint: "give this one another key, or say which drive it is: ide0: { storage: '…', cloudinit: true }",
  },
  'a thread that is none: a warning': {
    files: {
      [g1]: vm(101, "  scsihw: 'virtio-scsi-pci',").replace('size: 8', 'size: 8, iothread: true'),
    },
    says: [`${g1}:6:45 iothread of VM 101 does nothing with scsihw 'virtio-scsi-pci'`],
  },
  'more vcpus than there are cores': {
    files: { [g1]: vm(101, '  sockets: 2, cores: 2, vcpus: 5,') },
    says: [`${g1}:8:32 VM 101 has 5 vcpus, but sockets × cores are 4`],
  },
  'NUMA and huge pages without NUMA': {
    files: { [g1]: vm(101, "  numa0: { cpus: '0-1' },", "  hugepages: 'any',") },
    says: [
      `${g1}:8:3 VM 101 has numa0, but no NUMA`,
      `${g1}:9:14 VM 101 wants huge pages, which Proxmox gives with NUMA only`,
    ],
  },
  'a balloon larger than the memory': {
    files: { [g1]: vm(101, '  balloon: 513,') },
    says: [`${g1}:8:12 VM 101 keeps 513 MiB at least (balloon), more than its memory of 512 MiB`],
  },
  'PCI Express on a machine without it': {
    files: { [g1]: vm(101, "  hostpci0: { host: '01:00', pcie: true },") },
    says: [`${g1}:8:36 hostpci0 of VM 101 is to be on PCI Express, which machine 'pc' does not have`],
    hint: "say machine: 'q35'",
  },
  'a display that is not there': {
    files: { [g1]: vm(101, "  vga: 'serial1',") },
    says: [`${g1}:8:8 the display of VM 101 is serial1, but it has no serial1`],
    hint: "add serial1: 'socket'",
  },
  'a boot device that is not there': {
    files: { [g1]: vm(101, "  boot: ['scsi0', 'net0'],") },
    says: [`${g1}:8:19 VM 101 is to boot from net0, which it does not have`],
    hint: 'it has scsi0',
  },
  'work in a VM without an agent': {
    files: { [g1]: vm(101, "  agent: false, layers: ['docker'],", '  health: { checks: [{ tcp: 80 }] },') },
    says: [
      `${g1}:8:17 VM 101 has layers, but no agent through which phx could work in it`,
      `${g1}:9:3 VM 101 has health, but no agent through which phx could work in it`,
    ],
  },
  'the same freeze twice': {
    files: {
      [g1]: vm(101, "  agent: { enabled: true, 'freeze-fs': true, 'freeze-fs-on-backup': true },"),
    },
    says: [`${g1}:8:27 agent of VM 101: freeze-fs and freeze-fs-on-backup are one and the same`],
  },
  'a PCI device of two running VMs': {
    files: {
      [g1]: vm(101, "  hostpci0: { host: '0000:01:00' },"),
      [g2]: vm(102, "  hostpci3: { host: '01:00' },"),
    },
    says: [`${g2}:8:13 PCI device 0000:01:00 of VM 102 is also that of VM 101 (${g1}:8)`],
    hint: 'only one running guest can have it',
  },
  'a PCI device of two VMs, one of which is stopped': {
    files: {
      [g1]: vm(101, "  hostpci0: { host: '01:00' },", "  state: 'stopped',"),
      [g2]: vm(102, "  hostpci3: { host: '01:00' },"),
    },
    says: [],
  },
  'a device by address and by mapping': {
    files: { [g1]: vm(101, "  hostpci0: { host: '01:00', mapping: 'card' },", '  usb0: {},') },
    says: [
      `${g1}:8:3 hostpci0: a PCI device has exactly one of host and mapping`,
      `${g1}:9:3 usb0: a USB device has exactly one of host and mapping`,
    ],
  },
  'a card that the node has not': {
    files: {
      [hv]: node.replace(/\}$/, "  nvidia: { version: '580.1', runfile: 'https://e.org/x', gpus: 2 },\n}"),
      [g1]: vm(101, '  gpus: [2],'),
    },
    says: [`${g1}:8:10 VM 101 wants GPU 2, but the node has 2, counted from 0 (${hv}:11)`],
  },
  'a gateway without an address': {
    files: {
      [g1]: vm(101, "  net0: { model: 'virtio', bridge: 'vmbr0' },", "  ipconfig0: { gw: '10.0.0.1' },"),
    },
    says: [`${g1}:9:3 ipconfig0: a gateway stands beside an address: gw beside ip, gw6 beside ip6`],
  },
  'a password that is written down': {
    files: { [g1]: vm(101, "  cipassword: 'geheim',") },
    says: [`${g1}:8:15 cipassword must be a reference to a secret, never the secret itself`],
  },
  'a clone of a sealed VM on ZFS': {
    files: {
      [g1]: vm(101, '  clone: { from: 102 },'),
      [g2]: vm(102, "  snapshot: 'sealed', state: 'stopped',"),
    },
    says: [
      `${g1}:7:18 VM 101 cannot be cloned from VM 102: Proxmox copies no VM from a snapshot on its storage 'vm' (zfspool) (${g2}:1)`,
    ],
    hint: 'say template: true for the source, or leave out its snapshot: then it is cloned as it stands',
  },
  'a link to what is no template': {
    files: { [g1]: vm(101, '  clone: { from: 102, full: false },'), [g2]: vm(102) },
    says: [
      `${g1}:7:29 VM 101 cannot be cloned from VM 102 as a link: it is no template, and only templates are linked (${g2}:1)`,
    ],
  },
  'a running source with a TPM': {
    files: { [g1]: vm(101, '  clone: { from: 102 },'), [g2]: vm(102, "  tpmstate0: { storage: 'vm' },") },
    says: [
      `${g1}:7:18 VM 101 cannot be cloned from VM 102: it is kept running and has a TPM, whose state Proxmox copies of stopped VMs only (${g2}:1)`,
    ],
  },
  'a running source': {
    files: { [g1]: vm(101, '  clone: { from: 102 },'), [g2]: vm(102) },
    says: [],
  },
  'a clone on another bus than its source': {
    files: {
      [g1]: vm(101, '  clone: { from: 102 },'),
      [g2]: vm(102).replace('size: 8', "size: 8, bus: 'sata'"),
    },
    says: [`${g1}:6:3 the root disk of VM 101 is scsi0, that of its clone source VM 102 sata0 (${g2}:6)`],
  },
  'a VM that is cloned from a container': {
    files: { [g1]: vm(101, '  clone: { from: 102 },'), [g2]: ct(102) },
    says: [`${g1}:7:18 VM 101 cannot be cloned from container 102: they are of different kinds`],
  },
  'a snapshot of a raw disk on a directory': {
    files: { [hv]: directory, [g1]: vm(101, "  snapshot: 's1',").replace("'vm', size", "'dir', size") },
    says: [
      `${g1}:8:13 VM 101 has a snapshot, but Proxmox takes none of its scsi0 on storage 'dir' (dir) unless its format is qcow2`,
    ],
    hint: "say format: 'qcow2', or leave the snapshot out",
  },
  'a snapshot of a qcow2 disk on a directory': {
    files: {
      [hv]: directory,
      [g1]: vm(101, "  snapshot: 's1',").replace("'vm', size: 8", "'dir', size: 8, format: 'qcow2'"),
    },
    says: [],
  },
  'a template that runs': {
    files: { [g1]: vm(101, '  template: true,') },
    says: [`${g1}:1:1 a template never runs: say state: 'stopped'`],
  },
};

for (const [name, { files, says, hint }] of Object.entries(cases)) {
  test(`complains of ${name}`, async () => {
    const problems = await problemsOf(files);
    assert.deepEqual(problems.map(brief), says);
    if (hint !== undefined) assert.equal(problems[0]?.hint, hint);
  });
}

test('every key of a VM is taken as qm names it, and kept where tasks find it', async () => {
  const { fleet } = await load({
    [g1]: vm(
      101,
      "  cpu: { cputype: 'host', flags: ['+aes'] }, sockets: 2, cores: 2, vcpus: 3, numa: true,",
      "  numa0: { cpus: '0-1', memory: 512, policy: 'bind' }, affinity: '0-3', hugepages: '2', balloon: 256,",
      "  machine: { type: 'q35', viommu: 'intel' }, bios: 'ovmf', efidisk0: { storage: 'vm', efitype: '4m' },",
      "  tpmstate0: { storage: 'vm', version: 'v2.0' }, scsi1: { storage: 'vm', size: 4, discard: 'on', ssd: true },",
      "  virtio15: { file: '/dev/disk/by-id/x' }, sata5: { file: 'none', media: 'cdrom' },",
      "  net0: { model: 'virtio', bridge: 'vmbr0', tag: 7, queues: 4, trunks: [7, 9] },",
      "  ipconfig0: { ip: 'dhcp', ip6: 'auto' }, serial0: null, serial3: '/dev/ttyS0', vga: 'std', usb13: { host: 'spice' },",
      "  hostpci15: { mapping: 'card', pcie: true }, virtiofs9: { dirid: 'share' }, parallel2: '/dev/parport0',",
      "  boot: ['scsi0', 'net0'], hotplug: ['disk', 'network'], rng0: '/dev/urandom', watchdog: { action: 'reset' },",
      "  smbios1: { serial: 'A 1' }, agent: { enabled: true, fstrim_cloned_disks: true }, audio0: { device: 'AC97' },",
    ),
  });
  const guest = fleet.guests['101'];
  assert.ok(guest?.kind === 'vm');
  assert.deepEqual(Object.keys(guest.drives), ['scsi1', 'virtio15', 'sata5']);
  assert.deepEqual(guest.serials, { serial3: '/dev/ttyS0' });
  assert.deepEqual(guest.numas, { numa0: { cpus: '0-1', memory: 512, policy: 'bind' } });
  assert.deepEqual(guest.hostpcis, { hostpci15: { mapping: 'card', pcie: true } });
  assert.deepEqual(guest.usbs, { usb13: { host: 'spice' } });
  assert.deepEqual(guest.virtiofs, { virtiofs9: { dirid: 'share' } });
  assert.deepEqual(guest.parallels, { parallel2: '/dev/parport0' });
  assert.equal(guest.scsihw, 'virtio-scsi-single');
  assert.equal(guest.ostype, 'l26');
});
