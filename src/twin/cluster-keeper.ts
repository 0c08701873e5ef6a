/**
 * Keeps the state of a cluster, and hands each node its part of it with what all share laid over. What a node changed of
 * that is taken up as soon as it is kept, and comes to the others when they are looked at next. It knows no command.
 */

import { changeOf, layOver, takeUp } from './cluster-shared.ts';
import { ClusterCodec, type ClusterState, type SeenGuest, type SharedParts } from './cluster-state.ts';
import { type ClusterView, joinCluster, type Member } from './cluster-view.ts';
import type { Keeper } from './keeper.ts';
import { hasMajority } from './quorum.ts';
import { isClusterFile } from './shared-paths.ts';
import type { FileEntry, TwinState } from './state.ts';
import { Store } from './store.ts';

export class ClusterKeeper {
  readonly #codec = new ClusterCodec();
  readonly #store: Store<ClusterState>;
  readonly #fresh: () => ClusterState;
  /** Which version of the shared parts lies over a node's state. */
  readonly #laid = new WeakMap<TwinState, number>();
  #version = 0;
  /** Nodes that were handed out to be changed. */
  readonly #touched = new Set<string>();

  constructor(stateFile: string | undefined, fresh: () => ClusterState) {
    this.#store = new Store(stateFile, this.#codec);
    this.#fresh = fresh;
  }

  /** The whole state; what is shared may not lie over its nodes yet. */
  cluster(): ClusterState {
    const known = this.#store.read();
    if (known) return known;
    const fresh = this.#fresh();
    this.#store.begin(fresh);
    return fresh;
  }

  replace(state: ClusterState): void {
    this.#touched.clear();
    this.#store.write(state);
  }

  get isUnsaved(): boolean {
    this.cluster();
    return this.#store.isUnsaved;
  }

  /** A node's state with all that it shares. */
  node(name: string): TwinState {
    const cluster = this.cluster();
    const state = cluster.nodes[name];
    if (!state) throw new Error(`no node ${name} in this cluster`);
    if (this.#laid.get(state) !== this.#version) {
      layOver(state, partsOf(cluster, name));
      if (!this.#laid.has(state)) joinCluster(state, this.#view(name));
      this.#laid.set(state, this.#version);
    }
    if (cluster.ahead !== undefined) state.ahead = cluster.ahead;
    return state;
  }

  /** The same, to be changed: what becomes of it is kept with the next node that is kept. */
  touch(name: string): TwinState {
    this.#touched.add(name);
    return this.node(name);
  }

  /** Takes up what was changed, and keeps it. */
  write(): void {
    this.#store.write(this.#settled());
  }

  /** The shared parts were changed for a node from outside: its own look at them is no longer right. */
  relay(): void {
    this.#version++;
  }

  /** The store of one node, as its twin sees it. */
  of(name: string): Keeper {
    const keep = (state: TwinState) => {
      const cluster = this.cluster();
      if (cluster.nodes[name] !== state) this.#adopt(cluster, name, state);
      this.#touched.add(name);
      return this.#settled();
    };
    const { isVolatile } = this.#store;
    const unsaved = () => this.isUnsaved;
    return {
      read: () => this.node(name),
      begin: () => {},
      write: (state) => this.#store.write(keep(state)),
      commit: (prepare) => {
        // Others take their turn before it is on disk: they have to see it.
        keep(prepare());
        return this.#store.commit(() => this.cluster());
      },
      isVolatile,
      get isUnsaved() {
        return unsaved();
      },
    };
  }

  /** Another state in the place of a node's. */
  #adopt(cluster: ClusterState, name: string, state: TwinState): void {
    this.node(name);
    cluster.nodes[name] = state;
    joinCluster(state, this.#view(name));
    this.#laid.set(state, this.#version);
  }

  #settled(): ClusterState {
    const cluster = this.cluster();
    const changes = [...this.#touched].flatMap((name) => {
      const state = cluster.nodes[name];
      if (!state) return [];
      this.#codec.touch(state);
      if (state.ahead !== undefined) cluster.ahead = Math.max(cluster.ahead ?? 0, state.ahead);
      const change = this.#laid.get(state) === this.#version && changeOf(state, partsOf(cluster, name));
      return change ? [{ name, state, change }] : [];
    });
    this.#touched.clear();
    for (const { name, change } of changes) {
      const last = cluster.isolated[name];
      if (!last) takeUp(cluster.shared, change);
      else {
        // Its look at the cluster file system is its own; shared storages it reaches all the same.
        last.storages = change.storages ?? last.storages;
        const own = change.files.filter(([path]) => isClusterFile(path));
        const lying = change.files.filter(([path]) => !isClusterFile(path));
        takeUp({ ...last, volumes: {} }, { files: own, volumes: [] });
        takeUp(cluster.shared, { files: lying, volumes: change.volumes });
      }
    }
    if (changes.length > 0) this.#version++;
    const [only] = changes;
    if (only && changes.length === 1) this.#laid.set(only.state, this.#version);
    return cluster;
  }

  #view(own: string): ClusterView {
    const cluster = () => this.cluster();
    const seesAll = () => cluster().isolated[own] === undefined;
    const isOnline = (name: string) => name === own || (seesAll() && isJoined(cluster(), name));
    const members = () => membersOf(cluster()).map((one) => ({ ...one, online: isOnline(one.name) }));
    return {
      get id() {
        return cluster().id;
      },
      get name() {
        return cluster().name;
      },
      get quorate() {
        return isQuorate(cluster(), own);
      },
      get members() {
        return members();
      },
      guests: (node) => cluster().isolated[own]?.guests[node] ?? cluster().nodes[node]?.guests ?? {},
      find: (id) => {
        const { nodes, isolated } = cluster();
        for (const node in nodes) {
          const guests: Readonly<Record<string, SeenGuest>> =
            (node === own ? undefined : isolated[own]?.guests[node]) ?? nodes[node]?.guests ?? {};
          const guest = Object.hasOwn(guests, String(id)) ? guests[String(id)] : undefined;
          if (guest) return { node, guest };
        }
        return undefined;
      },
      look: (node) => (isOnline(node) && cluster().nodes[node] ? this.node(node) : undefined),
      peer: (node) => (isOnline(node) && cluster().nodes[node] ? this.touch(node) : undefined),
      owner: (node) => (seesAll() && cluster().nodes[node] ? this.touch(node) : undefined),
    };
  }
}

/** What lies over a node's state: one that is cut off has its own last look at the cluster file system. */
export function partsOf({ shared, isolated }: ClusterState, name: string): SharedParts {
  const last = isolated[name];
  if (!last) return shared;
  const own = Object.entries(last.files).filter(([path]) => isClusterFile(path));
  const lying = Object.entries(shared.files).filter(([path]) => !isClusterFile(path));
  const files: Record<string, FileEntry> = Object.fromEntries([...own, ...lying]);
  return { files, storages: last.storages, volumes: shared.volumes };
}

/** Is it up, and does it hear the others? */
export function isJoined({ nodes, down, isolated }: ClusterState, name: string): boolean {
  return nodes[name] !== undefined && down[name] === undefined && isolated[name] === undefined;
}

export function isQuorate(cluster: ClusterState, name: string): boolean {
  const all = Object.keys(cluster.nodes);
  const part = isJoined(cluster, name) ? all.filter((one) => isJoined(cluster, one)).length : 1;
  return hasMajority(part, all.length);
}

/** All nodes, with the numbers that corosync knows them by. */
export function membersOf({ nodes }: ClusterState): Omit<Member, 'online'>[] {
  return Object.entries(nodes).map(([name, { hardware }], n) => ({
    ...{ name, id: n + 1 },
    address: hardware.address.replace(/\/.*$/, ''),
  }));
}
