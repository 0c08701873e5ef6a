/** A freshly installed Proxmox VE node: what the installer leaves behind. It knows no command. */

import { freshBoot, kernelRelease, usualRoot } from './boot.ts';
import { freshDisks } from './disks.ts';
import { applyInterfaces } from './interfaces.ts';
import { type Random, randomHex } from './random.ts';
import { type FileEntry, type Storage, stateVersion, type TwinHardware, type TwinState } from './state.ts';

const basePackages: Record<string, string> = {
  'proxmox-ve': '8.4.0',
  'pve-manager': '8.4.1',
  'pve-container': '5.3.5',
  'pve-firewall': '5.1.1',
  'qemu-server': '8.4.1',
  'libpve-storage-perl': '8.3.6',
  [`proxmox-kernel-${kernelRelease}-signed`]: '6.8.12-4',
  'zfsutils-linux': '2.2.7-pve2',
  ifupdown2: '3.2.0-1+pmx11',
  'openssh-server': '1:9.2p1-2+deb12u5',
  apparmor: '3.0.8-3',
  chrony: '4.3-2+deb12u1',
  curl: '7.88.1-10+deb12u12',
  wget: '1.21.3-1+deb12u1',
  bash: '5.2.15-2+b7',
  coreutils: '9.1-1',
};

/** What differs on a node of 9.2. */
const packages92: Record<string, string> = {
  'proxmox-ve': '9.2.0',
  'pve-manager': '9.2.3',
  'pve-container': '6.1.6',
  'qemu-server': '9.2.1',
  'libpve-storage-perl': '9.1.2',
};

const baseUnits = [
  'pve-cluster',
  'pvedaemon',
  'pveproxy',
  'pvestatd',
  'pve-guests',
  'pve-firewall',
  'networking',
  'zfs-zed',
  'lxcfs',
  'ssh',
  'apparmor',
  'chrony',
  'networking',
  'pve-firewall',
  'zfs-zed',
  'lxcfs',
  'postfix',
  'cron',
];

const baseDirs = [
  '/',
  '/etc',
  '/etc/apt',
  '/etc/apt/sources.list.d',
  '/etc/modprobe.d',
  '/etc/modules-load.d',
  '/etc/network',
]
  .concat([
    '/etc/pve',
    '/etc/pve/lxc',
    '/etc/pve/qemu-server',
    '/etc/sysctl.d',
    '/etc/systemd/system',
    '/mnt',
    '/opt',
    '/root',
    '/srv',
    '/tmp',
  ])
  .concat([
    '/usr/local/bin',
    '/var/lib/vz',
    '/var/lib/vz/template/cache',
    '/var/lib/vz/snippets',
    '/var/lib/phx',
  ]);

/** A freshly installed node: no guests, blank disks, the installer's storages. */
function localLvm(): Storage {
  return {
    id: 'local-lvm',
    type: 'lvmthin',
    options: { thinpool: 'data', vgname: 'pve', content: 'rootdir,images' },
  };
}

export function freshState(hardware: TwinHardware, now: number, random: Random): TwinState {
  const files: Record<string, FileEntry> = {};
  for (const path of baseDirs) files[path] = { text: '', mode: 0o755, dir: true };
  const put = (path: string, text: string) => {
    files[path] = { text, mode: 0o644 };
  };
  put('/etc/hostname', `${hardware.node}\n`);
  put(
    '/etc/hosts',
    `127.0.0.1 localhost\n${hardware.address.split('/')[0]} ${hardware.node}.local ${hardware.node}\n`,
  );
  put('/etc/resolv.conf', `nameserver ${hardware.gateway}\n`);
  put('/etc/network/interfaces', interfacesFile(hardware));
  put('/etc/apt/sources.list', 'deb http://deb.debian.org/debian bookworm main contrib\n');
  put(
    '/etc/apt/sources.list.d/pve-enterprise.list',
    'deb https://enterprise.proxmox.com/debian/pve bookworm pve-enterprise\n',
  );
  put(
    '/etc/passwd',
    'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  );
  put(
    '/etc/default/grub',
    'GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n',
  );
  if (hardware.bootloader === 'systemd-boot') put('/etc/kernel/cmdline', `${usualRoot} quiet\n`);
  put('/etc/locale.gen', '# de_DE.UTF-8 UTF-8\nen_US.UTF-8 UTF-8\n');
  put('/etc/default/locale', 'LANG=en_US.UTF-8\n');
  put('/usr/lib/locale/locale-archive', 'en_US.UTF-8\n');
  put(
    '/etc/group',
    'root:x:0:\ndisk:x:6:\nsudo:x:27:\nwww-data:x:33:\nshadow:x:42:\nvideo:x:44:\nusers:x:100:\nkvm:x:103:\nrender:x:104:\nnogroup:x:65534:\n',
  );
  files['/etc/shadow'] = {
    text: 'root:$5$twin$installer:19700:0:99999:7:::\nnobody:*:19700:0:99999:7:::\n',
    mode: 0o640,
    owner: '0:42',
  };
  put('/etc/pve/user.cfg', 'user:root@pam:1:0::::::\n\n\n\n\n');
  put('/etc/subuid', 'root:100000:65536\n');
  put('/etc/subgid', 'root:100000:65536\n');
  const state: TwinState = {
    version: stateVersion,
    id: `twin-${randomHex(random, 16)}`,
    hardware,
    machineId: randomHex(random, 32),
    bootId: bootId(random),
    bootedAt: now,
    guests: {},
    storages: [
      { id: 'local', type: 'dir', options: { path: '/var/lib/vz', content: 'iso,vztmpl,backup' } },
      ...(hardware.lvm === false ? [] : [localLvm()]),
    ],
    volumes: {},
    pools: {},
    datasets: {},
    files,
    packages: { ...basePackages, ...(hardware.pve === '9.2' ? packages92 : {}) },
    units: Object.fromEntries(baseUnits.map((unit) => [unit, { active: true, enabled: true }])),
    modules: hardware.gpus > 0 ? ['nouveau'] : [],
    nvidia: {},
    bridges: ['vmbr0'],
    sysctl: { 'vm.swappiness': '60', 'net.ipv4.ip_forward': '0' },
    timezone: 'Etc/UTC',
    events: [],
    faults: [],
    disks: freshDisks(hardware),
    boot: freshBoot(hardware),
    ...(hardware.upgrades ? { upgrades: { ...hardware.upgrades } } : {}),
  };
  applyInterfaces(state);
  return state;
}

function interfacesFile(hardware: TwinHardware): string {
  const [card = 'eno1'] = hardware.nics ?? [];
  return [
    'auto lo',
    'iface lo inet loopback',
    '',
    `iface ${card} inet manual`,
    '',
    'auto vmbr0',
    'iface vmbr0 inet static',
    `\taddress ${hardware.address}`,
    `\tgateway ${hardware.gateway}`,
    `\tbridge-ports ${card}`,
    '\tbridge-stp off',
    '\tbridge-fd 0',
    '',
  ].join('\n');
}

/** A new boot id, in the shape of a UUID. */
export function bootId(random: Random): string {
  const hex = randomHex(random, 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
