/** A clone that is born on another node than that of its source: where to, and what of the present state is in the way. Pure. */

import { way } from '../../src/config/across.ts';
import type { Fleet, Guest } from '../../src/config/fleet.ts';
import type { Problem } from '../../src/core/event.ts';
import { parseProperties } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { confOf } from '../../src/proxmox/guest-conf.ts';
import { isShared, parseStorageCfg } from '../../src/proxmox/storage-cfg.ts';
import { targetOf } from '../guest/names.ts';
import { whereaboutsOf } from './whereabouts.ts';

/** The node for `--target`; undefined: it is born beside its source. */
export function targetOfClone(guest: Guest, source: Guest, fleet: Fleet, facts: Facts): string | undefined {
  const to = whereaboutsOf(guest.id, fleet)?.now(facts);
  return to === whereaboutsOf(source.id, fleet)?.now(facts) ? undefined : to;
}

/** Somebody may have put the source elsewhere than its configuration says: Proxmox would refuse its clone. */
export function acrossProblem(guest: Guest, source: Guest, fleet: Fleet, facts: Facts): Problem | undefined {
  const there = facts.guests.get(source.id);
  const target = there && targetOfClone(guest, source, fleet, facts);
  if (!there || target === undefined) return undefined;
  const sections = parseStorageCfg(facts.host.storageCfg);
  const wanted = guest.kind === 'ct' ? guest.rootfs.storage : guest.disk.storage;
  const volumes = guest.kind === 'ct' ? [] : drivesOf(confOf(there).keys);
  const seen: [string, string][] = [
    ['its own root', wanted],
    ...volumes.map(([key, volume]): [string, string] => [key, volume]),
  ];
  const local = seen.filter(([, volume]) => {
    const section = sections.get(volume.replace(/:.*$/, ''));
    return section !== undefined && !isShared(section);
  });
  if (local.length === 0) return undefined;
  return {
    title: `A clone of ${targetOf(source)} on ${there.node ?? 'its node'} cannot be made on ${target}`,
    facts: [...local.map(([key, volume]) => [key, `${volume}, which only one node has`] as const)],
    hint: `${way.charAt(0).toUpperCase()}${way.slice(1)}.`,
    command: `phx config ${targetOf(guest)}`,
  };
}

/** Volumes of a VM, CDs among them. */
function drivesOf(keys: ReadonlyMap<string, string>): [string, string][] {
  return [...keys].flatMap(([key, value]): [string, string][] => {
    if (!/^((ide|sata|scsi|virtio)\d+|efidisk0|tpmstate0)$/.test(key)) return [];
    const file = parseProperties(value, 'file').get('file') ?? '';
    return /^[^/]+:/.test(file) ? [[key, file]] : [];
  });
}
