/** Keys that the node's Proxmox VE is too old for: told before any command is sent. Pure. */

import type { Container } from '../../src/config/fleet.ts';
import type { Assessment } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { lxcKeySince, normalLine, splitLine } from '../../src/proxmox/lxc-keys.ts';
import { atLeast } from '../../src/proxmox/version.ts';
import { targetOf } from '../guest/names.ts';

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

export function tooOld(ct: Container, keys: readonly string[], facts: Facts): Assessment | undefined {
  const { packages } = facts.host;
  if (keys.length === 0 || atLeast(packages, '9.2') !== false) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `container ${ct.id} asks for what this Proxmox VE does not know yet`,
      facts: [
        ['keys', keys.join(', ')],
        ['need', 'Proxmox VE 9.2'],
        ['node', `pve-manager ${packages.get('pve-manager')}`],
      ],
      hint: 'Upgrade the node, or leave these keys out. Nothing was changed.',
      command: `phx config ${targetOf(ct)}`,
    },
  };
}
