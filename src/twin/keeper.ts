/** What keeps a node's state for its twin: a store of its own, or its part of a cluster's. Types only. */

import type { TwinState } from './state.ts';

export interface Keeper {
  /** The present state; undefined when there is none yet. */
  read(): TwinState | undefined;
  /** Holds a state that is not written before something changes. */
  begin(state: TwinState): void;
  /** Keeps the state. */
  write(state: TwinState): void;
  /** Keeps the state as it is at the end of this turn; done when it is written. */
  commit(prepare: () => TwinState): Promise<void>;
  /** Whether it is kept in memory alone. */
  readonly isVolatile: boolean;
  /** Whether what is held would be another one in the next process: nothing was written yet. */
  readonly isUnsaved: boolean;
}
