/** The events of one run of the built program, as its `--json` told them. */

import assert from 'node:assert/strict';
import type { RunEvent } from '../../src/core/event.ts';

export type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** The events of one run, asked by type. */
export class Events {
  readonly all: readonly RunEvent[];

  constructor(all: readonly RunEvent[]) {
    this.all = all;
  }

  of<T extends RunEvent['type']>(type: T): Of<T>[] {
    return this.all.filter((event): event is Of<T> => event.type === type);
  }

  /** Ids of the tasks that ended in this way, sorted. */
  tasks(type: 'done' | 'fresh' | 'kept' | 'failed' | 'outdated' | 'blocked' | 'cancelled'): string[] {
    return this.of(type)
      .map(({ task }) => task)
      .sort();
  }

  /** Every changing command that ran, in order; without the digests of confs, which no test can foresee. */
  get commands(): string[] {
    return this.all.flatMap((event) =>
      event.type === 'done' || event.type === 'failed'
        ? event.commands.map(({ argv }) => argv.join(' ').replace(/ --digest [0-9a-f]{40}$/, ''))
        : [],
    );
  }

  get summary(): Of<'summary'> {
    const last = this.all.at(-1);
    assert.equal(last?.type, 'summary');
    return last as Of<'summary'>;
  }
}
