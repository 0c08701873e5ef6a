/**
 * The twin as a cluster: several simulated nodes, each with the Host port, which share /etc/pve and what lies on shared
 * storages. Nodes can be switched off, and cut off from the others. It knows no program.
 */

import { PhxError, UnreachableError } from '../core/error.ts';
import type { Call } from './call.ts';
import { silentCall } from './cluster-call.ts';
import { ClusterKeeper, isJoined, isQuorate } from './cluster-keeper.ts';
import { freshCluster, type GivenWish, givenCluster } from './cluster-make.ts';
import type { ClusterState } from './cluster-state.ts';
import { resourcesFile } from './ha/config.ts';
import { runManager } from './ha/manager.ts';
import type { ForkOptions } from './place.ts';
import { withoutQuorum } from './quorum.ts';
import type { PveVersion, TwinHardware } from './state.ts';
import type { TwinSummary } from './summary.ts';
import { rebootNode } from './systemctl.ts';
import type { TwinTime } from './time.ts';
import { Twin, type TwinOptions, timeOf } from './twin.ts';

export type { AbsentNode } from './cluster-make.ts';

export interface ClusterOptions extends Omit<TwinOptions, 'hardware' | 'label'> {
  /** By name; the order is that in which they joined. */
  readonly nodes: Readonly<Record<string, TwinHardware>>;
  /** What the cluster is called; default `twin`. */
  readonly name?: string;
}

/** How a cluster of given nodes differs from a fresh one. */
export interface GivenOptions extends Omit<ClusterOptions, 'nodes' | 'stateFile'>, GivenWish {}

/** How a node is at present. */
export type NodeCondition = 'up' | 'down' | 'isolated';

/** What `phx twin show` tells of a cluster. */
export interface ClusterSummary {
  readonly id: string;
  readonly name: string;
  readonly nodes: readonly (TwinSummary & {
    readonly node: string;
    readonly condition: NodeCondition;
    readonly quorate: boolean;
  })[];
}

export function openTwinCluster(options: ClusterOptions): TwinCluster {
  return new TwinCluster(options);
}

export class TwinCluster {
  readonly #options: ClusterOptions;
  readonly #keeper: ClusterKeeper;
  readonly #nodes = new Map<string, Twin>();
  /** What passes on all nodes. */
  readonly time: TwinTime;

  constructor(options: ClusterOptions, state?: ClusterState) {
    this.#options = options;
    this.time = timeOf(options);
    this.#keeper = new ClusterKeeper(options.stateFile, () => freshCluster(options, this.time.now()));
    if (state) this.#keeper.replace(state);
  }

  /** A cluster in memory of nodes that were made from facts; what they share is what the first of them knows. */
  static of(nodes: ReadonlyMap<string, Twin>, options: GivenOptions = {}): TwinCluster {
    const { identity: _, absent: __, ...own } = options;
    const states = new Map([...nodes].map(([name, twin]) => [name, twin.state()]));
    const cluster = givenCluster(states, options, timeOf(options).now());
    const hardware = Object.entries(cluster.nodes).map(([name, state]) => [name, state.hardware]);
    return new TwinCluster({ ...own, nodes: Object.fromEntries(hardware) }, cluster);
  }

  /** What people read. */
  get label(): string {
    return `twin (simulated cluster of ${this.names.length} nodes)`;
  }

  /** In the order in which they joined. */
  get names(): readonly string[] {
    return Object.keys(this.#keeper.cluster().nodes);
  }

  /** One for the whole cluster. */
  async identity(): Promise<string> {
    return this.#keeper.cluster().id;
  }

  /** One of the nodes, as a host. Throws `PhxError` where there is none of that name. */
  node(name: string): Twin {
    const known = this.#nodes.get(name);
    if (known) return known;
    this.#check(name);
    const { nodes, stateFile: _, ...options } = this.#options;
    const hardware = nodes[name] ?? this.#keeper.node(name).hardware;
    const twin = new Twin(
      { ...options, hardware, label: `${name} (simulated node)` },
      undefined,
      this.#place(name),
    );
    this.#nodes.set(name, twin);
    return twin;
  }

  /** How a node is. */
  condition(name: string): NodeCondition {
    this.#check(name);
    const { down, isolated } = this.#keeper.cluster();
    return down[name] !== undefined ? 'down' : isolated[name] ? 'isolated' : 'up';
  }

  /** Whether the part that a node is in has a majority of votes. */
  isQuorate(name: string): boolean {
    return isQuorate(this.#keeper.cluster(), name);
  }

  /** Switches a node off: nothing on it answers, and what ran there stands still. */
  down(name: string): void {
    this.#check(name);
    const { down } = this.#keeper.cluster();
    down[name] ??= this.time.now();
    this.#keeper.relay();
    this.#keeper.write();
  }

  /** Switches it on: it boots, and the guests that are to start with it do. */
  up(name: string): void {
    this.#check(name);
    const { down } = this.#keeper.cluster();
    if (down[name] === undefined) return;
    delete down[name];
    this.#keeper.relay();
    this.node(name).boot();
  }

  /** Cuts its link to the others: it is still there, but alone. */
  isolate(name: string): void {
    this.#check(name);
    const cluster = this.#keeper.cluster();
    if (cluster.isolated[name]) return;
    const { files, storages } = this.#keeper.node(name);
    const guests = Object.entries(cluster.nodes).map(([node, state]) => [
      node,
      Object.fromEntries(
        Object.entries(state.guests).map(([id, { kind, conf }]) => [id, kind ? { kind, conf } : { conf }]),
      ),
    ]);
    const own = Object.entries(files).filter(([path]) => cluster.shared.files[path] !== undefined);
    cluster.isolated[name] = structuredClone({
      ...{ files: Object.fromEntries(own), storages, since: this.time.now() },
      guests: Object.fromEntries(guests.filter(([node]) => node !== name)),
    });
    this.#keeper.relay();
    this.#keeper.write();
  }

  /** Mends the link: it sees what the others did meanwhile. */
  join(name: string): void {
    this.#check(name);
    delete this.#keeper.cluster().isolated[name];
    this.#keeper.relay();
    this.#keeper.write();
  }

  /** An independent copy in memory: same state and identity, no file, no faults; no latency unless it is asked for. */
  fork(more: ForkOptions = {}): TwinCluster {
    const { stateFile: _, ...own } = this.#options;
    const copy = structuredClone(this.#keeper.cluster());
    for (const state of Object.values(copy.nodes)) state.faults = [];
    return new TwinCluster({ ...own, latency: 'none', ...more }, { ...copy, ahead: this.time.ahead });
  }

  /** Starts over with fresh nodes and a new identity; also the way out of a damaged state file. */
  reset(pve?: PveVersion): void {
    this.#keeper.replace(freshCluster(this.#options, this.time.now(), pve));
  }

  /** Whether there is no cluster yet: the next process would begin another one. */
  isNew(): boolean {
    return this.#keeper.isUnsaved;
  }

  /** Becomes a copy of that cluster, under an identity of its own. */
  become(other: TwinCluster): void {
    const { id } = freshCluster(this.#options, this.time.now());
    const copy = structuredClone(other.#keeper.cluster());
    for (const state of Object.values(copy.nodes)) state.id = id;
    this.#nodes.clear();
    this.#keeper.replace({ ...copy, id });
  }

  /** What `phx twin show` tells. */
  describe(): ClusterSummary {
    const { id, name } = this.#keeper.cluster();
    const nodes = this.names.map((node) => ({
      ...{ node, condition: this.condition(node), quorate: this.isQuorate(node) },
      ...this.node(node).describe(),
    }));
    return { id, name, nodes };
  }

  /** Lets the HA manager do what is due; without a majority nobody decides. */
  #settle(): void {
    const { shared, nodes, down, isolated, ahead = 0 } = this.#keeper.cluster();
    // What passed for the process before has passed here, too.
    this.time.catchUp(ahead);
    const online = Object.keys(nodes).filter((name) => isJoined(this.#keeper.cluster(), name));
    const [master] = online;
    if (!shared.files[resourcesFile] || master === undefined || !this.isQuorate(master)) return;
    const changed = runManager(master, {
      ...{ now: this.time.now(), online },
      goneSince: (name) => down[name] ?? isolated[name]?.since,
      look: (name) => this.#keeper.node(name),
      call: (name) => this.#call(name),
      fence: (name) => {
        if (isolated[name]) rebootNode(this.#call(name));
      },
    });
    if (changed) this.#keeper.write();
  }

  /** A call of nobody on a node. */
  #call(name: string): Call {
    const { random = Math.random } = this.#options;
    return silentCall(() => this.#keeper.touch(name), this.time.now, random);
  }

  #check(name: string): void {
    if (this.names.includes(name)) return;
    throw new PhxError('usage', {
      title: `There is no simulated node ${name}`,
      hint: `The nodes are ${this.names.join(', ')}.`,
    });
  }

  #place(name: string): ConstructorParameters<typeof Twin>[2] {
    return {
      keeper: this.#keeper.of(name),
      time: this.time,
      problem: () => (this.#keeper.cluster().down[name] === undefined ? undefined : switchedOff(name)),
      step: (argv, step) => {
        const state = this.#keeper.node(name);
        return this.isQuorate(name) ? step() : withoutQuorum(state, argv, step);
      },
      states: () => this.names.map((one) => this.#keeper.touch(one)),
      settle: () => this.#settle(),
      fork: (more) => this.fork(more).node(name),
      reset: (pve) => this.reset(pve),
    };
  }
}

function switchedOff(name: string): UnreachableError {
  return new UnreachableError({
    title: `${name} (simulated node) cannot be reached`,
    facts: [['why', 'it is switched off']],
    hint: 'Switch it on, or leave out what rests on it.',
    command: `phx twin node ${name} up`,
  });
}
