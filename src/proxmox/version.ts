/** Which Proxmox VE a node has, told by its packages. Pure; it knows no feature of any version. */

export interface PveVersion {
  readonly major: number;
  readonly minor: number;
}

/** Version of the node's Proxmox VE; undefined when it tells none. */
export function pveVersion(packages: ReadonlyMap<string, string>): PveVersion | undefined {
  return versionIn(packages.get('pve-manager') ?? '');
}

/** Whether the node has this version, such as `9.2`, or a later one; undefined when it tells none. */
export function atLeast(packages: ReadonlyMap<string, string>, wanted: string): boolean | undefined {
  const [own, least] = [pveVersion(packages), versionIn(wanted)];
  if (!own || !least) return undefined;
  return own.major > least.major || (own.major === least.major && own.minor >= least.minor);
}

function versionIn(text: string): PveVersion | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}
