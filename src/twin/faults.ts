/** Injected failures: which command they hit, counted per fault, used up once. It runs nothing. */

import type { Fault, TwinState } from './state.ts';

/** Does the command line begin with the fault's words? */
function matches(fault: Fault, argv: readonly string[]): boolean {
  return fault.match
    .trim()
    .split(/\s+/)
    .every((word, at) => argv[at] === word);
}

/** Counts this command for every fault that it matches; returns the first one that strikes, and removes it. */
export function strike(state: TwinState, argv: readonly string[]): Fault | undefined {
  if (state.faults.length === 0) return undefined;
  let struck: Fault | undefined;
  state.faults = state.faults.filter((fault) => {
    if (!matches(fault, argv)) return true;
    fault.seen++;
    if (struck || fault.seen < fault.nth) return true;
    struck = fault;
    return false;
  });
  return struck;
}
