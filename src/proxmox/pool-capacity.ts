/** How much a ZFS pool holds that is made of disks of one size, before anything of its own is taken off. Pure. */

export type Raid = 'single' | 'stripe' | 'mirror' | 'raidz1' | 'raidz2' | 'raidz3';

/** In the unit of `size`, that of the smallest disk. */
export function capacityOf(raid: Raid, disks: number, size: number): number {
  const parity = { single: 0, stripe: 0, mirror: disks - 1, raidz1: 1, raidz2: 2, raidz3: 3 }[raid];
  return size * Math.max(0, disks - parity);
}
