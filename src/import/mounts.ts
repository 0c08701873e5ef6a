/** Volumes and directories that containers of the old files mount, one after the other as mp0, mp1 … */

import type { Json } from '../core/json.ts';
import { isObject, type Old } from './ledger.ts';
import { onDataset } from './node-services.ts';
import { dropAll } from './node-storage.ts';
import { asPath, asStorage, read, whole } from './values.ts';
import type { Guest, Work } from './work.ts';

interface Mounted {
  readonly key: string;
  readonly value: Readonly<Record<string, Json>>;
}

/** What a container mounts so far. */
export function mountsOf(guest: Guest): Mounted[] {
  return Object.entries(guest.draft.root).flatMap(([key, value]) =>
    /^mp\d+$/.test(key) && isObject(value) ? [{ key, value }] : [],
  );
}

/** Whether something is mounted at the path. */
export function isMounted(guest: Guest, path: string): boolean {
  return mountsOf(guest).some(({ value }) => value.mp === path);
}

/** Why nothing can be mounted there; undefined: it can. */
function refusal(work: Work, guest: Guest, mp: string): string | undefined {
  if (work.isSource(guest)) return 'a guest that others are cloned from has no mounts: give it to the clones';
  return isMounted(guest, mp) ? `something is mounted at ${mp} already` : undefined;
}

function add(guest: Guest, value: Readonly<Record<string, Json>>): string {
  const key = `mp${mountsOf(guest).length}`;
  guest.draft.set([key], value);
  return key;
}

/** `zfs_volumes` and `volumes`: volumes that Proxmox allocates. */
export function volumes(work: Work, guest: Guest, old: Old | undefined): void {
  if (old?.isEmpty) old.drop('an empty list');
  for (const one of old?.isEmpty === false ? old.items() : []) {
    const storage = read<string>(one.at('pool'), asStorage);
    const size = read<number>(one.at('size_gb'), whole(1));
    const mp = read<string>(one.at('mount_point'), asPath);
    if (storage === undefined || size === undefined || mp === undefined) {
      dropAll(one, 'a volume has a pool, a size and a mount point');
      continue;
    }
    const no =
      refusal(work, guest, mp) ??
      (work.hypervisor.has(['storage', storage]) ? undefined : `there is no storage ${storage}`);
    if (no !== undefined) {
      dropAll(one, no);
      continue;
    }
    const key = add(guest, { storage, size, mp });
    for (const [from, to] of [
      ['pool', 'storage'],
      ['size_gb', 'size'],
      ['mount_point', 'mp'],
    ] as const)
      one.at(from)?.carry(guest.draft.at([key, to]));
    one.at('name')?.drop('Proxmox names volumes itself; a volume is known by its mount point');
  }
}

/** `mount_points`: directories of the node, with their owners inside. */
export function directories(work: Work, guest: Guest, old: Old | undefined): void {
  if (old?.isEmpty) old.drop('an empty list');
  for (const one of old?.isEmpty === false ? old.items() : []) {
    const source = read<string>(one.at('host_path'), asPath);
    const mp = read<string>(one.at('container_path'), asPath);
    const no =
      source === undefined || mp === undefined
        ? 'a mount has a host path and a container path'
        : refusal(work, guest, mp);
    if (source === undefined || mp === undefined || no !== undefined) {
      dropAll(one, no ?? '');
      continue;
    }
    const owners: Record<string, Json> = {};
    for (const [from, to] of [
      ['owner_uid', 'owner'],
      ['owner_gid', 'group'],
    ] as const) {
      const id = read<number>(one.at(from), whole(0, 65535));
      if (id !== undefined) owners[to] = id;
    }
    const found = onDataset(work, source);
    const isOwned = [...work.guests.values()].some((other) =>
      mountsOf(other).some(({ value }) => value.source === found.path && value.owner !== undefined),
    );
    const key = add(guest, { source: found.path, mp, ...owners });
    if (owners.owner === undefined && !isOwned) {
      const why = 'the old system made the directory for the root of the node, whom nobody inside could be';
      work.add(guest.draft, [key, 'owner'], 0, why);
    }
    const at = (name: string) => guest.draft.at([key, name]);
    one.at('container_path')?.carry(at('mp'));
    for (const [from, to] of [
      ['owner_uid', 'owner'],
      ['owner_gid', 'group'],
    ] as const)
      if (to in owners) one.at(from)?.carry(at(to));
    if (/\.[a-z]+$/.test(source))
      one.at('host_path')?.doubt(at('source'), `${source} looks like a file: phx mounts directories.`);
    else if (found.repaired !== undefined) one.at('host_path')?.doubt(at('source'), found.repaired);
    else one.at('host_path')?.carry(at('source'));
  }
}

const wish =
  'The old file wanted this directory here, but nothing ever mounted it. Take it out where the guest does well without.';

/**
 * What of `shared_volumes` is meant for this container: directories for several of them, which only an early version of
 * the old system mounted.
 */
export function sharedVolumes(work: Work, guest: Guest, all: Old | undefined): void {
  for (const [name, shared] of all?.each() ?? []) {
    const one = name === 'firewall' ? undefined : shared.at('mounts')?.at(String(guest.id));
    if (one !== undefined) sharedVolume(work, guest, shared, one);
  }
}

function sharedVolume(work: Work, guest: Guest, shared: Old, one: Old): void {
  const said = shared.at('host_path');
  const source = read<string>(said, asPath);
  const mp = read<string>(one, asPath);
  if (said === undefined || source === undefined || mp === undefined) return;
  const no = source.startsWith('/usr/local/phoenix_hypervisor/')
    ? 'it is a folder of the old system: bring what lies there as files of the project'
    : isMounted(guest, mp)
      ? `guest ${guest.id} has a volume of its own at ${mp}`
      : guest.old.at('template_snapshot_name') !== undefined
        ? 'Proxmox takes no snapshot of what mounts a directory of the node, and the guest has one'
        : refusal(work, guest, mp);
  if (no !== undefined) {
    one.drop(no);
    return;
  }
  const found = onDataset(work, source);
  const key = add(guest, { source: found.path, mp, owner: 0, group: 0 });
  one.doubt(guest.draft.at([key]), wish);
  if (found.repaired === undefined) said.carry(guest.draft.at([key, 'source']));
  else said.doubt(guest.draft.at([key, 'source']), found.repaired);
}

/** What is left of them once all containers had theirs. */
export function restOfShared(work: Work, all: Old | undefined): void {
  for (const [name, shared] of all?.each() ?? []) {
    if (name === 'firewall') continue;
    for (const [id, one] of shared.at('mounts')?.each() ?? [])
      if (work.guests.get(Number(id))?.kind !== 'ct') one.drop(`there is no container ${id}`);
    dropAll(shared, 'no container mounts it');
  }
}
