/**
 * What a project's configuration says, after all layers were merged and checked: plain data, named as `pct` and `qm`
 * name things. The schema in `schema/` accepts exactly this; it knows no task and no host.
 */

import type { GuestFirewall } from './firewall.ts';
import type { Hypervisor } from './node.ts';
import type { SecretRef } from './secret-ref.ts';

export type * from './firewall.ts';
export type * from './node.ts';
export type * from './secret-ref.ts';

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
