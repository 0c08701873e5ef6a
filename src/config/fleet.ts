/**
 * What a project's configuration says, after all layers were merged and checked: plain data, named as `pct` and `qm`
 * name things. The schema in `schema/` accepts exactly this; it knows no task and no host.
 */

import type { CloudInit } from './cloud-init.ts';
import type { GuestFirewall } from './firewall.ts';
import type { Health, HealthCheck } from './health.ts';
import type { Drive, Hardware, IpConfig, RootDisk, VmNet } from './machine.ts';
import type { Hypervisor } from './node.ts';
import type { SecretRef } from './secret-ref.ts';

export type * from './cloud-init.ts';
export type * from './firewall.ts';
export type * from './health.ts';
export type * from './machine.ts';
export type * from './node.ts';
export type * from './secret-ref.ts';

export interface Fleet {
  /** The node; of a cluster what its nodes have in common, and what is one thing for all of them (storage, access …). */
  readonly hypervisor: Hypervisor;
  /** The nodes of a cluster by their names, in the order of the phoenixfile; absent: there is but one. */
  readonly nodes?: Readonly<Record<string, Hypervisor>>;
  /** Containers and VMs by id (decimal text). */
  readonly guests: Readonly<Record<string, Guest>>;
}

export type Guest = Container | VirtualMachine;

/** Keys that containers and VMs share. */
export interface GuestBase {
  readonly id: number;
  /** Of a cluster, the node that it is made on; where it lives later is observed. Exclusive with `place`. */
  readonly node?: string;
  /** Of a cluster: it is made on the one of these nodes that has most left. */
  readonly place?: Placement;
  /** Whether it is moved to `node` when it lives elsewhere; without it, it stays where it is. */
  readonly migrate?: 'offline' | 'online';
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
  /** Whether a change that waits for the next start gets it at once, or is only reported. */
  readonly restart: 'auto' | 'manual';
  /** Whether a layer that was applied anew and leaves the guest unwell is taken back. */
  readonly rollback: 'on-failure' | 'never';
  readonly safety: Safety;
  /** Feature scripts, in order; task `feature:<name>` each. */
  readonly layers: readonly LayerRef[];
  readonly app?: AppRef;
  /** Versions that `phx update` chose, by layer (`app:qdrant`) and parameter. */
  readonly pins?: Pins;
  readonly health?: Health;
  /** Slower checks, for `phx check --integration` only. */
  readonly tests?: readonly HealthCheck[];
  readonly firewall?: GuestFirewall;
  /** A named snapshot taken after health; what clones are made from. */
  readonly snapshot?: string;
  /** Guests whose health this one's features and application wait for at first build. */
  readonly dependencies: readonly number[];
  /** Of a cluster: its HA manager keeps the guest. */
  readonly ha?: Ha;
  /** Values that other guests' templates may read, by name: `{ port: 8000 }`. */
  readonly exports?: Readonly<Record<string, string | number>>;
  readonly drift: 'mend' | 'ask' | 'report';
  /** Config keys that phx leaves as it finds them. */
  readonly ignore: readonly string[];
}

/** How a node is chosen for a guest that must still be made. */
export interface Placement {
  /** What the chosen node has most of: memory that no guest of the fleet or of the node is to have, or room on its root's storage. */
  readonly by: 'memory' | 'disk';
  readonly among: readonly string[];
}

/** A guest as the HA manager keeps it, named as `ha-manager` names it. */
export interface Ha {
  /** Without it, what the guest's own `state` says; `ignored`: the manager leaves it alone. */
  readonly state?: 'started' | 'stopped' | 'ignored';
  /** Tries to start it again on the same node. */
  readonly max_restart?: number;
  /** Tries on another node after that. */
  readonly max_relocate?: number;
  /** Whether it goes back to the node that a rule prefers (Proxmox VE 9.2). */
  readonly failback?: boolean;
  readonly comment?: string;
}

/** What is taken before a layer that stands is applied anew. */
export interface Safety {
  /** `dataset`: a snapshot of the ZFS dataset of its root alone; what lies beside the root stays in the present. */
  readonly by: 'snapshot' | 'dataset' | 'backup' | 'none';
  /** How many of these stay. */
  readonly keep: number;
  /** Where backups go; else the first storage that takes them. */
  readonly storage?: string;
}

/** Layer → parameter → version. */
export type Pins = Readonly<Record<string, Readonly<Record<string, string>>>>;

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

export interface Container extends GuestBase {
  readonly kind: 'ct';
  readonly hostname: string;
  /** Template volume or OCI archive, `storage:vztmpl/file`. Exactly one of ostemplate, clone and adopted. */
  readonly ostemplate?: string;
  /** It was there before phx: nobody knows what it was made of. */
  readonly adopted?: true;
  readonly clone?: CloneSource;
  /** Turned into a template once built, for linked clones. */
  readonly template?: boolean;
  readonly unprivileged: boolean;
  /** Size in GiB. */
  readonly rootfs: { readonly storage: string; readonly size: number } & MountOptions;
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
  readonly debug?: boolean;
  /** Init command (Proxmox VE 9.2). */
  readonly entrypoint?: string;
  /** Environment of the init command (Proxmox VE 9.2). */
  readonly env?: Readonly<Record<string, string>>;
  /** Raw lines, `lxc.key: value`. */
  readonly lxc?: readonly string[];
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
  /** dev0 … dev255 by their Proxmox names. */
  readonly devs: Readonly<Record<string, Device>>;
  /** Indices of the node's NVIDIA GPUs. */
  readonly gpus: readonly number[];
}

/** A device node handed through. */
export interface Device {
  readonly path: string;
  readonly mode?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly 'deny-write'?: boolean;
}

export interface CloneSource {
  readonly from: number;
  /** Default: what the source and its storage can do. */
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
  readonly trunks?: readonly number[];
  readonly type?: 'veth';
  /** Proxmox VE 9.2. */
  readonly 'host-managed'?: boolean;
}

/** What `pct` takes for every mount, the root too. */
export interface MountOptions {
  readonly acl?: boolean;
  readonly mountoptions?: readonly string[];
  readonly quota?: boolean;
  readonly replicate?: boolean;
  readonly ro?: boolean;
  readonly shared?: boolean;
  /** Proxmox VE 9.2. */
  readonly idmap?: string;
}

export interface Mount extends MountOptions {
  /** Storage id of a volume that phx allocates; or `source` for a bind mount. */
  readonly storage?: string;
  /** GiB, with `storage`. */
  readonly size?: number;
  /** Directory on the node, without `storage`. */
  readonly source?: string;
  /** Path inside the guest. */
  readonly mp: string;
  readonly backup?: boolean;
  /** Proxmox VE 9.2. */
  readonly keepattrs?: boolean;
  /** Owner, group (numbers inside the guest) and mode with which a `source` is made. */
  readonly owner?: number;
  readonly group?: number;
  readonly mode?: string;
}

export interface VirtualMachine extends GuestBase, Hardware {
  readonly kind: 'vm';
  readonly name: string;
  /** Key of hypervisor.images. Exactly one of image, clone and adopted. */
  readonly image?: string;
  /** It was there before phx: nobody knows what it was made of. */
  readonly adopted?: true;
  readonly clone?: CloneSource;
  /** Turned into a template once built, for linked clones. */
  readonly template?: boolean;
  readonly disk: RootDisk;
  /** Further drives by their Proxmox names: scsi1, virtio0, sata0, ide2 … */
  readonly drives: Readonly<Record<string, Drive>>;
  /** net0 … net31 by their Proxmox names. */
  readonly nets: Readonly<Record<string, VmNet>>;
  /** ipconfig0 … ipconfig31 by their Proxmox names. */
  readonly ipconfig: Readonly<Record<string, IpConfig>>;
  readonly ciuser?: string;
  readonly cipassword?: SecretRef;
  readonly sshkeys?: readonly string[];
  readonly citype?: 'configdrive2' | 'nocloud' | 'opennebula';
  readonly ciupgrade?: boolean;
  /** Own data in the place of what Proxmox would make. */
  readonly cloudInit?: CloudInit;
  /** Indices of the node's NVIDIA GPUs that it is given whole. */
  readonly gpus?: readonly number[];
}
