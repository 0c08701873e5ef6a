/** The parts of the twin's state that are about the machine itself: disks, boot, interfaces, timers. Pure data. */

/** A partition, or what lies on one (a logical volume). */
export interface DiskPart {
  /** Such as `/dev/sda1`. */
  name: string;
  /** As lsblk names it; absent = `part`. */
  type?: string;
  /** The device under it; absent = the disk itself. */
  parent?: string;
  /** Bytes. */
  size: number;
  fstype?: string;
  label?: string;
  mountpoint?: string;
  /** Its pool was destroyed: the signature is there, but zpool no longer minds it. */
  destroyed?: true;
}

/** What is on a disk. One without signatures and parts is blank. */
export interface DiskState {
  /** Such as `/dev/nvme0n1`. */
  device: string;
  /** As lsblk names it; absent = `disk`. */
  type?: string;
  /** Further paths below /dev/disk/by-id that mean this disk. */
  also?: string[];
  /** Bytes. */
  size: number;
  /** Each after the one that it lies on. */
  parts: DiskPart[];
  pttype?: string;
  fstype?: string;
  label?: string;
  mountpoint?: string;
}

/** What this boot was started with and the next one will be. */
export interface BootState {
  /** Kernel command line of this boot. */
  cmdline: string;
  /** What names the root file system in it. */
  root: string;
  /** What the boot loader adds to it at the next boot. */
  options: string;
  /** The kernel that runs. */
  kernel: string;
  /** The kernels that are installed. */
  kernels: string[];
}

/** An interface that is up, as the interfaces file was when it was last applied. */
export interface Link {
  name: string;
  /** What it rests on: ports of a bridge, slaves of a bond. */
  ports: string[];
  address?: string;
  gateway?: string;
}

/** A transient timer of `systemd-run`. */
export interface Timer {
  /** Without `.timer`. */
  unit: string;
  /** Epoch milliseconds. */
  at: number;
  argv: string[];
}
