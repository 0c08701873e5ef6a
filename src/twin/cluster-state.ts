/** The state of a whole cluster: its nodes' states and what they share, as one versioned JSON object. It knows no command. */

import { isSharedPath, isSharedVolume, sharedFolders } from './shared-paths.ts';
import type { FileEntry, GuestState, Storage, TwinState, Volume } from './state.ts';
import { isState, readVersioned } from './state-file.ts';
import type { Codec } from './store.ts';

/** What every node sees alike: the cluster file system, and what lies on shared storages. */
export interface SharedParts {
  files: Record<string, FileEntry>;
  storages: Storage[];
  volumes: Record<string, Volume>;
}

/** What of a guest all nodes can read. */
export type SeenGuest = Pick<GuestState, 'kind' | 'conf'>;

/** What a node that is cut off saw last of the cluster file system. */
export interface LastSeen {
  /** Since when it is cut off (epoch milliseconds). */
  since: number;
  files: Record<string, FileEntry>;
  storages: Storage[];
  /** By node. */
  guests: Record<string, Record<string, SeenGuest>>;
}

export interface ClusterState {
  version: typeof clusterVersion;
  /** The identity of the cluster, and so of each of its nodes. */
  id: string;
  /** What the cluster is called. */
  name: string;
  /** Milliseconds that the clock of all nodes is ahead of the machine's. */
  ahead?: number;
  nodes: Record<string, TwinState>;
  shared: SharedParts;
  /** Nodes that are switched off, and since when (epoch milliseconds). */
  down: Record<string, number>;
  /** Nodes whose link to the others is cut. */
  isolated: Record<string, LastSeen>;
}

export const clusterVersion = 1;

/** The whole cluster as a line of JSON; what is shared stands there once. A node is printed anew only when it was touched. */
export class ClusterCodec implements Codec<ClusterState> {
  readonly #texts = new WeakMap<TwinState, string>();
  #folders = '';

  /** This node may have changed since it was printed last. */
  touch(state: TwinState): void {
    this.#texts.delete(state);
  }

  print({ nodes, shared, ...own }: ClusterState): string {
    const folders = sharedFolders(shared.storages);
    const fresh = folders.join('\n') !== this.#folders;
    this.#folders = folders.join('\n');
    const texts = Object.entries(nodes).map(([name, state]) => {
      const text = (fresh ? undefined : this.#texts.get(state)) ?? JSON.stringify(ownOf(state, shared));
      this.#texts.set(state, text);
      return `${JSON.stringify(name)}:${text}`;
    });
    const head = JSON.stringify({ ...own, shared });
    return `${head.slice(0, -1)},"nodes":{${texts.join(',')}}}\n`;
  }

  parse(text: string, damaged: Parameters<Codec<ClusterState>['parse']>[1]): ClusterState {
    const value = readVersioned(text, clusterVersion, damaged);
    if (!isCluster(value)) throw damaged('is damaged (parts of it are missing)');
    return value;
  }
}

/** A node's state without what it shares with the others. */
function ownOf({ ahead: _, ...state }: TwinState, { storages }: SharedParts): TwinState {
  const folders = sharedFolders(storages);
  const files = Object.entries(state.files).filter(([path]) => !isSharedPath(path, folders));
  const volumes = Object.entries(state.volumes).filter(([, volume]) => !isSharedVolume(volume, storages));
  return {
    ...state,
    storages: [],
    files: Object.fromEntries(files),
    volumes: Object.fromEntries(volumes),
  };
}

function isCluster(value: object): value is ClusterState {
  const parts = new Map<string, unknown>(Object.entries(value));
  const object = (name: string): object | undefined => {
    const part = parts.get(name);
    return typeof part === 'object' && part !== null ? part : undefined;
  };
  const nodes: unknown[] = Object.values(object('nodes') ?? {});
  const shared = new Map<string, unknown>(Object.entries(object('shared') ?? {}));
  return (
    nodes.length > 0 &&
    nodes.every((node) => typeof node === 'object' && node !== null && isState(node)) &&
    Array.isArray(shared.get('storages')) &&
    ['files', 'volumes'].every((name) => typeof shared.get(name) === 'object') &&
    object('down') !== undefined &&
    object('isolated') !== undefined &&
    ['id', 'name'].every((name) => typeof parts.get(name) === 'string')
  );
}
