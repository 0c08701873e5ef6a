/** Time as those who wait for a machine see it: the process's own for a real one, a simulated one for the twin. */

export interface Time {
  /** Epoch milliseconds; never goes back. */
  readonly now: () => number;
  /** Lets so many milliseconds pass; ends early, by rejecting, when the signal is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}
