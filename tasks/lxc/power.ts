/** Steps `start` and `network`: the container is kept as wanted, and one that runs has its network. */

import type { Container } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Assessment, JudgeView, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { forgetReady } from '../guest/inside.ts';
import { networkTask, rebootTask, stepOf, targetOf } from '../guest/names.ts';
import { LXCContainer, stateOf } from './container.ts';
import { enterContainer, leave, type Workplace } from './lease.ts';
import { restarts, waiting } from './restart.ts';

/** What entering a container needs to know of its configuration. */
export function workplaceOf(ct: Container): Workplace {
  const net = Object.values(ct.nets)[0];
  const fixed = net?.ip !== undefined && net.ip !== 'dhcp' && net.ip !== 'manual';
  const route = net?.gw !== undefined || net?.ip === 'dhcp';
  return { id: ct.id, state: ct.state, route, ...(fixed && net?.ip ? { address: net.ip } : {}) };
}

export function startTask(ct: Container): PhxTask {
  return {
    id: stepOf(ct, 'start'),
    target: targetOf(ct),
    title: ct.state === 'running' ? `start ${ct.id}` : `keep ${ct.id} stopped`,
    revision: '2',
    config: { state: ct.state },
    dependencies: [
      { task: stepOf(ct, 'define'), kind: 'result' },
      { task: stepOf(ct, 'volumes'), kind: 'order' },
      ...(ct.firewall ? [{ task: stepOf(ct, 'firewall'), kind: 'order' } as const] : []),
      { task: networkTask, kind: 'order' },
      // A reboot stops every guest: whatever waits for one is better started after it.
      { task: rebootTask, kind: 'after' },
    ],
    assess: (view) => assess(ct, view),
    outputs: { state: (facts) => runningOrStopped(facts, ct.id) },
    drift: ct.drift,
    pools: [`guest:${ct.id}`],
    touches: [`guest:${ct.id}`],
    run: async (context) => {
      const container = new LXCContainer(ct.id, context);
      if (context.config.state === 'stopped') await leave(ct.id, context);
      else if (container.state === 'running') await restartIfAsked(ct, container, context);
      else await container.start();
      return undefined;
    },
  };
}

/** What waits for a restart makes it stale where one was asked for; otherwise `configure` tells of it. */
function assess(ct: Container, view: JudgeView<Facts>): Assessment | undefined {
  const names = restarts(ct, view) ? waiting(ct, view.facts, view.stamp) : [];
  if (names.length === 0) return undefined;
  return { verdict: 'stale', because: [{ why: 'changed', key: 'restart', to: names.join(', ') }] };
}

async function restartIfAsked(
  ct: Container,
  container: LXCContainer,
  context: TaskContext<Facts>,
): Promise<void> {
  if (!restarts(ct, context) || waiting(ct, context.facts(), context.stamp).length === 0) return;
  forgetReady(context, ct.id);
  await container.restart();
}

function runningOrStopped(facts: Facts, id: number): string | undefined {
  const state = stateOf(facts, id);
  return state === 'running' || state === 'stopped' ? state : undefined;
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
