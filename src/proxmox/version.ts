/** Which Proxmox VE a node runs, by its packages. Pure. */

export interface PveVersion {
  readonly major: number;
  readonly minor: number;
}

/** By `pve-manager`, whose version is that of Proxmox VE; undefined when it cannot be told. */
export function pveVersion(packages: ReadonlyMap<string, string>): PveVersion | undefined {
  const match = /^(\d+)\.(\d+)/.exec(packages.get('pve-manager') ?? '');
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : undefined;
}

/** Whether the node runs this version (`9.2`) or a later one; undefined when it cannot be told. */
export function atLeast(packages: ReadonlyMap<string, string>, wanted: string): boolean | undefined {
  const present = pveVersion(packages);
  const [major = 0, minor = 0] = wanted.split('.').map(Number);
  return present && (present.major > major || (present.major === major && present.minor >= minor));
}
