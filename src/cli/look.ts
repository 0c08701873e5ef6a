/** Starts the engine for tasks that only look: on the real host, and without any trace of it. */

import type { RunEvent } from '../core/event.ts';
import { execute, type RunResult } from '../core/execute.ts';
import { StampOverlay } from '../core/stamp.ts';
import { commonSetup } from './engine.ts';
import type { Io } from './io.ts';
import type { Opened } from './open.ts';

/** No lock, no journal, no stamp. Ctrl-C ends them at once, since nothing is left half-done. */
export async function lookOn(
  io: Io,
  opened: Omit<Opened, 'stamps'>,
  jobs: number,
  emit: (event: RunEvent) => void,
): Promise<RunResult> {
  const all = new Set(opened.graph.order);
  const selection = { shown: all, demanded: all, forced: new Set<number>() };
  return execute({
    ...commonSetup(io, opened, selection, { run: 'look', words: [], jobs, keepGoing: true }, emit),
    sites: opened.sites,
    time: opened.time,
    stamps: new StampOverlay({ get: () => undefined, put: () => {}, all: () => [], commit: () => {} }),
    journal: {
      write: (entry) => {
        throw new Error(`a task that only looks meant to change something: ${JSON.stringify(entry)}`);
      },
      intended: () => undefined,
    },
    stop: { drain: io.stop.drain, abort: io.stop.drain },
    terms: opened.terms,
  });
}
