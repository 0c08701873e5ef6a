/** `qm create --archive` and `qmrestore`: a VM from a backup. From documentation; only those of containers were recorded. */

import { type Call, refuse, type Work } from './call.ts';
import type { Given } from './options.ts';

// biome-ignore lint/correctness/useYield: not yet
export function* qmRestore(_call: Call, _given: Given): Work {
  refuse('restoring VMs is not simulated');
}
