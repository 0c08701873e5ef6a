/** Step `network`: a container that runs has its network. */

import type { Container } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { stepOf, targetOf } from '../guest/names.ts';
import { enterContainer, type Workplace } from './lease.ts';

/** What entering a container needs to know of its configuration. */
export function workplaceOf(ct: Container): Workplace {
  const net = Object.values(ct.nets)[0];
  const fixed = net?.ip !== undefined && net.ip !== 'dhcp' && net.ip !== 'manual';
  const route = net?.gw !== undefined || net?.ip === 'dhcp';
  return { id: ct.id, state: ct.state, route, ...(fixed && net?.ip ? { address: net.ip } : {}) };
}

export function networkReadyTask(ct: Container): PhxTask {
  const place = workplaceOf(ct);
  return {
    id: stepOf(ct, 'network'),
    target: targetOf(ct),
    title: `network of ${ct.id}`,
    revision: '1',
    config: { ...place },
    dependencies: [
      { task: stepOf(ct, 'define'), kind: 'result' },
      { task: stepOf(ct, 'start'), kind: 'order' },
    ],
    pools: [`guest:${ct.id}`],
    touches: [],
    run: async (context: TaskContext<Facts>) => {
      if (context.config.state === 'running') await enterContainer(place, context);
      return undefined;
    },
  };
}
