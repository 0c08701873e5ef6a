/** What a family of storages has to answer for, as Proxmox's plugins do. Types only. */

import type { Call } from '../call.ts';
import type { Storage, TwinState, Volume } from '../state.ts';
import type { Mounts } from './mountpoints.ts';

/** What holds the volumes of a storage; several storages may lie on one. */
export interface Place {
  /** `dataset:tank/ct`, `group:pve`, `thin:pve/data`, `files:/`, `storage:nas`. */
  readonly key: string;
  /** Bytes, where nothing else is known; a dataset has what its pool and quotas leave. */
  readonly size: number;
  /** Bytes that others than volumes take there, where nothing else is known. */
  readonly taken: number;
}

/** How much room there is. Bytes. */
export interface Space {
  readonly total: number;
  readonly used: number;
  readonly available: number;
}

/** Looked up only when it is asked for: it goes over everything that lies on the node. */
export interface Look {
  /** Of the place that the storage lies on. */
  space(): Space;
  /** Bytes that thin volumes there could grow to. */
  promised(): number;
}

/** What the tools print. */
export interface Printed {
  readonly out?: string;
  readonly err?: string;
}

/** A volume that is about to be there. */
export interface Making {
  /** Without the storage. */
  readonly name: string;
  readonly volume: Volume;
  /** It takes all of its room now. */
  readonly whole: boolean;
}

export interface Growing {
  readonly name: string;
  readonly volume: Volume;
  /** Bytes. */
  readonly size: number;
  readonly whole: boolean;
  readonly running: boolean;
}

export interface Taking {
  /** Of the volume. */
  readonly name: string;
  readonly snapshot: string;
  /** Bytes of the volume. */
  readonly size: number;
  /** Bytes that the snapshot holds fast in a volume that has all of its room reserved; else 0. */
  readonly held: number;
}

/** One family. Refusals are thrown in the words of the real tools, before anything has changed. */
export interface StoragePlugin {
  /** Why a new storage cannot be, looked at before it is activated. */
  check?(call: Call, storage: Storage): string | undefined;
  /** Makes what a new storage needs, or says why it cannot be (B131). */
  add?(state: TwinState, storage: Storage): string | undefined;
  /** What activating the storage says, or undefined when it works. */
  problem(state: TwinState, storage: Storage): string | undefined;
  /** Where its volumes lie, or where one of them does; undefined: there is no such place. */
  place(state: TwinState, storage: Storage, name?: string, mounts?: () => Mounts): Place | undefined;
  /** Path of a volume on the node, as messages name it. */
  path(state: TwinState, storage: Storage, name: string): string;
  make(state: TwinState, storage: Storage, made: Making, look: Look): Printed;
  grow(state: TwinState, storage: Storage, grown: Growing, look: Look): Printed;
  /** Takes a snapshot of a volume; what the twin keeps of it is not the plugin's. */
  snapshot?(state: TwinState, storage: Storage, taken: Taking, look: Look): Printed;
  remove(state: TwinState, storage: Storage, name: string): void;
  rename(state: TwinState, storage: Storage, from: string, to: string): void;
}
