/**
 * Lays what a cluster shares over a node's state, and takes up what a node changed of it. The entries are the same objects
 * in all nodes, so that only what comes, goes or is replaced has to be handed on. It knows no node and no store.
 */

import type { SharedParts } from './cluster-state.ts';
import { isSharedPath, isSharedVolume, sharedFolders } from './shared-paths.ts';
import type { FileEntry, Storage, TwinState, Volume } from './state.ts';

/** What became of a set of things: by name, undefined = it is gone. */
type Change<T> = [name: string, value: T | undefined][];

export interface SharedChange {
  readonly files: Change<FileEntry>;
  readonly volumes: Change<Volume>;
  readonly storages?: Storage[];
}

/** Makes the shared parts of a node's state what they are for all. */
export function layOver(state: TwinState, parts: SharedParts): void {
  const folders = sharedFolders(parts.storages);
  lay(state.files, parts.files, (path) => isSharedPath(path, folders));
  const shared = sharedVolumes(parts.storages);
  lay(state.volumes, parts.volumes, (_, volume) => shared(volume));
  state.storages = parts.storages;
}

function lay<T>(
  own: Record<string, T>,
  parts: Record<string, T>,
  isShared: (name: string, value: T) => boolean,
): void {
  for (const name in own) if (!Object.hasOwn(parts, name) && isShared(name, own[name] as T)) delete own[name];
  Object.assign(own, parts);
}

/** What the node's state has otherwise than the parts that were laid over it; undefined when nothing. */
export function changeOf(state: TwinState, parts: SharedParts): SharedChange | undefined {
  const folders = sharedFolders(state.storages);
  const files = differences(state.files, parts.files, (path) => isSharedPath(path, folders));
  const shared = sharedVolumes(state.storages);
  const volumes = differences(state.volumes, parts.volumes, (_, volume) => shared(volume));
  const storages = state.storages === parts.storages ? undefined : state.storages;
  if (files.length === 0 && volumes.length === 0 && !storages) return undefined;
  return { files, volumes, ...(storages ? { storages } : {}) };
}

function differences<T>(
  own: Record<string, T>,
  parts: Record<string, T>,
  isShared: (name: string, value: T) => boolean,
): Change<T> {
  const change: Change<T> = [];
  for (const name in own) {
    const value = own[name] as T;
    if (value !== parts[name] && isShared(name, value)) change.push([name, value]);
  }
  for (const name in parts) if (!Object.hasOwn(own, name)) change.push([name, undefined]);
  return change;
}

/** Puts a change into what all share. */
export function takeUp(parts: SharedParts, change: SharedChange): void {
  apply(parts.files, change.files);
  apply(parts.volumes, change.volumes);
  if (change.storages) parts.storages = change.storages;
}

function apply<T>(parts: Record<string, T>, change: Change<T>): void {
  for (const [name, value] of change)
    if (value === undefined) delete parts[name];
    else parts[name] = value;
}

/** Asked once for each storage, since there are many volumes. */
function sharedVolumes(storages: readonly Storage[]): (volume: Volume) => boolean {
  const known = new Map<string, boolean>();
  return (volume) => {
    const found = known.get(volume.storage);
    if (found !== undefined) return found;
    const shared = isSharedVolume(volume, storages);
    known.set(volume.storage, shared);
    return shared;
  };
}
