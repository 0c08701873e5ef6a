/** The observed state of a node, parsed from a sweep. Pure data; it knows no host and no task. */

import type { Layer } from './guest-script.ts';

export interface GuestFacts {
  readonly id: number;
  readonly kind: 'ct' | 'vm';
  readonly running: boolean;
  /** The conf file as it stands, snapshot sections included. */
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
}

/** A dir storage's template file. */
export interface TemplateFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** What the host sections of a sweep say. */
export interface HostFacts {
  readonly node: NodeFacts;
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
  /** Text of /etc/pve/storage.cfg. */
  readonly storageCfg: string;
  readonly templates: readonly TemplateFile[];
  readonly zpools: ReadonlyMap<string, Zpool>;
  /** File systems: full name → property → value as `zfs get -p` prints it. */
  readonly datasets: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export interface Zpool {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly free: number;
  readonly health: string;
  /** `disk`, `mirror`, `raidz1` …, with the disks' paths. */
  readonly vdevs: readonly { readonly kind: string; readonly disk: string }[];
}

export interface Facts {
  readonly host: HostFacts;
  readonly guests: ReadonlyMap<number, GuestFacts>;
  /** Asked files: path → text, or undefined when there is none. */
  readonly files: ReadonlyMap<string, string | undefined>;
}
