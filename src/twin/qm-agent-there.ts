/** Is there an agent inside a VM, and what is said where there is none (B97)? It sends it nothing. */

import type { Call } from './call.ts';
import type { Guest } from './guests.ts';
import { agentWanted } from './qm-devices.ts';

/** How long an agent that does not answer is waited for. */
export const agentTimeout = 3000;

/** Does the agent answer now? */
export function agentAnswers(call: Call, { state }: Guest): boolean {
  const { running, tree } = state;
  if (!running || running.paused || running.agentAt === undefined) return false;
  const there = tree.packages['qemu-guest-agent'] !== undefined && tree.units['qemu-guest-agent'] !== false;
  return there && call.now() >= running.agentAt;
}

/** Snapshot and shutdown ask the agent where one is configured, wait for it in vain, say so, and go on; the milliseconds of it. */
export function missAgent(call: Call, guest: Guest): number {
  if (!guest.state.running || !agentWanted(guest.conf) || agentAnswers(call, guest)) return 0;
  call.err(
    `QEMU Guest Agent is not running - VM ${guest.id} qmp command 'guest-ping' failed - got timeout\n`,
  );
  return agentTimeout;
}
