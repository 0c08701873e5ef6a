/** What the configuration says of the node itself. Types only; what the values mean to Proxmox stands with each task. */

import type { Firewall } from './firewall.ts';
import type { Health } from './health.ts';
import type { SecretRef } from './secret-ref.ts';

export interface Hypervisor {
  /** Defaults to the node's own. */
  readonly hostname?: string;
  readonly timezone?: string;
  /** Such as `en_US.UTF-8`. */
  readonly locale?: string;
  /** Time servers; without any, chrony keeps those that it has. */
  readonly ntp: readonly string[];
  /** What the machine has; the checks on memory, cores and GPU shares compare with it. */
  readonly node?: {
    /** MiB. */
    readonly memory: number;
    /** Hardware threads. */
    readonly cores?: number;
  };
  /** Without it the node keeps the sources that it has. */
  readonly repositories?: {
    /** Debian suite, such as `trixie`. */
    readonly suite: string;
    readonly enterprise: boolean;
    readonly noSubscription: boolean;
    readonly ceph?: string;
  };
  /** Debian packages of the node itself. */
  readonly packages: readonly string[];
  /** Any text, such as a date: all packages are upgraded once whenever it is another one. */
  readonly upgrade?: string;
  readonly network: Network;
  /** Seconds for which a change of network or firewall is on trial before the former state comes back. */
  readonly commitConfirm: number;
  readonly zfs: {
    /** GiB. */
    readonly arcMax?: number;
    readonly pools: Readonly<Record<string, Zpool>>;
    /** By full name, `pool/dataset`; values are ZFS properties as `zfs set` takes them; the schema names them. */
    readonly datasets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  /** Directories by path: what several guests, shares and exports rest on. */
  readonly directories: Readonly<Record<string, Directory>>;
  /** Storage definitions by id. */
  readonly storage: Readonly<Record<string, Storage>>;
  /** Container templates by file name. */
  readonly templates: Readonly<Record<string, Template>>;
  /** Cloud images by name. */
  readonly images: Readonly<Record<string, Download>>;
  /** Backup jobs of Proxmox VE by id. */
  readonly backups: Readonly<Record<string, BackupJob>>;
  /** What the HA manager of a cluster heeds. */
  readonly ha: { readonly rules: Readonly<Record<string, HaRule>> };
  /** Guests that phx does not manage, by id: others may depend on their health. */
  readonly external: Readonly<Record<string, { readonly health: Health }>>;
  readonly nvidia?: Nvidia;
  readonly vfio?: Vfio;
  /** Linux accounts of the node by name. */
  readonly users: Readonly<Record<string, HostUser>>;
  readonly access: Access;
  readonly apparmor: {
    /** Profile name → file of the project that holds it. */
    readonly profiles: Readonly<Record<string, string>>;
    /** Directories below which users have their homes, for the @{HOMEDIRS} variable; each ends with a slash. */
    readonly homeDirs: readonly string[];
  };
  readonly nfs: {
    readonly exports: Readonly<Record<string, NfsExport>>;
  };
  readonly samba?: Samba;
  readonly dns?: Dns;
  readonly certificates: Certificates;
  readonly firewall: Firewall;
}

export interface Network {
  readonly bridges: Readonly<Record<string, Bridge>>;
  readonly nameservers: readonly string[];
  /** Domain of the node: its full name is `<hostname>.<domain>`, and short names are looked up there. */
  readonly domain?: string;
  /** Further lines of /etc/hosts: name → address. */
  readonly hosts: Readonly<Record<string, string>>;
}

export interface Bridge {
  /** CIDR address of the node on this bridge. */
  readonly address?: string;
  readonly gateway?: string;
  readonly ports: readonly string[];
  readonly vlanAware?: boolean;
}

export interface Zpool {
  readonly raid: 'single' | 'stripe' | 'mirror' | 'raidz1' | 'raidz2' | 'raidz3';
  /** Paths below /dev/disk/by-id. */
  readonly disks: readonly string[];
  /** GiB of the smallest disk; the checks on quotas compare with it. */
  readonly diskSize?: number;
  readonly ashift: number;
  readonly autotrim: boolean;
}

export interface Directory {
  /** Account name, number, or `guest:<number>`: that account inside an unprivileged container. */
  readonly owner?: string;
  readonly group?: string;
  /** Octal digits, such as `2770`. */
  readonly mode?: string;
}

/** What every kind of storage has. */
export interface StorageBase {
  readonly content: readonly string[];
  /** Nodes that may use it; all without this. */
  readonly nodes?: readonly string[];
  readonly disable?: boolean;
}

export type Storage = StorageBase &
  (
    | {
        readonly type: 'zfspool';
        readonly pool: string;
        readonly sparse?: boolean;
        readonly blocksize?: string;
      }
    | {
        readonly type: 'dir';
        readonly path: string;
        readonly shared?: boolean;
        readonly is_mountpoint?: boolean | string;
      }
    | { readonly type: 'btrfs'; readonly path: string; readonly is_mountpoint?: boolean | string }
    | { readonly type: 'lvmthin'; readonly vgname: string; readonly thinpool: string }
    | { readonly type: 'nfs'; readonly server: string; readonly export: string; readonly options?: string }
    | {
        readonly type: 'cifs';
        readonly server: string;
        readonly share: string;
        readonly username?: string;
        readonly password?: SecretRef;
        readonly domain?: string;
        readonly smbversion?: string;
        readonly subdir?: string;
      }
    | {
        readonly type: 'pbs';
        readonly server: string;
        readonly datastore: string;
        readonly username: string;
        readonly password?: SecretRef;
        readonly fingerprint?: string;
        readonly namespace?: string;
        readonly port?: number;
      }
  );

/** A file from the network; a checksum pins it. */
export interface Download {
  readonly url: string;
  readonly sha256?: string;
  readonly sha512?: string;
}

export interface Template extends Partial<Download> {
  /** Storage with content `vztmpl`. Without url and oci the file comes from the list of Proxmox (`pveam`). */
  readonly storage: string;
  /** OCI image with its digest, pulled as an archive (Proxmox VE 9.1). */
  readonly oci?: string;
}

/** A job of `vzdump` that Proxmox's own scheduler starts. */
export interface BackupJob {
  /** Calendar event of systemd, such as `sun 02:00`. */
  readonly schedule: string;
  readonly storage: string;
  /** Ids, or all guests of the node. */
  readonly guests: 'all' | readonly number[];
  /** With `all`. */
  readonly exclude?: readonly number[];
  readonly mode: 'snapshot' | 'suspend' | 'stop';
  readonly compress: 'zstd' | 'gzip' | 'lzo' | '0';
  readonly enabled: boolean;
  /** How many backups stay, as prune-backups of Proxmox VE: `{ 'keep-last': 3 }`. */
  readonly keep?: Readonly<Record<string, number>>;
  readonly comment?: string;
}

/** Where guests that the HA manager keeps may run (Proxmox VE 9). */
export type HaRule = {
  /** Ids of guests. */
  readonly resources: readonly number[];
  readonly disable?: boolean;
  readonly comment?: string;
} & (
  | {
      readonly type: 'node-affinity';
      /** `pve1`, or with a priority `pve1:2`: the highest one counts that is there. */
      readonly nodes: readonly string[];
      /** On no other node at all. */
      readonly strict?: boolean;
    }
  | { readonly type: 'resource-affinity'; readonly affinity: 'positive' | 'negative' }
);

export interface Nvidia {
  readonly version: string;
  readonly runfile: string;
  readonly sha256?: string;
  /** Number of cards that the node has. */
  readonly gpus: number;
  /** Keeps the driver initialised while no program uses the cards. */
  readonly persistence: boolean;
}

/** PCI devices that are given whole to VMs. */
export interface Vfio {
  /** `vendor:device` of the devices, such as `10de:2d04`: every card of this kind is taken from the node. */
  readonly ids: readonly string[];
  /** Words for the kernel's command line. */
  readonly cmdline: readonly string[];
}

export interface HostUser {
  /** `nopasswd`: without being asked for the password. */
  readonly sudo: boolean | 'nopasswd';
  /** Administrator of Proxmox VE, as user@pam. */
  readonly administrator: boolean;
  readonly groups: readonly string[];
  readonly shell: string;
  readonly sshKeys: readonly string[];
  readonly password?: SecretRef;
}

/** Users, roles and rights inside Proxmox VE. */
export interface Access {
  /** By user id, `name@realm`. */
  readonly users: Readonly<Record<string, AccessUser>>;
  readonly groups: Readonly<Record<string, { readonly comment?: string }>>;
  /** Role name → privileges. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** Path → who (`name@realm`, `@group` or `name@realm!token`) → roles. */
  readonly acl: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** By full id, `name@realm!token`. The value is written once, to /var/lib/phx/tokens/. */
  readonly tokens: Readonly<Record<string, { readonly comment?: string; readonly privsep: boolean }>>;
}

export interface AccessUser {
  readonly comment?: string;
  readonly email?: string;
  readonly enable: boolean;
  readonly groups: readonly string[];
}

export interface NfsExport {
  readonly clients: readonly string[];
  readonly options: readonly string[];
}

export interface Samba {
  readonly workgroup: string;
  readonly user: string;
  readonly password?: SecretRef;
  readonly shares: Readonly<Record<string, Share>>;
}

export interface Share {
  readonly path: string;
  readonly validUsers: readonly string[];
  readonly browseable: boolean;
  readonly writable: boolean;
}

/** A name server on the node itself (dnsmasq), which knows the guests by name. */
export interface Dns {
  readonly domain: string;
  /** Where other names are looked up. */
  readonly upstream: readonly string[];
  /** Further names: name → address. */
  readonly records: Readonly<Record<string, string>>;
}

export interface Certificates {
  /** Name → file of the project with a CA certificate that the node trusts. */
  readonly trusted: Readonly<Record<string, string>>;
  /** A script of the project that renews certificates, and when systemd starts it. */
  readonly renew?: { readonly script: string; readonly calendar: string };
}
