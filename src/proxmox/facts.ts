/** The observed state of a node, parsed from a sweep. Pure data; it knows no host and no task. */

import type { Layer } from './guest-layer.ts';

export interface GuestFacts {
  readonly id: number;
  readonly kind: 'ct' | 'vm';
  readonly running: boolean;
  /** Of a cluster, the node that it lives on. */
  readonly node?: string;
  /** Its node is out of reach: whether it runs is not known. */
  readonly unknown?: true;
  /** Of a running guest: a word that is another one after each start. */
  readonly start?: string;
  /** The conf file as it stands, byte by byte, snapshot sections included. */
  readonly conf: string;
  /** Layers read inside the guest; undefined when it could not be looked into (stopped, or a VM). */
  readonly layers?: readonly Layer[];
}

export interface NodeFacts {
  readonly name: string;
  readonly machineId: string;
  /** Changes at every boot. */
  readonly bootId: string;
  readonly kernel: string;
  /** MiB. */
  readonly memory: number;
  /** Hardware threads; absent when the node does not tell. */
  readonly cores?: number;
}

/** A device on the PCI bus. */
export interface PciDevice {
  readonly address: string;
  /** `<vendor>:<device>` in lower case, such as `10de:2d04`. */
  readonly id: string;
  /** Six digits; those that begin with `03` are display controllers. */
  readonly class: string;
  readonly driver?: string;
}

/** A systemd unit that was asked for; not `known`: there is none of this name. */
export interface UnitFacts {
  readonly active: boolean;
  readonly enabled: boolean;
  readonly known: boolean;
}

/** Who owns a directory that was asked for, by name (`UNKNOWN` without one) and by number, and its permissions. */
export interface DirectoryFacts {
  readonly user: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
  /** Octal digits without leading zeros, such as `2770`. */
  readonly mode: string;
}

/** A template of a dir storage, or a cloud image. */
export interface LargeFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** What the host sections of a sweep say. */
export interface HostFacts {
  readonly node: NodeFacts;
  /** Name of the time zone; absent when none is set. */
  readonly timezone?: string;
  /** Kernel command line of this boot. */
  readonly cmdline: string;
  /** Which boot loader reads the command line, and so which file it comes from. */
  readonly bootloader: 'systemd-boot' | 'grub';
  /** Releases of the installed kernels. */
  readonly kernels: readonly string[];
  /** Number of IOMMU groups; 0 when the IOMMU is off. */
  readonly iommuGroups: number;
  readonly pci: readonly PciDevice[];
  readonly bridges: ReadonlySet<string>;
  /** Installed Debian packages: name → version. */
  readonly packages: ReadonlyMap<string, string>;
  readonly modules: ReadonlySet<string>;
  readonly nvidia: {
    readonly loaded?: string;
    readonly installed?: string;
    readonly devices: readonly string[];
  };
  /** Number of NVIDIA display controllers, with or without a driver. */
  readonly gpus: number;
  /** Whole disks, as paths below /dev/disk/by-id. */
  readonly disks: ReadonlySet<string>;
  /** Path below /dev/disk/by-id → device, such as `/dev/nvme0n1`. Several paths may mean the same device. */
  readonly deviceOf: ReadonlyMap<string, string>;
  /** Lines of `lsblk -P` with the columns that sweep.ts names. */
  readonly blocks: readonly string[];
  /** Text of /etc/pve/storage.cfg. */
  readonly storageCfg: string;
  readonly templates: readonly LargeFile[];
  readonly images: readonly LargeFile[];
  readonly zpools: ReadonlyMap<string, Zpool>;
  /** Volume groups of LVM by name; undefined when the node has no LVM, or did not tell. */
  readonly groups?: ReadonlyMap<string, VolumeGroup>;
  /** Room of the file systems below the directories of storages, by directory; a dead server does not tell. */
  readonly rooms?: ReadonlyMap<string, FileSystemRoom>;
  /** File systems: full name → property → value as `zfs get -p` prints it. */
  readonly datasets: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Bytes. */
export interface FileSystemRoom {
  readonly size: number;
  /** Used by nobody; of that, a part may be kept for the system itself. */
  readonly free: number;
  readonly available: number;
}

export interface VolumeGroup {
  /** Bytes. */
  readonly size: number;
  readonly free: number;
  /** Its thin pools by name. */
  readonly pools: ReadonlyMap<string, ThinPool>;
}

export interface ThinPool {
  /** Bytes. */
  readonly size: number;
  /** Bytes that its thin volumes could grow to, snapshots included. */
  readonly promised: number;
  /** Percent; undefined while the pool is not active. */
  readonly data?: number;
  readonly metadata?: number;
}

export interface Zpool {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly free: number;
  readonly health: string;
  /** `disk`, `mirror`, `raidz1` …, with the disks' paths; `logs`, `cache`, `spares`, `special` and `dedup` hold other things than data. */
  readonly vdevs: readonly { readonly kind: string; readonly disk: string }[];
  /** The swept properties of the pool, as `zpool get -p` prints them. */
  readonly properties: ReadonlyMap<string, string>;
}

/** How the node's clock stands. */
export interface ClockFacts {
  /** Seconds that it is ahead of the clock of the machine that asked; negative: behind. */
  readonly ahead: number;
  /** Whether its time service holds it to a server; absent when none tells. */
  readonly synchronized?: boolean;
}

export interface Facts {
  readonly host: HostFacts;
  /** Of a cluster, its nodes within reach by their names; `host` is the one that a task is done on. */
  readonly nodes?: ReadonlyMap<string, HostFacts>;
  /** Absent when it was not asked for. */
  readonly clock?: ClockFacts;
  readonly guests: ReadonlyMap<number, GuestFacts>;
  /** Asked files: path → text, or undefined when there is none. */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** Asked directories; undefined when there is none. */
  readonly dirs: ReadonlyMap<string, DirectoryFacts | undefined>;
  /** Asked units, by the name they were asked for. */
  readonly units: ReadonlyMap<string, UnitFacts>;
}
