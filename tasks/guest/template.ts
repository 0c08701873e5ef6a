/** Step `template`: a guest that is built becomes a template; it never starts again, and linked clones rest on it. */

import type { Guest } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { hasTemplateFlag, unconverted } from '../../src/proxmox/template-conf.ts';
import { confOf, isTemplate } from './conf.ts';
import { insideScopes, noteInside } from './inside-note.ts';
import { leave } from './leave.ts';
import { clearLeftLock } from './leftover.ts';
import { layersOf } from './lineage.ts';
import type { Machine } from './machine.ts';
import { finished, stepOf, targetOf } from './names.ts';
import { isSafetyPoint } from './safety-means.ts';
import type { Reach } from './seal.ts';

/** `checks`: what its checks are known by, where it has some. `clean`: what is done inside of it before, for a kind of guest whose copies would be the same machine otherwise. */
export function templateTask(
  guest: Guest,
  reach: Reach,
  checks: string | undefined,
  clean: (context: TaskContext<Facts>) => Promise<void> = async () => {},
): PhxTask {
  return {
    id: stepOf(guest, 'template'),
    target: targetOf(guest),
    title: `make ${guest.id} a template`,
    revision: '2',
    config: { template: true, ...(checks === undefined ? {} : { checks }) },
    dependencies: finished(guest),
    // Never `false`: what is half converted is missing, so that it is converted.
    outputs: { template: (facts) => isTemplate(facts, guest.id) || undefined },
    assess: ({ facts }) => snapshotted(guest, facts),
    pools: [`guest:${guest.id}`],
    touches: [`guest:${guest.id}`, ...insideScopes(guest)],
    run: async (context) => {
      const machine = reach(context);
      await clearLeftLock(machine, context);
      await clean(context);
      await leave(machine, context);
      await convert(machine, context);
      await noteInside(guest, layersOf(guest, context.stamp), checks, context);
      return undefined;
    },
  };
}

async function convert(machine: Machine, context: TaskContext<Facts>): Promise<void> {
  const { id, tool } = machine;
  if (isTemplate(context.facts(), id)) return;
  // Our own, from when it was to be none: nothing goes back past a template.
  for (const [name, section] of machine.conf.snapshots) {
    if (!isSafetyPoint(name, section)) continue;
    await context.run(tool.deleteSnapshot(id, name), { deadline: 10 * 60_000 });
    await machine.look();
  }
  // Set by hand, the flag refuses the conversion; after a crash within it, only the flag is missing (B25, B59).
  if (hasTemplateFlag(machine.conf)) await context.run(tool.set(id, {}, ['template'], machine.digest));
  if (unconverted(machine.conf).length > 0) {
    await context.run(tool.template(id), { deadline: 10 * 60_000, detached: true });
  } else await context.run(tool.set(id, { template: '1' }, [], machine.digest));
  await machine.look();
  if (isTemplate(context.facts(), id)) return;
  const left = unconverted(machine.conf);
  throw new PhxError('failed', {
    title: `${tool.program} said that it made ${id} a template, but it is none`,
    facts: [['seen', left.length > 0 ? `${left.join(', ')} is no base volume` : 'template is not set']],
    hint: "Look at the guest's task log on the node, then run again.",
  });
}

/** Proxmox refuses it (B25), and no snapshot goes unasked. */
function snapshotted({ id, kind }: Guest, facts: Facts): Assessment | undefined {
  const there = facts.guests.get(id);
  if (!there || isTemplate(facts, id)) return undefined;
  const all = [...confOf(there).snapshots];
  const names = all.flatMap(([name, section]) => (isSafetyPoint(name, section) ? [] : [name]));
  if (names.length === 0) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `${kind === 'ct' ? 'Container' : 'VM'} ${id} has snapshots: Proxmox makes no template of it`,
      facts: [['snapshots', names.join(', ')]],
      hint: 'phx removes no state that somebody may go back to. Delete them, or seal it with snapshot: instead.',
      command: `${kind === 'ct' ? 'pct' : 'qm'} delsnapshot ${id} ${names.at(-1)}`,
    },
  };
}
