/** The parts of a virtual machine, named as `qm` names them: plain data that `fleet.ts` puts together. Types only. */

/** Limits of a drive's throughput, in MB, bytes or operations a second; the lengths of a burst in seconds. */
export type DriveLimit =
  | `mbps${'' | '_max' | '_rd' | '_rd_max' | '_wr' | '_wr_max'}`
  | `bps${'' | '_max_length' | '_rd' | '_rd_max_length' | '_wr' | '_wr_max_length'}`
  | `iops${'' | '_max' | '_max_length' | '_rd' | '_rd_max' | '_rd_max_length' | '_wr' | '_wr_max' | '_wr_max_length'}`;

/** What every drive takes. */
export interface DriveOptions extends Readonly<Partial<Record<DriveLimit, number>>> {
  readonly aio?: 'native' | 'threads' | 'io_uring';
  readonly backup?: boolean;
  readonly cache?: 'none' | 'writethrough' | 'writeback' | 'unsafe' | 'directsync';
  readonly detect_zeroes?: boolean;
  readonly discard?: 'ignore' | 'on';
  readonly media?: 'cdrom' | 'disk';
  readonly replicate?: boolean;
  readonly rerror?: 'ignore' | 'report' | 'stop';
  readonly werror?: 'enospc' | 'ignore' | 'report' | 'stop';
  readonly serial?: string;
  readonly shared?: boolean;
  readonly snapshot?: boolean;
  /** scsi and virtio. */
  readonly iothread?: boolean;
  readonly ro?: boolean;
  /** All but virtio. */
  readonly ssd?: boolean;
  readonly wwn?: string;
  /** scsi. */
  readonly product?: string;
  readonly vendor?: string;
  readonly queues?: number;
  readonly scsiblock?: boolean;
  /** ide. */
  readonly model?: string;
}

export type DiskFormat = 'raw' | 'qcow2' | 'vmdk';
export type Bus = 'scsi' | 'virtio' | 'sata' | 'ide';

/** The root disk, number 0 of its bus. */
export interface RootDisk extends DriveOptions {
  readonly storage: string;
  /** GiB. */
  readonly size: number;
  /** scsi without a word. */
  readonly bus?: Bus;
  /** Decided when the disk is made. */
  readonly format?: DiskFormat;
}

/** A further drive: a volume that phx allocates (`storage`), the cloud-init drive, or something that is there (`file`). */
export interface Drive extends DriveOptions {
  readonly storage?: string;
  /** GiB, with `storage`. */
  readonly size?: number;
  readonly format?: DiskFormat;
  /** What a new volume is filled with: a path on the node, or a volume. */
  readonly 'import-from'?: string;
  /** It is the drive that carries the settings of cloud-init; with `storage` alone. */
  readonly cloudinit?: boolean;
  /** A volume such as `local:iso/x.iso`, `none` for an empty CD drive, or a device of the node. */
  readonly file?: string;
}

export interface EfiDisk {
  readonly storage: string;
  readonly efitype?: '2m' | '4m';
  readonly format?: DiskFormat;
  readonly 'ms-cert'?: '2011' | '2023' | '2023w' | '2023k';
  readonly 'pre-enrolled-keys'?: boolean;
}

export interface TpmState {
  readonly storage: string;
  readonly version?: 'v1.2' | 'v2.0';
  /** Proxmox VE 9.2. */
  readonly format?: DiskFormat;
}

export interface VmNet {
  readonly model: string;
  readonly bridge?: string;
  readonly macaddr?: string;
  readonly firewall?: boolean;
  readonly link_down?: boolean;
  readonly mtu?: number;
  readonly queues?: number;
  /** MB/s. */
  readonly rate?: number;
  readonly tag?: number;
  readonly trunks?: readonly number[];
  /** Proxmox VE 9.2. */
  readonly 'host-tunnel'?: boolean;
}

/** The address that cloud-init gives the interface of the same number. */
export interface IpConfig {
  readonly ip?: string;
  readonly gw?: string;
  readonly ip6?: string;
  readonly gw6?: string;
}

export interface CpuModel {
  readonly cputype?: string;
  /** `+aes`, `-pcid`. */
  readonly flags?: readonly string[];
  readonly hidden?: boolean;
  readonly 'hv-vendor-id'?: string;
  readonly 'phys-bits'?: number | 'host';
  /** Proxmox VE 9.2. */
  readonly 'guest-phys-bits'?: number;
  readonly level?: number;
}

export interface NumaNode {
  readonly cpus: string;
  readonly hostnodes?: string;
  /** MiB. */
  readonly memory?: number;
  readonly policy?: 'preferred' | 'bind' | 'interleave';
}

export interface Agent {
  readonly enabled: boolean;
  readonly type?: 'virtio' | 'isa';
  readonly fstrim_cloned_disks?: boolean;
  readonly 'freeze-fs-on-backup'?: boolean;
  /** Proxmox VE 9.2. */
  readonly 'freeze-fs'?: boolean;
}

export interface MachineType {
  readonly type?: string;
  readonly viommu?: 'intel' | 'virtio';
  readonly 'enable-s3'?: boolean;
  readonly 'enable-s4'?: boolean;
  /** Proxmox VE 9.2. */
  readonly 'aw-bits'?: number;
}

export interface Vga {
  readonly type?: string;
  /** MiB. */
  readonly memory?: number;
  readonly clipboard?: 'vnc';
}

/** A PCI device by its address, or by a mapping of the data center. */
export interface HostPci {
  readonly host?: string;
  readonly mapping?: string;
  readonly mdev?: string;
  readonly pcie?: boolean;
  readonly rombar?: boolean;
  readonly romfile?: string;
  readonly 'x-vga'?: boolean;
  readonly 'legacy-igd'?: boolean;
  readonly 'vendor-id'?: string;
  readonly 'device-id'?: string;
  readonly 'sub-vendor-id'?: string;
  readonly 'sub-device-id'?: string;
  /** Proxmox VE 9.2. */
  readonly driver?: 'vfio' | 'keep';
}

export interface Usb {
  /** `1234:abcd`, `1-2.3` or `spice`. */
  readonly host?: string;
  readonly mapping?: string;
  readonly usb3?: boolean;
}

export interface Virtiofs {
  /** Name of a directory mapping. */
  readonly dirid: string;
  readonly cache?: 'auto' | 'always' | 'metadata' | 'never';
  readonly 'direct-io'?: boolean;
  readonly 'expose-acl'?: boolean;
  readonly 'expose-xattr'?: boolean;
}

export interface Audio {
  readonly device: 'ich9-intel-hda' | 'intel-hda' | 'AC97';
  readonly driver?: 'spice' | 'none';
}

export interface Rng {
  readonly source: '/dev/urandom' | '/dev/random' | '/dev/hwrng';
  readonly max_bytes?: number;
  readonly period?: number;
}

export interface Watchdog {
  readonly model?: 'i6300esb' | 'ib700';
  readonly action?: 'reset' | 'shutdown' | 'poweroff' | 'pause' | 'debug' | 'none';
}

/** Plain text; phx encodes it as Proxmox wants it. */
export interface Smbios {
  readonly uuid?: string;
  readonly manufacturer?: string;
  readonly product?: string;
  readonly version?: string;
  readonly serial?: string;
  readonly sku?: string;
  readonly family?: string;
}

export interface Ivshmem {
  /** MiB. */
  readonly size: number;
  readonly name?: string;
}

export interface AmdSev {
  readonly type: 'std' | 'es' | 'snp';
  readonly 'no-debug'?: boolean;
  readonly 'no-key-sharing'?: boolean;
  readonly 'kernel-hashes'?: boolean;
  readonly 'allow-smt'?: boolean;
}

/** Proxmox VE 9.2. */
export interface IntelTdx {
  readonly type: 'tdx';
  readonly attestation: boolean;
  readonly 'vsock-cid'?: number;
  readonly 'vsock-port'?: number;
}

export interface Spice {
  readonly foldersharing?: boolean;
  readonly videostreaming?: 'off' | 'all' | 'filter';
}

/** The keys of `qm` that say what a machine is made of; each is sent as it is named. */
export interface Hardware {
  readonly cpu?: string | CpuModel;
  readonly sockets?: number;
  readonly vcpus?: number;
  readonly cpulimit?: number;
  readonly cpuunits?: number;
  readonly affinity?: string;
  readonly numa?: boolean;
  /** numa0 … numa7 by their Proxmox names. */
  readonly numas: Readonly<Record<string, NumaNode>>;
  /** MiB that it always keeps; 0 switches ballooning off. */
  readonly balloon?: number;
  readonly shares?: number;
  readonly hugepages?: 'any' | '2' | '1024';
  readonly keephugepages?: boolean;
  /** Proxmox VE 9.2. */
  readonly 'allow-ksm'?: boolean;
  readonly ostype?: string;
  readonly arch?: 'x86_64' | 'aarch64';
  readonly machine?: string | MachineType;
  readonly bios?: 'seabios' | 'ovmf';
  readonly efidisk0?: EfiDisk;
  readonly tpmstate0?: TpmState;
  readonly scsihw?: string;
  readonly boot?: readonly string[];
  readonly agent: boolean | Agent;
  readonly vga?: string | Vga;
  /** serial0 … serial3: `socket` or a device of the node. */
  readonly serials: Readonly<Record<string, string>>;
  readonly parallels: Readonly<Record<string, string>>;
  readonly audio0?: Audio;
  readonly hostpcis: Readonly<Record<string, HostPci>>;
  readonly usbs: Readonly<Record<string, Usb>>;
  readonly virtiofs: Readonly<Record<string, Virtiofs>>;
  readonly hotplug?: boolean | readonly string[];
  readonly tablet?: boolean;
  readonly rng0?: string | Rng;
  readonly watchdog?: string | Watchdog;
  readonly smbios1?: Smbios;
  readonly vmgenid?: string;
  readonly hookscript?: string;
  readonly args?: string;
  readonly kvm?: boolean;
  readonly acpi?: boolean;
  readonly localtime?: boolean;
  readonly startdate?: string;
  readonly freeze?: boolean;
  readonly reboot?: boolean;
  readonly tdf?: boolean;
  readonly spice_enhancements?: Spice;
  readonly ivshmem?: Ivshmem;
  readonly 'amd-sev'?: AmdSev;
  /** Proxmox VE 9.2. */
  readonly 'intel-tdx'?: IntelTdx;
  readonly keyboard?: string;
  readonly vmstatestorage?: string;
  readonly migrate_downtime?: number;
  readonly migrate_speed?: number;
}
