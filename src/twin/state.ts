/** The twin's whole state: one plain, versioned JSON object. It knows no command and no file on the real machine. */

import { type Random, randomHex } from './random.ts';

/** What the simulated node is made of. */
export interface TwinHardware {
  /** Node name, such as `pve1`. */
  readonly node: string;
  /** MiB. */
  readonly memory: number;
  /** Paths under /dev/disk/by-id; blank on a fresh node. */
  readonly disks: readonly string[];
  /** Number of NVIDIA GPUs. */
  readonly gpus: number;
  /** Address on vmbr0 with its prefix length, such as `10.0.0.10/24`. */
  readonly address: string;
  readonly gateway: string;
}

/** A file or directory of the node or of a guest. */
export interface FileEntry {
  text: string;
  /** Permission bits. */
  mode: number;
  dir?: true;
  /** `uid:gid`; absent = `0:0`. */
  owner?: string;
  /** Bytes, for a file whose content is only a note (a download); absent = length of the text. */
  size?: number;
}

/** What is inside a guest: travels with clones, snapshots and rollbacks. */
export interface GuestTree {
  files: Record<string, FileEntry>;
  packages: Record<string, string>;
  /** Unit (without `.service`) → is it active while the guest runs. */
  units: Record<string, boolean>;
  ports: number[];
  /** Scripts that were run inside, oldest first: first line or layer name. */
  events: string[];
}

export interface GuestState {
  /** The conf file, as text: what an admin's editor would show. */
  conf: string;
  tree: GuestTree;
  /** Content by snapshot name. */
  snapshots: Record<string, GuestTree>;
  /** Present while it runs. */
  running?: {
    /** Hostname it was started with. */
    hostname: string;
    /** Epoch milliseconds. */
    since: number;
    /** False while an interface was unplugged by a failed hotplug: names of the missing ones. */
    unplugged?: string[];
  };
}

export interface Storage {
  id: string;
  type: string;
  options: Record<string, string>;
}

export interface Volume {
  storage: string;
  owner: number;
  format: 'raw' | 'subvol';
  /** Bytes; 0 = a subvolume without a limit. */
  size: number;
  /** Volume id of the base that it is a linked clone of. */
  base?: string;
  /** Names of the snapshots that it has, oldest first. */
  snapshots: string[];
}

export interface Pool {
  /** Bytes. */
  size: number;
  vdevs: { kind: string; disk: string }[];
  options: Record<string, string>;
}

export interface Dataset {
  /** Properties set on it (inherited ones are looked up in its parents), as `zfs get -p` prints them. */
  props: Record<string, string>;
}

export interface UnitState {
  active: boolean;
  enabled: boolean;
}

/** A failure that a test or `phx twin fault` injects; see `faults.ts`. */
export interface Fault {
  /** Leading words of the command line, such as `pct start 950`. */
  match: string;
  /** Which matching command it hits, counted from 1. */
  nth: number;
  exit?: number;
  stderr?: string;
  hang?: boolean;
  kill?: 'before' | 'during' | 'after';
}

export interface TwinState {
  version: typeof stateVersion;
  /** The twin's identity. */
  id: string;
  hardware: TwinHardware;
  machineId: string;
  bootId: string;
  /** Epoch milliseconds of the last boot. */
  bootedAt: number;
  guests: Record<string, GuestState>;
  storages: Storage[];
  volumes: Record<string, Volume>;
  pools: Record<string, Pool>;
  datasets: Record<string, Dataset>;
  files: Record<string, FileEntry>;
  packages: Record<string, string>;
  units: Record<string, UnitState>;
  /** Loaded kernel modules that matter (nouveau, nvidia, nvidia_uvm, vfio_pci …). */
  modules: string[];
  nvidia: { installed?: string; loaded?: string };
  bridges: string[];
  sysctl: Record<string, string>;
  timezone: string;
  /** Scripts that were run on the node and that the twin did not understand: first line each, oldest first. */
  events: string[];
  faults: (Fault & { seen: number })[];
}

export const stateVersion = 1;

/** Which kernel the node boots. */
export const kernelRelease = '6.8.12-4-pve';

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

const baseUnits = [
  'pve-cluster',
  'pvedaemon',
  'pveproxy',
  'pvestatd',
  'pve-guests',
  'ssh',
  'apparmor',
  'chrony',
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
  put('/etc/subuid', 'root:100000:65536\n');
  put('/etc/subgid', 'root:100000:65536\n');
  return {
    version: stateVersion,
    id: `twin-${randomHex(random, 16)}`,
    hardware,
    machineId: randomHex(random, 32),
    bootId: bootId(random),
    bootedAt: now,
    guests: {},
    storages: [
      { id: 'local', type: 'dir', options: { path: '/var/lib/vz', content: 'iso,vztmpl,backup' } },
      {
        id: 'local-lvm',
        type: 'lvmthin',
        options: { thinpool: 'data', vgname: 'pve', content: 'rootdir,images' },
      },
    ],
    volumes: {},
    pools: {},
    datasets: {},
    files,
    packages: { ...basePackages },
    units: Object.fromEntries(baseUnits.map((unit) => [unit, { active: true, enabled: true }])),
    modules: hardware.gpus > 0 ? ['nouveau'] : [],
    nvidia: {},
    bridges: ['vmbr0'],
    sysctl: { 'vm.swappiness': '60', 'net.ipv4.ip_forward': '0' },
    timezone: 'Etc/UTC',
    events: [],
    faults: [],
  };
}

function interfacesFile(hardware: TwinHardware): string {
  return [
    'auto lo',
    'iface lo inet loopback',
    '',
    'iface eno1 inet manual',
    '',
    'auto vmbr0',
    'iface vmbr0 inet static',
    `\taddress ${hardware.address}`,
    `\tgateway ${hardware.gateway}`,
    '\tbridge-ports eno1',
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

/** An independent copy. */
export function copyState(state: TwinState): TwinState {
  return structuredClone(state);
}
