/** What `cloudInit` of a VM says: plain data, named as cloud-init names it. The schema accepts exactly this. Types only. */

import type { SecretRef } from './secret-ref.ts';

/** Custom user, network, meta and vendor data, in the place of what Proxmox makes of ciuser, sshkeys and the like. */
export interface CloudInit {
  /** Where the snippets lie; else the first storage of the configuration that takes them. */
  readonly storage?: string;
  /** Changed data makes a new instance of the guest, which does all of it again at its next boot. */
  readonly newInstance?: boolean;
  readonly fqdn?: string;
  /** `default`: the account of the image, also where others are named. */
  readonly users?: readonly ('default' | CloudUser)[];
  readonly ssh_pwauth?: boolean;
  readonly disable_root?: boolean;
  readonly package_update?: boolean;
  readonly package_upgrade?: boolean;
  readonly package_reboot_if_required?: boolean;
  /** A name, or a name with its version. */
  readonly packages?: readonly (string | readonly [name: string, version: string])[];
  readonly apt?: CloudApt;
  readonly write_files?: readonly CloudFile[];
  /** At every boot, early. */
  readonly bootcmd?: readonly Argv[];
  /** Once an instance, late. */
  readonly runcmd?: readonly Argv[];
  /** Fields of fstab, the device and the mount point at least. */
  readonly mounts?: readonly (readonly string[])[];
  readonly swap?: { readonly filename?: string; readonly size?: string; readonly maxsize?: string };
  readonly growpart?: {
    readonly mode?: 'auto' | 'growpart' | 'gpart' | 'off';
    readonly devices?: readonly string[];
    readonly ignore_growroot_disabled?: boolean;
  };
  readonly resize_rootfs?: boolean | 'noblock';
  /** Partitions of further disks, by device. */
  readonly disk_setup?: Readonly<Record<string, DiskSetup>>;
  readonly fs_setup?: readonly FsSetup[];
  readonly timezone?: string;
  readonly locale?: string;
  readonly ntp?: {
    readonly enabled?: boolean;
    readonly servers?: readonly string[];
    readonly pools?: readonly string[];
    readonly ntp_client?: string;
  };
  readonly ca_certs?: {
    readonly remove_defaults?: boolean;
    /** Files of the project. */
    readonly trusted?: readonly string[];
  };
  readonly power_state?: {
    readonly mode: 'poweroff' | 'reboot' | 'halt';
    /** Minutes. */
    readonly delay?: 'now' | number;
    /** Seconds. */
    readonly timeout?: number;
    readonly message?: string;
    readonly condition?: boolean | Argv;
  };
  readonly final_message?: string;
  /** By the interface's Proxmox name, net0 … net31: laid over what its ipconfig says. */
  readonly network?: Readonly<Record<string, CloudNet>>;
}

/** A program and its arguments; no shell reads them. */
export type Argv = readonly string[];

export interface CloudUser {
  readonly name: string;
  readonly gecos?: string;
  readonly primary_group?: string;
  readonly groups?: readonly string[];
  readonly shell?: string;
  readonly homedir?: string;
  readonly uid?: number;
  readonly system?: boolean;
  readonly no_create_home?: boolean;
  /** A rule of sudoers without the name. */
  readonly sudo?: string;
  readonly ssh_authorized_keys?: readonly string[];
  readonly lock_passwd?: boolean;
  /** Hashed before it goes anywhere. */
  readonly password?: SecretRef;
  /** As mkpasswd prints it. */
  readonly hashed_passwd?: SecretRef;
}

export interface CloudApt {
  readonly preserve_sources_list?: boolean;
  readonly proxy?: string;
  /** Text of apt.conf. */
  readonly conf?: string;
  readonly primary?: readonly { readonly arches: readonly string[]; readonly uri: string }[];
  /** By name: the file below sources.list.d. */
  readonly sources?: Readonly<
    Record<
      string,
      { readonly source: string; readonly keyid?: string; readonly keyserver?: string; readonly key?: string }
    >
  >;
}

/** A file of the guest, from exactly one of `content` and `file`. */
export interface CloudFile {
  readonly path: string;
  readonly content?: string | SecretRef;
  /** A file of the project. */
  readonly file?: string;
  /** Octal digits. */
  readonly permissions?: string;
  /** `user` or `user:group`. */
  readonly owner?: string;
  readonly append?: boolean;
  /** Written once accounts and packages are there. */
  readonly defer?: boolean;
}

export interface DiskSetup {
  readonly table_type?: 'mbr' | 'gpt';
  /** One partition for all of it, none, or a share in percent each. */
  readonly layout?: boolean | readonly number[];
  readonly overwrite?: boolean;
}

export interface FsSetup {
  readonly device: string;
  readonly filesystem: string;
  readonly label?: string;
  readonly partition?: 'auto' | 'any' | 'none';
  readonly overwrite?: boolean;
}

/** An interface, as netplan names its keys. */
export interface CloudNet {
  readonly dhcp4?: boolean;
  readonly dhcp6?: boolean;
  readonly 'accept-ra'?: boolean;
  readonly addresses?: readonly string[];
  readonly routes?: readonly CloudRoute[];
  readonly nameservers?: { readonly addresses?: readonly string[]; readonly search?: readonly string[] };
  readonly mtu?: number;
  readonly optional?: boolean;
}

export interface CloudRoute {
  /** A network, or `default`. */
  readonly to: string;
  readonly via: string;
  readonly metric?: number;
  readonly 'on-link'?: boolean;
}
