/** What a node of a cluster has from its cluster, where a node that stands alone has its own. Types only. */

import type { Keeper } from './keeper.ts';
import type { Random } from './random.ts';
import type { PveVersion, TwinState } from './state.ts';
import type { TwinTime } from './time.ts';

/** How a copy differs from what it is a copy of. */
export interface ForkOptions {
  readonly latency?: 'none' | 'real';
  readonly speed?: number | 'skip';
  readonly random?: Random;
  readonly killRun?: () => void;
}

export interface NodePlace<Node> {
  readonly keeper: Keeper;
  /** One for all nodes. */
  readonly time: TwinTime;
  /** Why the node cannot be reached; undefined when it can. */
  problem(): Error | undefined;
  /** One step of a program; refuses what may not be changed where there is no quorum. */
  step<T>(argv: readonly string[], step: () => T): T;
  /** The states of all nodes: commands of this process may run on each. */
  states(): readonly TwinState[];
  /** Lets the time that has passed do its work in the whole cluster. */
  settle(): void;
  /** This node in a copy of the whole cluster. */
  fork(more: ForkOptions): Node;
  reset(pve?: PveVersion): void;
}
