/** `--start` of `pct create` and `pct restore`. It knows nothing of how a container is made. */

import { type Call, Refusal, type Work } from './call.ts';
import { startGuest } from './pct-power.ts';

/** `--start 1`: a start that fails is only printed (B6). */
export function* startAfterCreate(call: Call, id: number): Work {
  try {
    yield* startGuest(call, id, false);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    call.out(error.message);
  }
}
