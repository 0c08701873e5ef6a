/**
 * `zfs snapshot`, `rollback`, `destroy` and `list` of snapshots, from the OpenZFS 2.2 manual and source; nothing was
 * recorded. The snapshots that Proxmox takes of a volume are snapshots of its dataset, so both stand in one order.
 */

import { parseConf } from '../proxmox/conf.ts';
import { type Call, refuse, type Work } from './call.ts';
import { copyTree } from './guest-tree.ts';
import { mountsOf } from './guests.ts';
import { workTime } from './latency.ts';
import type { GuestState, GuestTree, TwinState, Volume } from './state.ts';
import { datasetOf } from './storage/datasets.ts';
import { allStorages, hasQuota } from './storage/storages.ts';
import { parseVolumeId } from './storage/volumes.ts';
import { systemDisk } from './vms.ts';
import { mountAbove } from './volume-content.ts';

/** Names of a dataset's snapshots, oldest first; the list itself, to be changed. */
export function snapshotsOf(state: TwinState, dataset: string): string[] {
  const volume = volumeOf(state, dataset)?.volume;
  if (volume) return volume.snapshots;
  const found = state.datasets[dataset];
  if (!found) return [];
  found.snapshots ??= [];
  return found.snapshots;
}

export function* takeSnapshots(call: Call, names: readonly string[]): Work {
  if (names.length === 0) refuse('missing snapshot argument', 2);
  for (const name of names) {
    const { dataset, snapshot } = split(name);
    if (snapshot === undefined || !/^[\w:. -]+$/.test(snapshot))
      refuse(`cannot create snapshot '${name}': invalid character in name`);
    if (!isThere(call.state, dataset))
      refuse(`cannot open '${dataset}': dataset does not exist\nno snapshots were created`);
    if (snapshotsOf(call.state, dataset).includes(snapshot ?? ''))
      refuse(`cannot create snapshot '${name}': dataset already exists\nno snapshots were created`);
  }
  yield workTime('zfs create');
  for (const name of names) {
    const { dataset, snapshot = '' } = split(name);
    snapshotsOf(call.state, dataset).push(snapshot);
    const root = rootOf(call.state, dataset);
    if (!root) continue;
    root.volume.trees ??= {};
    root.volume.trees[snapshot] = copyTree(root.guest.tree);
  }
}

/** Goes back to the newest; to an older one only with `-r`, which destroys what is newer. */
export function* rollbackSnapshot(call: Call, flags: string, name: string): Work {
  const { dataset, snapshot = '' } = open(call, name);
  const all = snapshotsOf(call.state, dataset);
  const newer = all.slice(all.indexOf(snapshot) + 1);
  if (newer.length > 0 && !/[rR]/.test(flags))
    refuse(
      `cannot rollback to '${name}': more recent snapshots or bookmarks exist\nuse '-r' to force deletion of the following snapshots and bookmarks:\n${newer.map((one) => `${dataset}@${one}`).join('\n')}`,
    );
  yield workTime('zfs set');
  for (const one of newer) drop(call.state, dataset, one);
  const root = rootOf(call.state, dataset);
  const tree = root && (root.volume.trees?.[snapshot] ?? root.guest.snapshots[snapshot]);
  if (root && tree) root.guest.tree = rootOnly(copyTree(tree), root.guest);
}

/** What lies on other mounts is as it is now. */
function rootOnly(tree: GuestTree, guest: GuestState): GuestTree {
  const conf = parseConf(guest.conf);
  const beside = (path: string) => mountAbove({ conf }, path) !== undefined;
  const root = Object.entries(tree.files).filter(([path]) => !beside(path));
  const others = Object.entries(guest.tree.files).filter(([path]) => beside(path));
  return { ...tree, files: Object.fromEntries([...root, ...others]) };
}

export function destroySnapshot(call: Call, name: string): undefined {
  const { dataset, snapshot = '' } = split(name);
  if (!snapshotsOf(call.state, dataset).includes(snapshot))
    refuse('could not find any snapshots to destroy; check snapshot names.');
  drop(call.state, dataset, snapshot);
  return undefined;
}

/** Just the names: nothing asks for more of them. */
export function listSnapshots(call: Call, datasets: readonly string[]): undefined {
  for (const dataset of datasets) {
    if (!isThere(call.state, dataset)) refuse(`cannot open '${dataset}': dataset does not exist`, 1);
    for (const name of snapshotsOf(call.state, dataset)) call.out(`${dataset}@${name}\n`);
  }
  return undefined;
}

function drop(state: TwinState, dataset: string, snapshot: string): void {
  const all = snapshotsOf(state, dataset);
  all.splice(all.indexOf(snapshot), 1);
  delete volumeOf(state, dataset)?.volume.trees?.[snapshot];
}

function split(name: string): { dataset: string; snapshot: string | undefined } {
  const [dataset = '', snapshot] = name.split('@');
  return { dataset, snapshot };
}

function open(call: Call, name: string) {
  const { dataset, snapshot } = split(name);
  if (snapshot === undefined || !snapshotsOf(call.state, dataset).includes(snapshot))
    refuse(`cannot open '${name}': dataset does not exist`);
  return { dataset, snapshot };
}

/** A file system, or the disk of a VM. */
function isThere(state: TwinState, dataset: string): boolean {
  return state.datasets[dataset] !== undefined || volumeOf(state, dataset) !== undefined;
}

function volumeOf(state: TwinState, dataset: string): { volid: string; volume: Volume } | undefined {
  for (const [volid, volume] of Object.entries(state.volumes)) {
    const { storage: id, name } = parseVolumeId(volid);
    const storage = allStorages(state).find((one) => one.id === id);
    if (storage && hasQuota(storage) && datasetOf(storage, name) === dataset) return { volid, volume };
  }
  return undefined;
}

function rootVolume({ conf }: GuestState): string | undefined {
  return mountsOf(parseConf(conf)).find(({ key }) => key === 'rootfs')?.source;
}

/** The guest whose inside lies on this dataset. */
function rootOf(state: TwinState, dataset: string): { guest: GuestState; volume: Volume } | undefined {
  const found = volumeOf(state, dataset);
  const guest = found && state.guests[String(found.volume.owner)];
  if (!guest) return undefined;
  const root = guest.kind === 'vm' ? systemDisk(parseConf(guest.conf, 'vm')) : rootVolume(guest);
  return root === found.volid ? { guest, volume: found.volume } : undefined;
}
