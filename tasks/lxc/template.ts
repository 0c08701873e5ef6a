/** Step `template`: a container that is built becomes a template; it never starts again, and linked clones rest on it. */

import type { Container } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { hasTemplateFlag, unconverted } from '../../src/proxmox/template-conf.ts';
import { doors, stepOf, targetOf } from '../guest/names.ts';
import { confOf, isTemplate, LXCContainer } from './container.ts';
import { leave } from './lease.ts';
import { clearLeftLock } from './leftover.ts';
import { bySnapshot, isSafetyPoint } from './safety-snapshot.ts';

export function templateTask(ct: Container): PhxTask {
  const layers = [...ct.layers.map((layer) => `feature:${layer.name}`), ...(ct.app ? ['app'] : [])];
  const before = ct.health ? 'health' : (layers.at(-1) ?? 'network');
  return {
    id: stepOf(ct, 'template'),
    target: targetOf(ct),
    title: `make ${ct.id} a template`,
    revision: '1',
    config: { template: true },
    dependencies: [
      { task: stepOf(ct, 'define'), kind: 'result' },
      ...layers.map((layer) => ({ task: stepOf(ct, layer), kind: 'result' as const })),
      { task: stepOf(ct, 'volumes'), kind: 'order' },
      { task: stepOf(ct, before), kind: 'order' },
      { task: stepOf(ct, 'leftovers'), kind: 'order' },
      ...doors(ct).map((task) => ({ task, kind: 'order' as const })),
    ],
    // Never `false`: what is half converted is missing, so that it is converted.
    outputs: { template: (facts) => isTemplate(facts, ct.id) || undefined },
    assess: ({ facts }) => snapshotted(ct.id, facts),
    pools: [`guest:${ct.id}`],
    touches: [`guest:${ct.id}`],
    run: async (context) => {
      await convert(ct.id, context);
      return undefined;
    },
  };
}

async function convert(id: number, context: TaskContext<Facts>): Promise<void> {
  const container = new LXCContainer(id, context);
  await clearLeftLock(id, context);
  await leave(id, context);
  if (isTemplate(context.facts(), id)) return;
  // Our own, from when it was to be none: nothing goes back past a template.
  for (const [name, section] of container.conf.snapshots) {
    if (isSafetyPoint(name, section)) await bySnapshot(id, false).drop(name, context);
  }
  // Set by hand, the flag refuses the conversion; after a crash within it, only the flag is missing (B25, B59).
  if (hasTemplateFlag(container.conf)) await context.run(pct.set(id, {}, ['template'], container.digest));
  if (unconverted(container.conf).length > 0) {
    await context.run(pct.template(id), { deadline: 10 * 60_000, detached: true });
  } else await context.run(pct.set(id, { template: '1' }, [], container.digest));
  await container.look();
  if (isTemplate(context.facts(), id)) return;
  const left = unconverted(container.conf);
  throw new PhxError('failed', {
    title: `pct said that it made ${id} a template, but it is none`,
    facts: [['seen', left.length > 0 ? `${left.join(', ')} is no base volume` : 'template is not set']],
    hint: "Look at the container's task log on the node, then run again.",
  });
}

/** Proxmox refuses it (B25), and no snapshot goes unasked. */
function snapshotted(id: number, facts: Facts): Assessment | undefined {
  const guest = facts.guests.get(id);
  if (!guest || isTemplate(facts, id)) return undefined;
  const all = [...confOf(guest).snapshots];
  const names = all.flatMap(([name, section]) => (isSafetyPoint(name, section) ? [] : [name]));
  if (names.length === 0) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `Container ${id} has snapshots: Proxmox makes no template of it`,
      facts: [['snapshots', names.join(', ')]],
      hint: 'phx removes no state that somebody may go back to. Delete them, or seal it with snapshot: instead.',
      command: `pct delsnapshot ${id} ${names.at(-1)}`,
    },
  };
}
