/** Lets the time that has passed do its work: transient timers that are due run their programs, orphaned workers clean up. */

import type { Call } from './call.ts';
import { cleanUpStarts } from './pct-power.ts';
import { runInBackground } from './programs.ts';
import type { Random } from './random.ts';
import type { TwinState } from './state.ts';
import { endOrphanTasks } from './task-log.ts';
import { takeDue } from './timers.ts';
import { endOrphans } from './workers.ts';

/** `state` is asked anew for each timer, since a program may have changed it. True when one fired. */
export function settle(state: () => TwinState, clock: () => number, random: Random): boolean {
  const tasks = endOrphanTasks(state(), clock());
  let fired = endOrphans(state(), clock) || tasks;
  const silent = () => {};
  const call: Call = {
    ...{ program: '', args: [], stdin: '', out: silent, err: silent, exit: silent },
    get state() {
      return state();
    },
    now: clock,
    lock: () => true,
    random,
  };
  cleanUpStarts(call);
  if (!state().timers?.length) return fired;
  for (let due = takeDue(state(), clock()); due; due = takeDue(state(), clock())) {
    runInBackground(call, due.argv);
    fired = true;
  }
  return fired;
}
