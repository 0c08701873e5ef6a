/** The LXC plugin: the tasks of every container of the fleet. It knows which steps there are, not what they do. */

import type { Container } from '../../src/config/fleet.ts';
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
import { neighboursAt } from '../guest/neighbours.ts';
import { guestPoints } from '../guest/points.ts';
import { safetyMeans, safetyRests } from '../guest/safety-kinds.ts';
import { sealTask } from '../guest/seal.ts';
import { startTask } from '../guest/start.ts';
import { templateTask } from '../guest/template.ts';
import { workshopOf } from '../guest/workshop.ts';
import { containerActions } from './actions.ts';
import { configureTask } from './configure.ts';
import { LXCContainer } from './container.ts';
import { defineTask } from './define.ts';
import { containerInside } from './inside.ts';
import { enterContainer } from './lease.ts';
import { networkReadyTask, workplaceOf } from './power.ts';
import { containerSafety } from './safety.ts';
import { volumesTask } from './volumes.ts';

export function lxc(): Plugin {
  return {
    name: 'lxc',
    builtin: true,
    actions: (input, ...asked) => containerActions(input, ...asked).map(onItsNode(input.fleet)),
    checks: (input, request) =>
      guestChecks('ct', containerInside)(input, request).map(onItsNode(input.fleet)),
    points: (input, request) =>
      guestPoints('ct', ({ id }) => containerSafety(id))(input, request).map(onItsNode(input.fleet)),
    tasks: async (input) => {
      const containers = Object.values(input.fleet.guests).filter((guest) => guest.kind === 'ct');
      const all = await Promise.all(
        containers.map(async (ct) => {
          const own = { ...input, fleet: fleetOf(ct, input.fleet) };
          return guestTasks(ct.id, input.fleet, await containerTasks(ct, own));
        }),
      );
      return all.flat();
    },
  };
}

async function containerTasks(ct: Container, input: PluginInput): Promise<PhxTask[]> {
  const { fleet, project } = input;
  const place = workplaceOf(ct);
  const reach = (context: TaskContext<Facts>) => new LXCContainer(ct.id, context);
  const { safety, tasks, checks } = await workshopOf(ct, input, {
    enter: (context) => enterContainer(place, context),
    means: safetyMeans(ct, fleet, containerSafety(ct.id)),
    rests: safetyRests(ct, fleet),
  });
  const steps = [
    undoesHalf(defineTask(ct, fleet, project, safety), reach),
    ...migrateTasks(ct, fleet, reach),
    configureTask(ct, fleet),
    volumesTask(ct, fleet, project),
    ...(ct.firewall ? [guestFirewallTask(ct, ct.firewall, fleet)] : []),
    ...haTasks(ct, fleet, project, 'volumes'),
    startTask(ct, reach, 'volumes', [...beforeStart(ct, fleet), ...neighboursAt('start', ct, fleet)]),
    networkReadyTask(ct),
    ...tasks,
    ...(ct.snapshot ? [sealTask(ct, reach, checks)] : []),
    ...(ct.template ? [templateTask(ct, reach, checks)] : []),
  ];
  return steps.map((task) => tellsWhoLocks(task, ct.id));
}
