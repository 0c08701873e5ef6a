/**
 * What a project's configuration says, after all layers were merged and checked: plain data, named as `pct` and `qm`
 * name things. The schema in `schema/` accepts exactly this; it knows no task and no host.
 */

/** A reference to a secret; the value itself never stands in a config file. */
export interface SecretRef {
  /** `env:NAME`, `file:/path` or `exec:program args`. */
  readonly secret: string;
}

export interface Fleet {
  readonly hypervisor: Hypervisor;
  /** Containers and VMs by id (decimal text). */
  readonly guests: Readonly<Record<string, Guest>>;
}

export type Guest = Container | VirtualMachine;

/** Keys that containers and VMs share. */
export interface GuestBase {
  readonly id: number;
  readonly tags?: readonly string[];
  readonly description?: string;
  readonly cores?: number;
  /** MiB. */
  readonly memory: number;
  readonly onboot?: boolean;
  readonly startup?: { readonly order?: number; readonly up?: number; readonly down?: number };
  readonly protection?: boolean;
  readonly nameserver?: readonly string[];
  readonly searchdomain?: string;
  /** What the guest is kept as once built. Clone sources are `stopped`. */
  readonly state: 'running' | 'stopped';
  /** Feature scripts, in order; task `feature:<name>` each. */
  readonly layers: readonly LayerRef[];
  readonly app?: AppRef;
  readonly health?: Health;
  readonly firewall?: GuestFirewall;
  /** A named snapshot taken after health; what clones are made from. */
  readonly snapshot?: string;
  /** Guests whose health this one's features and application wait for at first build. */
  readonly dependencies: readonly number[];
  /** Values that other guests' templates may read, by name: `{ port: 8000 }`. */
  readonly exports?: Readonly<Record<string, string | number>>;
  readonly drift: 'mend' | 'ask' | 'report';
  /** Config keys that phx leaves as it finds them. */
  readonly ignore: readonly string[];
}

export interface LayerRef {
  /** Name of templates/features/<name>.sh.hbs. */
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface AppRef {
  /** Name of templates/apps/<name>.sh.hbs. */
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** One check, run inside the guest: exactly one of the keys is present. */
export type HealthCheck =
  | { readonly http: string }
  | { readonly tcp: number }
  | { readonly unit: string }
  | { readonly file: string }
  | { readonly exec: readonly string[] };

export interface Health {
  readonly checks: readonly HealthCheck[];
  readonly retries: number;
  /** Seconds between two tries. */
  readonly interval: number;
  /** Seconds for all tries together. */
  readonly deadline: number;
}

/** One line of a Proxmox VE firewall file. */
export interface FirewallRule {
  readonly type: 'in' | 'out';
  readonly action: 'ACCEPT' | 'DROP' | 'REJECT';
  /** Address, network or `+ipset`, as the firewall file takes it. */
  readonly source?: string;
  readonly dest?: string;
  readonly proto?: string;
  /** Port, list (`80,443`) or range (`5900:5999`). */
  readonly dport?: string;
  readonly comment?: string;
}

/** A guest's own firewall file. It acts where the node's firewall is enabled and the interface has `firewall: true`. */
export interface GuestFirewall {
  readonly enabled: boolean;
  readonly policyIn?: 'ACCEPT' | 'DROP' | 'REJECT';
  readonly policyOut?: 'ACCEPT' | 'DROP' | 'REJECT';
  readonly rules: readonly FirewallRule[];
}

export interface Container extends GuestBase {
  readonly kind: 'ct';
  readonly hostname: string;
  /** Template volume, `storage:vztmpl/file`. Exactly one of template and clone. */
  readonly template?: string;
  readonly clone?: CloneSource;
  readonly unprivileged: boolean;
  /** Size in GiB. */
  readonly rootfs: { readonly storage: string; readonly size: number };
  readonly ostype?: string;
  readonly arch?: string;
  /** MiB. */
  readonly swap: number;
  readonly cpulimit?: number;
  readonly cpuunits?: number;
  readonly timezone?: string;
  readonly tty?: number;
  readonly console?: boolean;
  readonly cmode?: 'tty' | 'console' | 'shell';
  readonly hookscript?: string;
  readonly features?: {
    readonly nesting?: boolean;
    readonly keyctl?: boolean;
    readonly fuse?: boolean;
    readonly mknod?: boolean;
    readonly force_rw_sys?: boolean;
    readonly mount?: readonly string[];
  };
  /** net0 … net31 by their Proxmox names. */
  readonly nets: Readonly<Record<string, ContainerNet>>;
  /** mp0 … mp255 by their Proxmox names. */
  readonly mounts: Readonly<Record<string, Mount>>;
  /** Indices of the node's NVIDIA GPUs. */
  readonly gpus: readonly number[];
}

export interface CloneSource {
  readonly from: number;
  /** Default: full for a source that is kept as a snapshot. */
  readonly full?: boolean;
}

export interface ContainerNet {
  readonly name: string;
  readonly bridge: string;
  readonly hwaddr?: string;
  /** CIDR address, `dhcp` or `manual`. */
  readonly ip?: string;
  readonly gw?: string;
  readonly ip6?: string;
  readonly gw6?: string;
  readonly firewall?: boolean;
  readonly tag?: number;
  readonly mtu?: number;
  /** MB/s. */
  readonly rate?: number;
  readonly link_down?: boolean;
}

export interface Mount {
  /** Storage id of a volume that phx allocates; or `source` for a bind mount. */
  readonly storage?: string;
  /** GiB, with `storage`. */
  readonly size?: number;
  /** Directory on the node, without `storage`. */
  readonly source?: string;
  /** Path inside the guest. */
  readonly mp: string;
  readonly ro?: boolean;
  readonly backup?: boolean;
}

export interface VirtualMachine extends GuestBase {
  readonly kind: 'vm';
  readonly name: string;
  /** Key of hypervisor.images. Exactly one of image and clone. */
  readonly image?: string;
  readonly clone?: CloneSource;
  readonly template?: boolean;
  readonly disk: { readonly storage: string; readonly size: number };
  readonly nets: Readonly<Record<string, VmNet>>;
  readonly ipconfig: Readonly<Record<string, { readonly ip: string; readonly gw?: string }>>;
  readonly ciuser?: string;
  readonly sshkeys?: readonly string[];
  readonly cipassword?: SecretRef;
  readonly agent: boolean;
}

export interface VmNet {
  readonly model: string;
  readonly bridge: string;
  readonly macaddr?: string;
  readonly firewall?: boolean;
  readonly tag?: number;
}

/** The node itself. Sections without a task yet are carried and checked all the same. */
export interface Hypervisor {
  /** Defaults to the node's own. */
  readonly hostname?: string;
  readonly timezone?: string;
  /** What the machine has; the checks on memory, cores and GPU shares compare with it. */
  readonly node?: {
    /** MiB. */
    readonly memory: number;
    /** Hardware threads. */
    readonly cores?: number;
  };
  readonly repositories: {
    /** Debian suite, such as `trixie`. */
    readonly suite: string;
    readonly enterprise: boolean;
    readonly noSubscription: boolean;
    readonly ceph?: string;
  };
  /** Debian packages of the node itself. */
  readonly packages: readonly string[];
  readonly network: {
    readonly bridges: Readonly<Record<string, Bridge>>;
    readonly nameservers: readonly string[];
  };
  readonly zfs: {
    /** GiB. */
    readonly arcMax?: number;
    readonly pools: Readonly<Record<string, Zpool>>;
    /** By full name, `pool/dataset`; values are ZFS properties as `zfs set` takes them. */
    readonly datasets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  /** Storage definitions by id. */
  readonly storage: Readonly<Record<string, Storage>>;
  /** Container templates by file name. */
  readonly templates: Readonly<Record<string, { readonly storage: string; readonly sha512?: string }>>;
  /** Cloud images by name. */
  readonly images: Readonly<Record<string, { readonly url: string; readonly sha256?: string }>>;
  readonly nvidia?: {
    readonly version: string;
    readonly runfile: string;
    readonly sha256?: string;
    /** Number of cards that the node has. */
    readonly gpus: number;
  };
  readonly users: Readonly<Record<string, HostUser>>;
  readonly nfs: {
    readonly exports: Readonly<
      Record<string, { readonly clients: readonly string[]; readonly options: readonly string[] }>
    >;
  };
  readonly samba?: {
    readonly workgroup: string;
    readonly user: string;
    readonly password?: SecretRef;
    readonly shares: Readonly<
      Record<
        string,
        {
          readonly path: string;
          readonly validUsers: readonly string[];
          readonly browseable: boolean;
          readonly writable: boolean;
        }
      >
    >;
  };
  readonly firewall: {
    readonly enabled: boolean;
    readonly policyIn: 'ACCEPT' | 'DROP' | 'REJECT';
    readonly policyOut: 'ACCEPT' | 'DROP' | 'REJECT';
    /** Rules of the whole data centre, in order. */
    readonly rules?: readonly FirewallRule[];
  };
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

export type Storage =
  | {
      readonly type: 'zfspool';
      readonly pool: string;
      readonly content: readonly string[];
      readonly sparse?: boolean;
      readonly nodes?: readonly string[];
    }
  | {
      readonly type: 'dir';
      readonly path: string;
      readonly content: readonly string[];
      readonly shared?: boolean;
      readonly nodes?: readonly string[];
    };

export interface HostUser {
  readonly sudo: boolean;
  readonly administrator: boolean;
  readonly sshKeys: readonly string[];
  readonly password?: SecretRef;
}
