/** What a node sees of its cluster. Programs find it by the node's state; a node that stands alone has none. Types and the lookup only. */

import type { SeenGuest } from './cluster-state.ts';
import type { TwinState } from './state.ts';

/** A node of the cluster as another sees it. */
export interface Member {
  readonly name: string;
  /** Counted from 1. */
  readonly id: number;
  readonly address: string;
  readonly online: boolean;
}

export interface ClusterView {
  readonly id: string;
  /** What the cluster is called. */
  readonly name: string;
  /** Whether the part that the node is in has a majority of votes: else /etc/pve is read-only there. */
  readonly quorate: boolean;
  readonly members: readonly Member[];
  /** The guests of a node as they are in /etc/pve, also of one that is down. */
  guests(node: string): Readonly<Record<string, SeenGuest>>;
  /** Where a guest is. */
  find(id: number | string): { readonly node: string; readonly guest: SeenGuest } | undefined;
  /** The state of a node that is reached from here, only to be read; undefined where it is not. */
  look(node: string): TwinState | undefined;
  /** The same, to be changed, too. */
  peer(node: string): TwinState | undefined;
  /** The state of any node, for what of it lies in the cluster file system. */
  owner(node: string): TwinState | undefined;
}

const views = new WeakMap<TwinState, ClusterView>();

/** The cluster that the node with this state is in; undefined when it stands alone. */
export function clusterOf(state: TwinState): ClusterView | undefined {
  return views.get(state);
}

export function joinCluster(state: TwinState, view: ClusterView): void {
  views.set(state, view);
}
