/** Step `migrate`: a guest lives on the node that its configuration names, where it says that it is to be moved there. */

import type { Fleet, Guest } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { isHaRequest } from '../../src/proxmox/ha.ts';
import { untilKept } from '../guest/ha-wait.ts';
import { forgetInside } from '../guest/inside-note.ts';
import { clearLeftLock } from '../guest/leftover.ts';
import type { Machine } from '../guest/machine.ts';
import { stepOf, targetOf } from '../guest/names.ts';
import type { Reach } from '../guest/seal.ts';

const minutes = 60_000;
const hours = 60 * minutes;

/** None where nobody asked for it, or there is but one node. */
export function migrateTasks(guest: Guest, fleet: Fleet, reach: Reach): PhxTask[] {
  const { id, node, migrate } = guest;
  if (!fleet.nodes || node === undefined || migrate === undefined) return [];
  const home = (facts: Facts) => facts.guests.get(id)?.node;
  return [
    {
      id: stepOf(guest, 'migrate'),
      target: targetOf(guest),
      title: `${id} lives on ${node}`,
      revision: '1',
      config: { node },
      // How it travels matters only while it has to.
      initial: { migrate },
      dependencies: [{ task: stepOf(guest, 'define'), kind: 'result' }],
      outputs: { node: home },
      assess: ({ facts }) => {
        const from = home(facts);
        if (from === undefined || from === node) return undefined;
        return { verdict: 'stale', because: [{ why: 'changed', key: 'lives on', from, to: node }] };
      },
      drift: guest.drift,
      pools: [`guest:${id}`],
      touches: [`guest:${id}`],
      run: async (context) => {
        await move(reach(context), node, context);
        return undefined;
      },
    },
  ];
}

async function move(machine: Machine, node: string, context: TaskContext<Facts>): Promise<void> {
  const { id, tool } = machine;
  const home = () => context.facts().guests.get(id)?.node;
  if (home() === node) return;
  await clearLeftLock(machine, context);
  // The step `start` starts it again there.
  if (context.initial.migrate === 'offline') await machine.stop();
  // The note lies on the node that it leaves; what is done to it elsewhere nobody would tell it there.
  await forgetInside(context, id);
  const command = tool.migrate(id, node, machine.state === 'running');
  const outcome = await context.run(command, { deadline: 12 * hours, detached: true });
  const missing = () => (home() === node ? undefined : `it lives on ${home()}`);
  // One that the HA manager keeps is moved by it, some time after it was asked to.
  if (isHaRequest(outcome))
    return untilKept(machine, { what: `to live on ${node}`, deadline: hours, missing }, context);
  await context.until({
    what: `${machine.noun} ${id} to live on ${node}`,
    ...{ deadline: 10 * minutes, interval: 2000, longest: 10_000 },
    hint: `Look at the log of the move on the node ${home()}: Proxmox says there what was in its way.`,
    look: async () => {
      await machine.look();
      const seen = missing();
      return seen === undefined ? { answer: true } : { seen };
    },
  });
}
