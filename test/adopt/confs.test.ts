/** Confs as people leave them: what their files say, what is left alone, what is refused; and then there is nothing to do. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adoptAll } from '../property/adopting.ts';
import { builtNode, nodeText } from '../property/random-node.ts';

const built = await builtNode();

interface Case {
  readonly ct?: readonly string[];
  readonly vm?: readonly string[];
  /** Lines that its file has. */
  readonly says?: readonly (string | RegExp)[];
  readonly not?: readonly RegExp[];
  /** Keys that are left alone. */
  readonly left?: readonly string[];
  readonly refused?: RegExp;
  readonly notes?: readonly RegExp[];
  readonly defaults?: string;
}

const ct = ['arch: amd64', 'hostname: web', 'memory: 512', 'ostype: debian', 'swap: 512'];
const root = 'rootfs: ct:subvol-105-disk-0,size=8G';
const vm = ['memory: 2048', 'name: win', 'ostype: l26', 'boot: order=scsi0'];
const disk = 'scsi0: vm:vm-105-disk-0,size=8G';

const cases: Readonly<Record<string, Case>> = {
  'a container of which its conf says as little as can be': {
    ct: ['arch: amd64', 'ostype: debian', root],
    says: [
      "hostname: 'ct105',",
      'memory: 512,',
      'unprivileged: false,',
      "ignore: ['hostname', 'memory', 'swap'],",
    ],
  },
  'a root of a size that is no whole GiB stays as it is': {
    ct: [...ct, 'rootfs: ct:subvol-105-disk-0,ro=1,size=3584M'],
    says: ["rootfs: { storage: 'ct', size: 4 },", "ignore: ['rootfs'],"],
    left: ['rootfs'],
  },
  'mounts that a file cannot say are left where they are': {
    ct: [
      ...ct,
      root,
      'mp0: ct:subvol-105-disk-1,mp=/a,size=512M',
      'mp1: /dev/sdb1,mp=/b',
      'mp2: /srv,mp=/c,backup=1',
    ],
    left: ['mp0', 'mp1', 'mp2'],
    not: [/^ {2}mp\d/m],
  },
  'what may be a secret is named without its value': {
    ct: [...ct, root, 'env: MODE=x\0DB_PASSWORD=hunter2\0API_TOKEN=abc'],
    says: ["env: { MODE: 'x' },"],
    left: ['env.DB_PASSWORD', 'env.API_TOKEN'],
    not: [/hunter2|abc/],
  },
  'a key that nobody knows is told with its value': {
    ct: [...ct, root, 'unused0: ct:subvol-105-disk-9', 'nosuch: 1'],
    left: ['nosuch', 'unused0'],
    says: [/\/\/ {3}nosuch: 1/],
  },
  'what Proxmox would drop at the next write is not lost by a mark': {
    ct: [...ct, root, 'lxc.nosuch: 1', 'nonsense'],
    refused: /drops at its next write .*nonsense · lxc\.nosuch: 1/,
  },
  'a root that is a directory of the node': {
    ct: [...ct, 'rootfs: /srv/root'],
    refused: /no volume of a storage/,
  },
  'what waits for a restart is what the file says': {
    ct: [...ct, root, 'cores: 2', '', '[pve:pending]', 'memory: 1024', 'delete: cores'],
    says: ['memory: 1024,'],
    not: [/cores/],
    notes: [/next start: cores, memory/],
  },
  'snapshots and the base of a linked clone are told': {
    ct: [
      ...ct,
      'parent: before',
      'rootfs: ct:basevol-900-disk-0/subvol-105-disk-0,size=8G',
      '',
      '[before]',
      ...ct,
      root,
    ],
    notes: [/snapshots stay: before/, /linked clone: it rests on ct:basevol-900-disk-0/],
    says: ['adopted: true,'],
  },
  'a storage and a bridge that the configuration does not describe': {
    ct: [
      ...ct,
      'rootfs: elsewhere:vm-105-disk-0,size=8G',
      'net0: name=eth0,bridge=vmbr1,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth',
    ],
    notes: [/storage elsewhere is not in hypervisor\.storage/, /bridge vmbr1 is not in/],
    says: ["rootfs: { storage: 'elsewhere', size: 8 },"],
  },
  'what the configuration does not take is left alone, with its reason': {
    ct: [
      ...ct,
      root,
      'net0: name=eth0,bridge=vmbr0,gw=192.168.7.1,hwaddr=BC:24:11:00:00:01,ip=10.0.0.5/32,type=veth',
      'tags: Prod',
    ],
    left: ['net0', 'tags'],
    says: [/net0: .*\(gateway 192\.168\.7\.1 of container 105 is outside/],
  },
  'what the defaults have and the guest has not is taken away': {
    ct: [...ct, root, 'features: nesting=1'],
    defaults:
      "{ ct: { cores: 4, memory: 512, onboot: true, features: { nesting: true, keyctl: true }, net0: { name: 'eth0', bridge: 'vmbr0' }, layers: ['docker'], app: 'qdrant', health: { checks: [{ tcp: 80 }] }, startup: { order: 2 }, ostemplate: 'iso:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst', drift: 'report' } }",
    says: [
      'features: { keyctl: null },',
      'cores: null,',
      'onboot: null,',
      'net0: null,',
      'layers: [],',
      'app: null,',
      'ostemplate: null,',
    ],
    not: [/memory|drift/],
  },
  'a VM without a name, with a boot order of old': {
    vm: ['memory: 512', 'boot: cdn', 'bootdisk: scsi0', disk],
    says: ["name: 'vm105',", "ignore: ['boot', 'name'],", 'agent: false,', 'serial0: null,', 'vga: null,'],
    left: ['boot', 'bootdisk'],
  },
  'its root disk is what it boots from': {
    vm: ['memory: 512', 'name: a', 'boot: order=sata0;scsi0', disk, 'sata0: vm:vm-105-disk-1,size=4G,ssd=1'],
    says: ["disk: { storage: 'vm', size: 4, bus: 'sata', ssd: true },", "scsi0: { storage: 'vm', size: 8 },"],
  },
  'a VM whose root disk no file can name': {
    vm: [...vm.slice(0, 3), 'scsi1: vm:vm-105-disk-0,size=8G', 'ide0: none,media=cdrom'],
    refused: /none of scsi0, virtio0, sata0 and ide0 is a disk/,
  },
  'a disk of the image that never grew': {
    vm: [...vm, 'scsi0: vm:vm-105-disk-0,size=2252M', 'scsi1: vm:vm-105-disk-1,size=100M'],
    says: ["disk: { storage: 'vm', size: 3 },", "ignore: ['scsi0'],"],
    left: ['scsi0', 'scsi1'],
  },
  'settings of cloud-init without a drive that carries them': {
    vm: [...vm, disk, 'ciuser: ann', 'ipconfig0: ip=dhcp', 'net0: virtio=BC:24:11:00:00:01,bridge=vmbr0'],
    left: ['ciuser', 'ipconfig0'],
    not: [/^ {2}ciuser/m, /ide2/],
  },
  'with its drive they are said, the password is not': {
    vm: [
      ...vm,
      disk,
      'ciuser: ann',
      'cipassword: $5$salt$hash',
      'cicustom: user=iso:snippets/u.yaml',
      'ide0: vm:vm-105-cloudinit,media=cdrom',
    ],
    says: ["ciuser: 'ann',", "ide0: { storage: 'vm', cloudinit: true },", "ignore: ['cicustom'],"],
    left: ['cicustom', 'cipassword'],
    not: [/hash/],
  },
  'firmware, TPM, mappings and what a maker says': {
    vm: [
      ...[...vm, disk, 'bios: ovmf', 'efidisk0: vm:vm-105-disk-1,efitype=4m,pre-enrolled-keys=1,size=1M'],
      ...['tpmstate0: vm:vm-105-disk-2,size=4M,version=v2.0', 'hostpci0: mapping=gpu,pcie=1', 'machine: q35'],
      `smbios1: uuid=dbb43611-4de3-4236-ac7d-b27fecee2e31,manufacturer=${Buffer.from('Größe').toString('base64')},base64=1`,
    ],
    says: [
      "efidisk0: { storage: 'vm', efitype: '4m', 'pre-enrolled-keys': true },",
      "tpmstate0: { storage: 'vm', version: 'v2.0' },",
      "hostpci0: { mapping: 'gpu', pcie: true },",
      "smbios1: { uuid: 'dbb43611-4de3-4236-ac7d-b27fecee2e31', manufacturer: 'Größe' },",
    ],
  },
  'a template stays one': {
    vm: [...vm, 'scsi0: vm:base-105-disk-0,size=8G', 'template: 1'],
    says: ['template: true,', "state: 'stopped',"],
  },
};

for (const [name, one] of Object.entries(cases)) {
  test(name, async () => {
    const bench = built.copy();
    const text = `${(one.ct ?? one.vm ?? []).join('\n')}\n`;
    await bench.twin.writeFile(`/etc/pve/${one.ct ? 'lxc' : 'qemu-server'}/105.conf`, text);
    const files = {
      'config/hypervisor.json5': nodeText.replace(',"vmbr1":{}', one.vm ? ',"vmbr1":{}' : ''),
      ...(one.defaults ? { 'config/defaults.json5': one.defaults } : {}),
    };
    const { proposal, ...adopted } = await adoptAll(bench, [105], files);
    const refused = proposal.refused.get(105);
    if (one.refused) {
      assert.match(refused ?? 'it is not refused', one.refused);
      return;
    }
    const [draft] = proposal.drafts;
    assert.ok(draft, refused);
    const said = draft.printed.text;
    for (const line of one.says ?? [])
      assert.ok(
        typeof line === 'string' ? said.includes(`  ${line}\n`) : line.test(said),
        `${line}\n${said}`,
      );
    for (const wrong of one.not ?? []) assert.doesNotMatch(said, wrong);
    assert.deepEqual(draft.left.map(({ key }) => key).sort(), [...(one.left ?? [])].sort(), said);
    for (const note of one.notes ?? []) assert.match(draft.notes.join('\n'), note);
    assert.deepEqual(
      { troubles: adopted.troubles, sent: adopted.sent, again: adopted.again },
      { troubles: [], sent: [], again: [] },
      said,
    );
  });
}
