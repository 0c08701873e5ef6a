/** Step `start`: the guest is kept running or stopped, as wanted; what waits for a restart gets it where that was asked for. */

import type { Guest } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import {
  type Assessment,
  type Dependency,
  type JudgeView,
  type TaskContext,
  unseen,
} from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { stateOf } from './conf.ts';
import { forgetReady } from './inside.ts';
import { leave } from './leave.ts';
import type { Machine } from './machine.ts';
import { hasInside, networkTask, rebootTask, stepOf, targetOf } from './names.ts';
import { restarts, waiting } from './restart.ts';
import type { Reach } from './seal.ts';

/** `before`: the last step that its conf waits for. */
export function startTask(
  guest: Guest,
  reach: Reach,
  before: string,
  more: readonly Dependency<Facts>[] = [],
): PhxTask {
  return {
    id: stepOf(guest, 'start'),
    target: targetOf(guest),
    title: guest.state === 'running' ? `start ${guest.id}` : `keep ${guest.id} stopped`,
    revision: '2',
    config: { state: guest.state },
    dependencies: [
      { task: stepOf(guest, 'define'), kind: 'result' },
      { task: stepOf(guest, before), kind: 'order' },
      ...(guest.firewall ? [{ task: stepOf(guest, 'firewall'), kind: 'order' } as const] : []),
      { task: networkTask, kind: 'order' },
      ...more,
      // A reboot stops every guest: whatever waits for one is better started after it.
      { task: rebootTask, kind: 'after' },
    ],
    assess: (view) => assess(guest, view),
    outputs: { state: (facts) => runningOrStopped(facts, guest.id) },
    drift: guest.drift,
    pools: [`guest:${guest.id}`],
    touches: [`guest:${guest.id}`],
    run: async (context) => {
      const machine = reach(context);
      if (context.config.state === 'stopped') await leave(machine, context);
      else if (machine.state === 'running') await restartIfAsked(guest, machine, context);
      else {
        await machine.start();
        if (!hasInside(guest)) context.log(unknownWords(guest));
      }
      return undefined;
    },
  };
}

/** A guest that nobody can look into is built when it runs: what is not known of it then. */
function unknownWords({ id, clone }: Guest): string {
  const keys = clone ? ', and whether it has keys of its own' : '';
  return `${id} has no agent: phx cannot see how its first boot ends, which address it has${keys}; a shutdown and a snapshot do without its help`;
}

/** What waits for a restart makes it stale where one was asked for; otherwise `configure` tells of it. */
function assess(guest: Guest, view: JudgeView<Facts>): Assessment | undefined {
  const names = restarts(guest, view) ? waiting(guest, view.facts, view.stamp) : [];
  if (names.length === 0) return undefined;
  return { verdict: 'stale', because: [{ why: 'changed', key: 'restart', to: names.join(', ') }] };
}

async function restartIfAsked(guest: Guest, machine: Machine, context: TaskContext<Facts>): Promise<void> {
  if (!restarts(guest, context) || waiting(guest, context.facts(), context.stamp).length === 0) return;
  forgetReady(context, guest.id);
  await machine.restart();
}

function runningOrStopped(facts: Facts, id: number): string | typeof unseen | undefined {
  const state = stateOf(facts, id);
  if (facts.guests.get(id)?.unknown) return unseen;
  return state === 'running' || state === 'stopped' ? state : undefined;
}
