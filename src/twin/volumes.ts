/** Volumes of the twin: names by storage type, making, freeing, bases, what each type can do (F9). It knows no guest. */

import { refuse } from './call.ts';
import type { Storage, TwinState, Volume } from './state.ts';
import { activationProblem, allStorages, enabledStorage, findStorage, mountpointOf } from './storages.ts';

/** Parts of a volume id; refuses a text that is none. */
export function parseVolumeId(volid: string): { storage: string; name: string } {
  const match = /^([a-z][a-z0-9\-_.]*[a-z0-9]):(.+)$/i.exec(volid);
  if (!match) refuse(`unable to parse volume ID '${volid}'`);
  return { storage: match[1] ?? '', name: match[2] ?? '' };
}

/** Names of what is no image, in a directory. */
const contentName =
  /^(iso\/[^/]+\.(iso|img)|vztmpl\/[^/]+\.tar\.(gz|xz|zst|bz2)|rootdir\/\d+|backup\/[^/]+\.(tgz|(tar|vma)(\.(gz|lzo|zst|bz2))?)|snippets\/[^/]+|import\/[ \w\-.+=]+\.(ova|ovf|qcow2|raw|vmdk)(\/[ \w\-.+=]+\.(qcow2|raw|vmdk))?)$/i;

/** Refuses a volume name that the storage's type cannot have (B48). */
export function checkVolumeName(storage: Storage, name: string): void {
  const kind = storage.type;
  if (kind === 'zfspool') {
    if (!/^((base|basevol)-\d+-\S+\/)?(base|basevol|vm|subvol)-\d+-\S+$/.test(name))
      refuse(`unable to parse zfs volume name '${name}'`);
  } else if (kind === 'lvmthin' || kind === 'lvm') {
    if (!/^(vm|base)-\d+-\S+$/.test(name)) refuse(`unable to parse lvm volume name '${name}'`);
  } else {
    const images = /^\d+\/(\S+)\/\d+\/(\S+)$/.exec(name) ?? /^\d+\/(\S+)$/.exec(name);
    if (!images && !contentName.test(name)) refuse(`unable to parse directory volume name '${name}'`);
    for (const image of images?.slice(1) ?? [])
      if (!/^[^/\s]+\.(raw|qcow2|vmdk|subvol)$/.test(image))
        refuse(`unable to parse volume filename '${image}'`);
  }
}

/** The volume, or the refusals that a guest's start or destroy meets. */
export function findVolume(state: TwinState, volid: string): Volume {
  const { storage: id, name } = parseVolumeId(volid);
  checkVolumeName(enabledStorage(state, id), name);
  const volume = state.volumes[volid];
  if (!volume) refuse(`volume '${volid}' does not exist`);
  return volume;
}

/** Path of a volume in the node's file system, as messages name it. */
export function volumePath(state: TwinState, volid: string): string {
  const { storage: id, name: whole } = parseVolumeId(volid);
  // A linked clone in a directory is named with its base before it.
  const name = whole.replace(/^\d+\/base-[^/]+\/(?=\d+\/)/, '');
  const storage = findStorage(state, id);
  const root = storage.options.path ?? '';
  if (storage.type === 'zfspool') {
    const dataset = datasetOf(storage, name);
    return state.datasets[dataset] ? mountpointOf(state, dataset) : `/dev/zvol/${dataset}`;
  }
  if (storage.type === 'lvmthin' || storage.type === 'lvm') return `/dev/${storage.options.vgname}/${name}`;
  const special = /^(vztmpl|iso|backup|snippets|import)\/(.+)$/.exec(name);
  const dirs: Record<string, string> = { vztmpl: 'template/cache', iso: 'template/iso', backup: 'dump' };
  if (special) return `${root}/${dirs[special[1] ?? ''] ?? special[1]}/${special[2]}`;
  if (storage.type === 'btrfs') return `${root}/images/${name.replace(/\.raw$/, '/disk.raw')}`;
  return `${root}/images/${name}`;
}

/** Dataset of a zfspool volume. */
export function datasetOf(storage: Storage, name: string): string {
  return `${storage.options.pool}/${name.slice(name.lastIndexOf('/') + 1)}`;
}

/** Makes a volume; `size` in bytes, 0 = a subvolume without limit. Returns its id and what the tools print. */
export function allocate(
  state: TwinState,
  storage: Storage,
  owner: number,
  size: number,
  base?: string,
): { volid: string; printed: string } {
  const problem = activationProblem(state, storage);
  if (problem) refuse(problem);
  const zfs = storage.type === 'zfspool';
  const format = zfs || size === 0 ? 'subvol' : 'raw';
  const disk = `${format === 'subvol' ? 'subvol' : 'vm'}-${owner}-disk-${freeNumber(state, storage.id, owner)}`;
  const name = storage.options.path
    ? `${owner}/${disk}.${format}`
    : zfs && base
      ? `${parseVolumeId(base).name.replace(/^.*\//, '')}/${disk}`
      : disk;
  const volid = `${storage.id}:${name}`;
  if (zfs) {
    const dataset = datasetOf(storage, name);
    if (!state.datasets[storage.options.pool ?? ''])
      refuse(`zfs error: cannot create '${dataset}': parent does not exist\n\n`);
    state.datasets[dataset] = { props: { refquota: String(size), acltype: 'posix', xattr: 'sa' } };
  }
  state.volumes[volid] = {
    storage: storage.id,
    owner,
    format,
    size,
    snapshots: [],
    ...(base ? { base } : {}),
  };
  const printed =
    storage.type === 'dir' && format === 'raw' && !base
      ? `Formatting '${volumePath(state, volid)}', fmt=raw size=${size} preallocation=off\n`
      : '';
  return { volid, printed };
}

/** Gives a volume to another guest: it gets the first free name of that one (from the source of pve-storage). */
export function renameVolume(state: TwinState, volid: string, owner: number): string {
  const volume = findVolume(state, volid);
  const storage = findStorage(state, volume.storage);
  const { name } = parseVolumeId(volid);
  const kind = /(?:^|\/)(vm|subvol)-[^/]*$/.exec(name)?.[1] ?? 'vm';
  const disk = `${kind}-${owner}-disk-${freeNumber(state, storage.id, owner)}`;
  const base = volume.base && storage.type === 'zfspool' ? `${name.slice(0, name.indexOf('/'))}/` : '';
  const fresh = storage.options.path ? `${owner}/${disk}.${volume.format}` : `${base}${disk}`;
  const renamed = `${storage.id}:${fresh}`;
  delete state.volumes[volid];
  state.volumes[renamed] = { ...volume, owner };
  const dataset = datasetOf(storage, name);
  const properties = state.datasets[dataset];
  if (storage.type === 'zfspool' && properties) {
    delete state.datasets[dataset];
    state.datasets[datasetOf(storage, fresh)] = properties;
  }
  return renamed;
}

/** The lowest number that no disk of the guest on this storage has. */
export function freeNumber(state: TwinState, storage: string, owner: number): number {
  const used = new Set<number>();
  for (const volid of Object.keys(state.volumes)) {
    const match = /^([^:]+):.*(?:vm|base|subvol|basevol)-(\d+)-disk-(\d+)/.exec(volid);
    if (match?.[1] === storage && Number(match[2]) === owner) used.add(Number(match[3]));
  }
  let number = 0;
  while (used.has(number)) number++;
  return number;
}

/** Removes a volume; a missing one is no error. Refuses when linked clones stand on it (B24). */
export function free(state: TwinState, volid: string): void {
  const { storage: id, name } = parseVolumeId(volid);
  const storage = enabledStorage(state, id);
  checkVolumeName(storage, name);
  if (namesBase.includes(storage.type) && isLinkedBase(state, volid))
    refuse(`base volume '${volid}' is still in use by linked cloned`);
  delete state.volumes[volid];
  if (storage.type === 'zfspool') delete state.datasets[datasetOf(storage, name)];
}

/** Types of storages whose linked clones need their base, and name it. */
const namesBase = ['zfspool', 'rbd', 'dir', 'nfs', 'cifs', 'cephfs'];

function isLinkedBase(state: TwinState, volid: string): boolean {
  return Object.values(state.volumes).some((one) => one.base === volid);
}

/** Turns a volume into a base (`pct template`); returns its new id. */
export function makeBase(state: TwinState, volid: string): string {
  const volume = findVolume(state, volid);
  const storage = findStorage(state, volume.storage);
  if (storage.type === 'lvm') refuse(`Template feature is not available for '${volid}'`);
  const renamed = volid.replace(/(^|[:/])(vm|subvol)-(\d+-[^/]*)$/, (_, before, kind, rest) => {
    return `${before}${kind === 'vm' ? 'base' : storage.type === 'zfspool' ? 'basevol' : 'base'}-${rest}`;
  });
  // A linked clone that becomes a template still lies upon its base, and on ZFS its id says so.
  const fresh = storage.type === 'zfspool' ? renamed : renamed.replace(/(:)base-\d+-[^/]*\/(?=base)/, '$1');
  delete state.volumes[volid];
  state.volumes[fresh] = volume;
  if (storage.type === 'zfspool') {
    const before = datasetOf(storage, parseVolumeId(volid).name);
    const dataset = state.datasets[before];
    delete state.datasets[before];
    if (dataset) state.datasets[datasetOf(storage, parseVolumeId(fresh).name)] = dataset;
  }
  return fresh;
}

/** Is it the base volume of a template? */
export function isBase(volid: string): boolean {
  return /[:/](base|basevol)-\d+-[^/]*$/.test(volid);
}

/** Can a snapshot of it be taken (F9; recorded for dir, where only qcow2 can, and btrfs)? */
export function canSnapshot(state: TwinState, volid: string): boolean {
  const type = allStorages(state).find((one) => one.id === volid.split(':')[0])?.type ?? '';
  const able = ['zfspool', 'btrfs', 'lvmthin', 'rbd'].includes(type);
  return (able || state.volumes[volid]?.format === 'qcow2') && !isBase(volid);
}

/** Can it be cloned as a link (F9; only btrfs links volumes that are no base)? */
export function canLink(state: TwinState, volid: string): boolean {
  const type = allStorages(state).find((one) => one.id === volid.split(':')[0])?.type ?? '';
  if (type === 'btrfs') return true;
  return (type === 'zfspool' || type === 'lvmthin' || type === 'rbd') && isBase(volid);
}
