/** Keys of a container that only Proxmox VE 9.2 knows. Pure. */

import type { Container } from '../../src/config/fleet.ts';
import { lxcKeySince, normalLine, splitLine } from '../../src/proxmox/lxc-keys.ts';

/** What `configure` sends and only Proxmox VE 9.2 knows. */
export function newKeys(ct: Container): string[] {
  const lines = (ct.lxc ?? []).map((line) => splitLine(normalLine(line)).key);
  const nets = Object.entries(ct.nets).filter(([, net]) => net['host-managed'] !== undefined);
  return [
    ...(ct.entrypoint === undefined ? [] : ['entrypoint']),
    ...(ct.env === undefined ? [] : ['env']),
    ...nets.map(([name]) => `${name}.host-managed`),
    ...lines.filter((key) => lxcKeySince(key) === '9.2'),
  ].filter((key) => !ct.ignore.includes(key));
}

/** What `volumes` sends and only Proxmox VE 9.2 knows. */
export function newMountKeys(ct: Container): string[] {
  const mounts = Object.entries({ rootfs: ct.rootfs, ...ct.mounts });
  return mounts.flatMap(([name, mount]) => [
    ...(mount.idmap === undefined ? [] : [`${name}.idmap`]),
    ...('keepattrs' in mount && mount.keepattrs ? [`${name}.keepattrs`] : []),
  ]);
}
