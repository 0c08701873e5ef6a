/**
 * Workers of `qm create`, `clone` and their like whose caller was killed: they notice it at their next line of output, and
 * take away what they had made (B34, vm-crash; for clones from the source, F11). It knows no verb.
 */

import type { TwinState } from './state.ts';
import { free } from './storage/volumes.ts';
import { noticed } from './task-log.ts';

/** Notes a worker that will have ended by then; `made` is filled while it works. */
export function beginWorker(
  state: TwinState,
  id: number,
  now: number,
  ms: number,
  made: readonly string[],
): void {
  const others = (state.workers ?? []).filter((one) => one.id !== id);
  state.workers = [...others, { id, at: now + ms + noticed, volumes: [...made] }];
}

/** The caller is gone at this moment, earlier than the work would have ended. */
export function orphanWorkers(state: TwinState, now: number): void {
  for (const worker of state.workers ?? []) worker.at = Math.min(worker.at, now + noticed);
}

/** It came to its end, good or bad. */
export function endWorker(state: TwinState, id: number): void {
  const left = (state.workers ?? []).filter((one) => one.id !== id);
  if (left.length > 0) state.workers = left;
  else delete state.workers;
}

/** Cleans up for those that nobody waits for any more. True when there was one. */
export function endOrphans(state: TwinState, clock: () => number): boolean {
  if (!state.workers) return false;
  const now = clock();
  const due = state.workers.filter((one) => one.at <= now);
  for (const { id, volumes } of due) {
    // What its guest came to have in the meantime is no leftover.
    const conf = state.guests[id]?.conf ?? '';
    for (const volid of volumes) if (state.volumes[volid] && !conf.includes(volid)) free(state, volid);
    if (/^lock: (create|clone)\n$/.test(conf)) delete state.guests[id];
    endWorker(state, id);
  }
  return due.length > 0;
}
