/** What `phx doctor` says of one thing. Types only. */

import type { Problem } from '../../core/event.ts';

export interface Finding extends Omit<Problem, 'facts'> {
  /** `machine`, `project`, `records`, or the name of a node. */
  readonly about: string;
  /** `good`: as it should be; `look`: it works, and somebody should look; `bad`: something fails, or will. */
  readonly level: 'good' | 'look' | 'bad';
  readonly facts?: Problem['facts'];
}
