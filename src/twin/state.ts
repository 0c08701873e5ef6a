/** The twin's whole state: one plain, versioned JSON object. It knows no command and no file on the real machine. */

import type { ClockFacts, PciDevice } from '../proxmox/facts.ts';
import type { BootState, DiskState, Link, Timer } from './machine-state.ts';

/** The versions of Proxmox VE that the twin can be. */
export const pveVersions = ['8.4', '9.2'] as const;
export type PveVersion = (typeof pveVersions)[number];

/** What the simulated node is made of. */
export interface TwinHardware {
  /** Node name, such as `pve1`. */
  readonly node: string;
  /** MiB. */
  readonly memory: number;
  /** Hardware threads; without them the node does not tell, and refuses nobody. */
  readonly cores?: number;
  /** Paths under /dev/disk/by-id; blank on a fresh node. */
  readonly disks: readonly string[];
  /** Number of NVIDIA GPUs. */
  readonly gpus: number;
  /** Address on vmbr0 with its prefix length, such as `10.0.0.10/24`. */
  readonly address: string;
  readonly gateway: string;
  /** Network cards; default `eno1`. */
  readonly nics?: readonly string[];
  /** Default grub. */
  readonly bootloader?: 'grub' | 'systemd-boot';
  /** The devices on its PCI bus, when they are known; otherwise they follow from `gpus`. */
  readonly pci?: readonly PciDevice[];
  /** What a fresh node's `apt-get dist-upgrade` would install: package → version. */
  readonly upgrades?: Readonly<Record<string, string>>;
  /** Version of Proxmox VE; default 8.4, as recorded. */
  readonly pve?: PveVersion;
  /** The volume group `pve` with the thin pool `data`, which an installation on ZFS does not have; default true. */
  readonly lvm?: boolean;
  /** Version of the control groups; default 2. */
  readonly cgroup?: 1 | 2;
  /** How many IOMMU groups there are while the IOMMU is on; default 20. */
  readonly iommuGroups?: number;
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
  /** Of a lock of the cluster: when it was made or renewed last (epoch milliseconds), its time (seconds), and by which node. */
  lease?: { at: number; mtime: number; node: string };
}

/** What is inside a guest: travels with clones, snapshots and rollbacks. */
export interface GuestTree {
  files: Record<string, FileEntry>;
  packages: Record<string, string>;
  /** Unit (without `.service`) → is it active while the guest runs. */
  units: Record<string, boolean>;
  ports: number[];
  /** Port → the units that serve it; absent for one that nothing is known of. */
  served?: Record<string, string[]>;
  /** Layer → the ports that it opened; absent = no layer opened any. */
  opened?: Record<string, number[]>;
  /** Scripts that were run inside, oldest first: first line or layer name. */
  events: string[];
  /** Of a real guest that nobody looked into: a unit, port, file or package that is not known here is taken to be there. */
  unseen?: true;
}

export interface GuestState {
  /** Absent = a container. */
  kind?: 'vm';
  /** The conf file, as text: what an admin's editor would show. */
  conf: string;
  tree: GuestTree;
  /** Content by snapshot name. */
  snapshots: Record<string, GuestTree>;
  /** When what is left of a start that failed will have been cleaned up; epoch milliseconds. */
  cleanUpAt?: number;
  /** Present while it runs. */
  running?: {
    /** Hostname it was started with. */
    hostname: string;
    /** Epoch milliseconds. */
    since: number;
    /** What tells this start from the next one, where it was observed on a real node; absent = `since`. */
    start?: string;
    /** False while an interface was unplugged by a failed hotplug: names of the missing ones. */
    unplugged?: string[];
    /** A VM whose processors stand still. */
    paused?: true;
    /** From when on (epoch milliseconds) the agent inside a VM can answer; absent = its device was not there at the start. */
    agentAt?: number;
    /** What `qm guest exec` started, by process id: its answer and from when on it stands. */
    execs?: Record<string, { at: number; answer: string }>;
  };
  /** The volume that a VM's tree lies on. */
  disk?: string;
}

/** What a cloud-init drive holds: the files that its guest reads. */
export interface CloudInitData {
  user: string;
  network: string;
  meta: string;
  vendor: string;
}

export interface Storage {
  id: string;
  type: string;
  options: Record<string, string>;
}

export interface Volume {
  storage: string;
  owner: number;
  format: 'raw' | 'subvol' | 'qcow2';
  /** Bytes; 0 = a subvolume without a limit. */
  size: number;
  /** Volume id of the base that it is a linked clone of. */
  base?: string;
  /** Names of the snapshots that it has, oldest first. */
  snapshots: string[];
  /** Whether it took all of its room when it was made; absent = as its storage makes them now. */
  whole?: boolean;
  /** Bytes that are written on it; absent = a tenth of its size but no more than a system takes, of a linked clone nothing. */
  written?: number;
  /** What lies on it while no container mounts it, by path below its mount; absent = nothing. */
  files?: Record<string, FileEntry>;
  /** Of a root on ZFS: the guest's inside by snapshot, for those that Proxmox does not know of. */
  trees?: Record<string, GuestTree>;
  /** The system on it that no VM boots from at present. */
  tree?: GuestTree;
  /** What a cloud-init drive holds. */
  seed?: CloudInitData;
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
  /** Names of its snapshots, oldest first, where it is no volume; absent = none. */
  snapshots?: string[];
}

/** What storages lie on, as it was observed; bytes. See `storage/rooms.ts` for the keys and what is taken without it. */
export interface Room {
  size?: number;
  /** What is taken beside that which the twin knows of: it may be less, and then this is negative. */
  taken?: number;
  /** What only the system itself may write. */
  kept?: number;
  /** What thin volumes that the twin does not know of could grow to. */
  promised?: number;
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

/** A task of Proxmox. Times in epoch milliseconds. */
export interface TaskEntry {
  readonly type: string;
  readonly id: string;
  readonly pid: number;
  readonly pstart: number;
  readonly start: number;
  readonly end?: number;
  /** `OK`, or the last line of what it died of. */
  readonly status?: string;
}

export interface BusyTask extends TaskEntry {
  /** When its worker will have ended should nobody wait for it any more; epoch milliseconds. */
  until: number;
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
  /** Milliseconds that the node's clock is ahead of the machine's: what was waited for passed at once. */
  ahead?: number;
  /** How an observed node's clock stood; absent = right. */
  clock?: ClockFacts;
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
  // What came later is optional, so that older state files stay good; who reads it knows what its absence means.
  /** What is on the disks, by path below /dev/disk/by-id, or by device where there is none; see `disks.ts`. */
  disks?: Record<string, DiskState>;
  /** See `boot.ts`. */
  boot?: BootState;
  /** PCI ids that vfio-pci took when it was loaded. */
  vfioIds?: string[];
  /** Of the running kernel, when it is no longer the node's name. */
  hostname?: string;
  /** zfs_arc_max of the loaded zfs module; absent = 0. */
  arcMax?: string;
  /** Absent = as the interfaces file stands. */
  links?: Link[];
  /** See `timers.ts`. */
  timers?: Timer[];
  /** What `apt-get dist-upgrade` would install: package → version. */
  upgrades?: Record<string, string>;
  /** Pools that were exported, with their datasets. */
  exported?: Record<string, { pool: Pool; datasets: Record<string, Dataset> }>;
  /** By place: what an observed node told of its room. */
  rooms?: Record<string, Room>;
  /** Samba's own users; absent = none. */
  sambaUsers?: Record<string, { password: string; disabled?: boolean }>;
  /** What NFS exports now, a line `path<tab>client<tab>options` each; absent = nothing. */
  exports?: string[];
  /** Loaded AppArmor profiles; absent = those of a fresh node. */
  profiles?: string[];
  /** What creates mounted, and what killed ones left mounted; see `leftovers.ts`. */
  mounts?: { source: string; target: string }[];
  /** Loop devices and the images that they are over. */
  loops?: { device: string; file: string }[];
  /** Workers whose caller may be killed: they notice it and take away what they made (B34). */
  workers?: { id: number; at: number; volumes: string[] }[];
  /** Tasks at work. */
  busy?: BusyTask[];
  /** Tasks that came to an end, oldest first; see `task-log.ts`. */
  tasks?: TaskEntry[];
  /** Ids of the guests that have a `cleanUpAt`, so that nobody has to look at all of them. */
  failedStarts?: string[];
  /** Hosts that answer; absent = the node itself and its own network. */
  reachable?: string[];
}

export const stateVersion = 1;

/** An independent copy. */
export function copyState(state: TwinState): TwinState {
  return structuredClone(state);
}
