/**
 * The wait for what the HA manager was asked to do: `pct start` and its like only ask it and end at once, so that the guest
 * itself has to be looked at. It knows what the manager says, not what it is asked for.
 */

import { BlockedError } from '../../src/core/error.ts';
import type { Problem } from '../../src/core/event.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { type HaStatus, haManager, haSid, parseHaStatus } from '../../src/proxmox/ha.ts';

const minutes = 60_000;

/** Who is waited for. */
interface Kept {
  readonly id: number;
  readonly noun: 'container' | 'VM';
  look(): Promise<unknown>;
}

export interface HaWait {
  /** Completes "waited for container 101 …": `to run`. */
  readonly what: string;
  /** Milliseconds. */
  readonly deadline: number;
  /** Undefined once it has come about; what is seen instead, until then. */
  readonly missing: () => string | undefined;
}

/** Looks until it has come about; a guest that the manager has given up is told at once. */
export async function untilKept(
  machine: Kept,
  { what, deadline, missing }: HaWait,
  context: TaskContext<Facts>,
): Promise<void> {
  const { id, noun } = machine;
  await context.until({
    what: `the HA manager to get ${noun} ${id} ${what}`,
    ...{ deadline, interval: 2000, longest: 10_000 },
    hint: 'Look at what the manager is at: ha-manager status, and its log: journalctl -u pve-ha-crm -u pve-ha-lrm.',
    look: async () => {
      await machine.look();
      const seen = missing();
      if (seen === undefined) return { answer: true };
      const said = await haStatus(machine, context);
      if (said?.error) throw new BlockedError(givenUp(machine, said));
      return { seen: said ? `${seen}; the HA manager says: ${said.words}` : seen };
    },
  });
}

/** So long a start may take the manager: it looks around every ten seconds, and does a few guests at a time. */
export const haStartTime = 10 * minutes;

export function haStopTime(patience: number): number {
  return 5 * minutes + patience * 1000;
}

/** What the manager says of a guest now; undefined when it says nothing. */
export async function haStatus(machine: Kept, context: TaskContext<Facts>): Promise<HaStatus | undefined> {
  const { exit, stdout } = await context.ask(haManager.status);
  return exit === 0 ? parseHaStatus(stdout, sidOf(machine)) : undefined;
}

function sidOf({ id, noun }: Kept): string {
  return haSid({ id, kind: noun === 'VM' ? 'vm' : 'ct' });
}

/** The manager does nothing with it any more until a person says so. */
export function givenUp(machine: Kept, said: HaStatus | undefined): Problem {
  const { id, noun } = machine;
  return {
    title: `The HA manager has given up on ${noun} ${id}`,
    facts: [['it says', said?.words ?? `${sidOf(machine)} is in error state`]],
    hint: 'The task log of its last start on the node says why. Once that is mended, take it out of this state, and type the same again when ha-manager status says that it is disabled.',
    command: `ha-manager set ${sidOf(machine)} --state disabled`,
  };
}
