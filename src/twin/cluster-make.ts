/** The state of a cluster that is new, or that is made of nodes that there are. It knows no store and no host. */

import { authority, authorityFile, corosyncConf, corosyncFile } from './cluster-files.ts';
import { membersOf } from './cluster-keeper.ts';
import { changeOf, takeUp } from './cluster-shared.ts';
import { type ClusterState, clusterVersion } from './cluster-state.ts';
import { freshState } from './fresh.ts';
import { bareTree } from './guest-tree.ts';
import { type Random, randomHex } from './random.ts';
import type { GuestState, PveVersion, TwinHardware, TwinState } from './state.ts';

/** A node of which only others told. */
export interface AbsentNode {
  readonly address: string;
  /** By id. */
  readonly guests: Readonly<Record<string, { readonly kind: 'ct' | 'vm'; readonly conf?: string }>>;
}

export interface GivenWish {
  /** Default: that of the first node. */
  readonly identity?: string;
  /** What the cluster is called; default `twin`. */
  readonly name?: string;
  /** Nodes that were not reached: they are there, switched off, and nothing is known of them but their guests. */
  readonly absent?: Readonly<Record<string, AbsentNode>>;
}

/** What a new cluster is made of. */
export interface FreshWish {
  readonly nodes: Readonly<Record<string, TwinHardware>>;
  readonly name?: string;
  readonly random?: Random;
}

/** Nodes as they are installed, joined in this order. */
export function freshCluster(wish: FreshWish, now: number, pve?: PveVersion): ClusterState {
  const { random = Math.random, name = 'twin' } = wish;
  const id = `twin-${randomHex(random, 16)}`;
  const nodes = new Map(
    Object.entries(wish.nodes).map(([node, hardware]) => {
      const own = { ...hardware, node, ...(pve === undefined ? {} : { pve }) };
      return [node, { ...freshState(own, now, random), id }];
    }),
  );
  return withFiles(joined(nodes, id, name));
}

/** What they share is what the first of them knows, and what the others know beside that. */
export function givenCluster(
  states: ReadonlyMap<string, TwinState>,
  { identity, name = 'twin', absent = {} }: GivenWish,
  now: number,
): ClusterState {
  const id = identity ?? [...states.values()][0]?.id ?? '';
  const known = [...states].map(([node, state]) => [node, { ...state, id }] as const);
  const others = Object.entries(absent).map(([node, one]) => [node, absentState(node, one, id)] as const);
  const cluster = joined(new Map(known), id, name);
  for (const [node, state] of others) cluster.nodes[node] = state;
  const down = Object.fromEntries(others.map(([node]) => [node, now]));
  return withFiles({ ...cluster, down });
}

function joined(nodes: ReadonlyMap<string, TwinState>, id: string, name: string): ClusterState {
  const [first] = nodes.values();
  const shared: ClusterState['shared'] = { files: {}, storages: first?.storages ?? [], volumes: {} };
  const isNew = (there: object) => (entry: readonly [string, unknown]) =>
    entry[1] !== undefined && !Object.hasOwn(there, entry[0]);
  for (const state of nodes.values()) {
    const change = changeOf({ ...state, storages: shared.storages }, shared);
    takeUp(shared, {
      files: (change?.files ?? []).filter(isNew(shared.files)),
      volumes: (change?.volumes ?? []).filter(isNew(shared.volumes)),
    });
  }
  const all = { nodes: Object.fromEntries(nodes), down: {}, isolated: {} };
  return { version: clusterVersion, id, name, shared, ...all };
}

/** What joining writes, where it is not there. */
function withFiles(cluster: ClusterState): ClusterState {
  const { files } = cluster.shared;
  files[authorityFile] ??= { text: authority(cluster.id), mode: 0o640 };
  const nodes = membersOf(cluster);
  if (nodes.length > 1) files[corosyncFile] ??= { text: corosyncConf(cluster.name, nodes), mode: 0o640 };
  return cluster;
}

function absentState(node: string, { address, guests }: AbsentNode, id: string): TwinState {
  const hardware = { ...{ node, memory: 0, disks: [], gpus: 0 }, address, gateway: '' };
  const known = Object.entries(guests).map(([guest, { kind, conf = '' }]): [string, GuestState] => [
    guest,
    { ...(kind === 'vm' ? { kind } : {}), conf, tree: bareTree(), snapshots: {} },
  ]);
  return { ...freshState(hardware, 0, () => 0), id, guests: Object.fromEntries(known) };
}
