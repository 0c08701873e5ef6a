/** Volumes of the twin: finding, making, freeing, renaming them, bases and links. It knows no guest and no type of storage. */

import { storageType } from '../../proxmox/storage-types.ts';
import {
  baseName,
  isBase,
  nameProblem,
  ownName,
  volumeIdParts,
  volumeName,
} from '../../proxmox/volume-names.ts';
import { type Call, refuse } from '../call.ts';
import type { Storage, TwinState, Volume } from '../state.ts';
import { isWhole, writtenOn } from './counting.ts';
import { activationProblem, pluginOf } from './plugins.ts';
import { lookAt } from './rooms.ts';
import { allStorages, enabledStorage, findStorage } from './storages.ts';

export { isBase };

/** Parts of a volume id; refuses a text that is none. */
export function parseVolumeId(volid: string): { storage: string; name: string } {
  return volumeIdParts(volid) ?? refuse(`unable to parse volume ID '${volid}'`);
}

/** Refuses a volume name that the storage's type cannot have (B48). */
export function checkVolumeName(storage: Storage, name: string): void {
  const problem = nameProblem(storage.type, name);
  if (problem !== undefined) refuse(problem);
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
  const { storage: id, name } = parseVolumeId(volid);
  const storage = findStorage(state, id);
  return pluginOf(storage).path(state, storage, name);
}

export interface VolumeWish {
  /** Bytes. */
  readonly size: number;
  readonly format: Volume['format'];
  /** `disk-0`, `cloudinit`, `state-<snapshot>`; default: the next disk. */
  readonly name?: string | undefined;
  /** The whole name, where it was asked for. */
  readonly disk?: string | undefined;
  /** Volume id of what it is a linked clone of. */
  readonly link?: string | undefined;
  /** What is copied onto it, and what the tools say when it does not fit; the last line is the refusal. */
  readonly copy?: { readonly bytes: number; readonly failed: (path: string) => readonly string[] };
  /** Bytes that are written on it at once; absent = made up. */
  readonly written?: number;
}

/** Makes a volume and prints what the tools print; refuses what they refuse. Returns its id. */
export function makeVolume(call: Call, storage: Storage, owner: number, wish: VolumeWish): string {
  const { state } = call;
  const { size, format, link, copy, written = copy?.bytes } = wish;
  const problem = activationProblem(state, storage);
  if (problem) refuse(problem);
  const kind = format === 'subvol' ? 'subvol' : 'vm';
  const disk = wish.disk ?? `${kind}-${owner}-${wish.name ?? `disk-${freeNumber(state, storage.id, owner)}`}`;
  // Only a base volume is needed by what lies upon it; a clone of a snapshot stands for itself.
  const base = link !== undefined && isBase(link) ? link : undefined;
  const below = base && parseVolumeId(base).name;
  const name = volumeName(storage.type, { owner, disk, format, base: below });
  const volid = `${storage.id}:${name}`;
  const volume: Volume = {
    ...{ storage: storage.id, owner, format, size, snapshots: [] },
    ...(base === undefined ? {} : { base }),
    ...(link !== undefined ? { written: 0 } : written === undefined ? {} : { written }),
  };
  const whole = link === undefined && isWhole(storage, volume);
  // Another choice of the storage later on changes nothing for it.
  if (kind === 'vm' && storageType(storage.type)?.room !== 'thin') volume.whole = whole;
  const look = lookAt(state, storage);
  const fits = copy === undefined || whole || copy.bytes <= look.space().available;
  const { out = '', err = '' } = pluginOf(storage).make(state, storage, { name, volume, whole }, look);
  state.volumes[volid] = volume;
  if (out !== '') call.out(out);
  if (err !== '') call.err(err);
  if (fits) return volid;
  const lines = copy.failed(volumePath(state, volid));
  free(state, volid);
  for (const line of lines.slice(0, -1)) call.err(`${line}\n`);
  return refuse(lines.at(-1) ?? '');
}

/** Makes a volume of a container; `size` in bytes, 0 = a subvolume without limit. */
export function allocate(
  call: Call,
  storage: Storage,
  owner: number,
  size: number,
  from: Pick<VolumeWish, 'link' | 'copy'> = {},
): string {
  const type = storageType(storage.type);
  const subvol = type?.mounts === 'subvol' || (size === 0 && type?.formats.subvol !== undefined);
  return makeVolume(call, storage, owner, { size, format: subvol ? 'subvol' : 'raw', ...from });
}

/** Grows a volume, prints what the tools print, refuses what does not fit. */
export function growVolume(call: Call, volid: string, size: number, running: boolean): void {
  const { state } = call;
  const volume = findVolume(state, volid);
  const storage = findStorage(state, volume.storage);
  const { name } = parseVolumeId(volid);
  const whole = isWhole(storage, volume);
  const grown = { name, volume, size, whole, running };
  const { out = '', err = '' } = pluginOf(storage).grow(state, storage, grown, lookAt(state, storage));
  // What is written stays the same.
  volume.written = writtenOn(volume);
  volume.size = size;
  if (out !== '') call.out(out);
  if (err !== '') call.err(err);
}

/** Takes a snapshot of a volume, prints what the tools print, refuses what does not fit before anything has changed. */
export function takeSnapshot(call: Call, volid: string, snapshot: string): void {
  const { state } = call;
  const volume = state.volumes[volid];
  if (!volume) return;
  const storage = findStorage(state, volume.storage);
  const held = isWhole(storage, volume) ? writtenOn(volume) : 0;
  const taken = { name: parseVolumeId(volid).name, snapshot, size: volume.size, held };
  const { out = '', err = '' } =
    pluginOf(storage).snapshot?.(state, storage, taken, lookAt(state, storage)) ?? {};
  if (out !== '') call.out(out);
  if (err !== '') call.err(err);
  volume.snapshots.push(snapshot);
}

/** Gives a volume to another guest: it gets the first free name of that one, upon the same base. */
export function renameVolume(state: TwinState, volid: string, owner: number): string {
  const volume = findVolume(state, volid);
  const storage = findStorage(state, volume.storage);
  const { name } = parseVolumeId(volid);
  const kind = /(?:^|\/)(vm|subvol)-[^/]*$/.exec(name)?.[1] ?? 'vm';
  const disk = `${kind}-${owner}-disk-${freeNumber(state, storage.id, owner)}`;
  const own = ownName(name);
  const base = name === own ? undefined : name.slice(0, name.length - own.length - 1);
  return move(state, volid, volumeName(storage.type, { owner, disk, format: volume.format, base }), owner);
}

function move(state: TwinState, volid: string, fresh: string, owner?: number): string {
  const volume = findVolume(state, volid);
  const storage = findStorage(state, volume.storage);
  const renamed = `${storage.id}:${fresh}`;
  delete state.volumes[volid];
  state.volumes[renamed] = owner === undefined ? volume : { ...volume, owner };
  pluginOf(storage).rename(state, storage, parseVolumeId(volid).name, fresh);
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
  if (isHeld(state, volid)) refuse(`base volume '${volid}' is still in use by linked cloned`);
  delete state.volumes[volid];
  pluginOf(storage).remove(state, storage, name);
}

/** Whether linked clones stand on it that its storage keeps it for; thin volumes stand for themselves. */
export function isHeld(state: TwinState, volid: string): boolean {
  const type = allStorages(state).find((one) => volid.startsWith(`${one.id}:`))?.type;
  return (
    storageType(type)?.namesBase === true && Object.values(state.volumes).some((one) => one.base === volid)
  );
}

/** Turns a volume into a base (`pct template`, `qm template`); returns its new id. */
export function makeBase(state: TwinState, volid: string): string {
  const { storage: id, format } = findVolume(state, volid);
  const { type } = findStorage(state, id);
  if (storageType(type)?.formats[format]?.template === false)
    refuse(`Template feature is not available for '${volid}'`);
  return move(state, volid, baseName(type, parseVolumeId(volid).name));
}
