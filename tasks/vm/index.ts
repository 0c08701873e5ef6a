/** The VM plugin: the tasks of every virtual machine of the fleet. It knows which steps there are, not what they do. */

import type { Fleet, VirtualMachine } from '../../src/config/fleet.ts';
import type { PhxTask, Plugin, PluginInput } from '../../src/config/project.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { migrateTasks } from '../cluster/migrate.ts';
import { guestTasks, onItsNode } from '../cluster/nodes.ts';
import { fleetOf } from '../cluster/whereabouts.ts';
import { undoesHalf } from '../guest/failed-define.ts';
import { guestFirewallTask } from '../guest/firewall.ts';
import { guestChecks } from '../guest/guest-checks.ts';
import { beforeStart, haTasks } from '../guest/ha.ts';
import { tellsWhoLocks } from '../guest/lock-holder.ts';
import { hasInside, rebootTask } from '../guest/names.ts';
import { neighboursAt } from '../guest/neighbours.ts';
import { guestPoints } from '../guest/points.ts';
import { safetyMeans, safetyRests } from '../guest/safety-kinds.ts';
import { sealTask } from '../guest/seal.ts';
import { startTask } from '../guest/start.ts';
import { templateTask } from '../guest/template.ts';
import { workshopOf } from '../guest/workshop.ts';
import { vmActions } from './actions.ts';
import { agentTask, workplaceOf } from './agent.ts';
import { cleanVm } from './clean.ts';
import { cloudInitTask } from './cloud-init-step.ts';
import { configureTask } from './configure.ts';
import { defineTask } from './define.ts';
import { execTask } from './exec.ts';
import { vmInside } from './inside.ts';
import { enterVm } from './lease.ts';
import { QemuMachine } from './machine.ts';
import { vmSafety } from './safety.ts';
import { volumesTask } from './volumes.ts';

export function vm(): Plugin {
  return {
    name: 'vm',
    builtin: true,
    actions: (input, ...asked) => vmActions(input, ...asked).map(onItsNode(input.fleet)),
    checks: (input, request) => guestChecks('vm', vmInside)(input, request).map(onItsNode(input.fleet)),
    points: (input, request) =>
      guestPoints('vm', (machine) => vmSafety(machine.id, machine))(input, request).map(
        onItsNode(input.fleet),
      ),
    inside: (input, request) => {
      const task = execTask(input, request);
      return task && onItsNode(input.fleet)(task);
    },
    tasks: async (input) => {
      const all = Object.values(input.fleet.guests).filter((guest) => guest.kind === 'vm');
      const each = all.map(async (machine) => {
        const own = { ...input, fleet: fleetOf(machine, input.fleet) };
        return guestTasks(machine.id, input.fleet, await vmTasks(machine, own));
      });
      return (await Promise.all(each)).flat();
    },
  };
}

async function vmTasks(machine: VirtualMachine, input: PluginInput): Promise<PhxTask[]> {
  const { fleet, project } = input;
  const place = workplaceOf(machine);
  const { safety, tasks, checks } = hasInside(machine)
    ? await workshopOf(machine, input, {
        enter: (context) => enterVm(place, context),
        means: safetyMeans(machine, fleet, vmSafety(machine.id, machine)),
        rests: safetyRests(machine, fleet),
      })
    : { safety: undefined, tasks: [], checks: undefined };
  const reach = (context: TaskContext<Facts>) => new QemuMachine(machine.id, context);
  const steps = [
    undoesHalf(defineTask(machine, fleet, project, safety), reach),
    ...migrateTasks(machine, fleet, reach),
    volumesTask(machine, fleet),
    configureTask(machine),
    await cloudInitTask(machine, input),
    ...(machine.firewall ? [guestFirewallTask(machine, machine.firewall, fleet)] : []),
    ...haTasks(machine, fleet, project, 'cloud-init'),
    startTask(machine, reach, 'cloud-init', [
      ...beforeStart(machine, fleet),
      ...devices(machine, fleet),
      ...neighboursAt('start', machine, fleet),
    ]),
    ...(hasInside(machine) ? [agentTask(machine), ...tasks] : []),
    ...(machine.snapshot ? [sealTask(machine, reach, checks)] : []),
    ...(machine.template
      ? [templateTask(machine, reach, checks, (context) => cleanVm(machine, place, context))]
      : []),
  ];
  return steps.map((task) => tellsWhoLocks(task, machine.id));
}

/** A device that vfio-pci is to have is there for a VM once the boot is over that gives it away. */
function devices({ gpus = [], hostpcis }: VirtualMachine, { hypervisor }: Fleet) {
  const given = gpus.length > 0 || Object.keys(hostpcis).length > 0;
  return given && hypervisor.vfio ? [{ task: rebootTask, kind: 'order' as const }] : [];
}
