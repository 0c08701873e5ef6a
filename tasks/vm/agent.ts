/** Step `agent`: a VM that runs has its agent, and its first boot behind it. */

import type { VirtualMachine } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { stepOf, targetOf } from '../guest/names.ts';
import { enterVm, type Workplace } from './lease.ts';

export function workplaceOf({ id, state }: VirtualMachine): Workplace {
  return { id, state };
}

export function agentTask(vm: VirtualMachine): PhxTask {
  const place = workplaceOf(vm);
  return {
    id: stepOf(vm, 'agent'),
    target: targetOf(vm),
    title: `agent of ${vm.id}`,
    revision: '1',
    config: { state: vm.state },
    dependencies: [
      { task: stepOf(vm, 'define'), kind: 'result' },
      { task: stepOf(vm, 'start'), kind: 'order' },
    ],
    pools: [`guest:${vm.id}`],
    touches: [],
    run: async (context) => {
      if (context.config.state === 'running') await enterVm(place, context);
      return undefined;
    },
  };
}
