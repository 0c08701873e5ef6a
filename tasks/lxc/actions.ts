/**
 * What a person asks of containers by a command of its own: start, stop, restart, destroy, snapshot, rollback, backup.
 * One task for each container; it converges as every task does, and leaves no stamp.
 */

import { backupStorageOf } from '../../src/config/backup-storage.ts';
import type { Container, Fleet } from '../../src/config/fleet.ts';
import type { ActionRequest, ActionVerb, PhxTask, PluginInput } from '../../src/config/project.ts';
import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { Dependency, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { parkingOf } from '../../src/proxmox/parking.ts';
import { targetOf } from '../guest/names.ts';
import { backUp } from './backup.ts';
import { confOf, LXCContainer, markOf } from './container.ts';
import { destroy } from './destroy.ts';
import { clearLeftLock } from './leftover.ts';
import { ParkedVolumes } from './parked-volumes.ts';
import { rollBack } from './rollback.ts';
import { safetyMeans } from './safety.ts';
import { takeSnapshot } from './snapshots.ts';

type Input = Pick<PluginInput, 'project' | 'fleet'>;

export function containerActions(
  { project, fleet }: Input,
  request: ActionRequest,
  facts: Facts,
): readonly PhxTask[] {
  const ids = request.guests.filter((id) => isContainer(fleet, facts, id));
  return ids.map((id) => actionTask(id, project, fleet, request, ids));
}

function isContainer(fleet: Fleet, facts: Facts, id: number): boolean {
  const kind = fleet.guests[String(id)]?.kind ?? facts.guests.get(id)?.kind;
  return kind === 'ct' || (kind === undefined && parkingOf(facts, id) !== undefined);
}

function actionTask(
  id: number,
  project: string,
  fleet: Fleet,
  request: ActionRequest,
  ids: readonly number[],
): PhxTask {
  const { verb, name, storage } = request;
  const target = targetOf({ id, kind: 'ct' });
  return {
    id: `${target}/${verb}`,
    target,
    title: `${verb} ${id}`,
    revision: '1',
    config: { ...(name ? { name } : {}), ...(storage ? { storage } : {}) },
    dependencies: orderOf(id, fleet, verb, ids),
    pools: [`guest:${id}`],
    touches: [`guest:${id}`],
    run: async (context) => {
      const volumes = new ParkedVolumes(id, project, context);
      if (verb === 'destroy' && !context.facts().guests.has(id) && volumes.parking) {
        // The container itself is gone already.
        if (!request.keepVolumes) await volumes.free();
        return undefined;
      }
      refuseForeign(id, project, context.facts());
      await clearLeftLock(id, context);
      if (verb === 'destroy')
        await destroy(new LXCContainer(id, context), context, {
          volumes,
          keep: request.keepVolumes === true,
        });
      else await act(verb, id, fleet, context);
      return undefined;
    },
  };
}

/** What rests on a guest stops before it and starts after it. */
function orderOf(id: number, fleet: Fleet, verb: ActionVerb, ids: readonly number[]): Dependency<Facts>[] {
  const down = verb === 'stop' || verb === 'destroy';
  const before = ids.filter(
    (other) => other !== id && (down ? rests(fleet, other, id) : rests(fleet, id, other)),
  );
  return before.map((other) => ({ task: `${targetOf({ id: other, kind: 'ct' })}/${verb}`, kind: 'order' }));
}

function rests(fleet: Fleet, id: number, on: number): boolean {
  const guest = fleet.guests[String(id)];
  return guest !== undefined && (guest.dependencies.includes(on) || guest.clone?.from === on);
}

/** phx touches nothing that it did not make, whatever it is asked. */
export function refuseForeign(id: number, project: string, facts: Facts): void {
  const guest = facts.guests.get(id);
  if (!guest) {
    throw new BlockedError({
      title: `There is no container ${id} on the node`,
      hint: 'Build it first.',
      command: `phx run ctid:${id}`,
    });
  }
  const mark = markOf(facts, id);
  if (mark?.project === project) return;
  throw new BlockedError({
    title: mark
      ? `Container ${id} belongs to the project ${mark.project}`
      : `Container ${id} was not made by phx`,
    facts: [['name', confOf(guest).keys.get('hostname') ?? '']],
    hint: 'phx touches only what it made. Use pct for the others.',
  });
}

async function act(
  verb: Exclude<ActionVerb, 'destroy'>,
  id: number,
  fleet: Fleet,
  context: TaskContext<Facts>,
): Promise<void> {
  const container = new LXCContainer(id, context);
  const ct = fleet.guests[String(id)];
  const wanted = ct?.kind === 'ct' ? ct : undefined;
  switch (verb) {
    case 'start':
      refuseTemplate(container);
      return container.start();
    case 'stop':
      return container.stop();
    case 'restart':
      refuseTemplate(container);
      return restart(container);
    case 'snapshot':
      return takeSnapshot(container, String(context.config.name), context);
    case 'rollback':
      return rollBack(container, String(context.config.name), wanted && safetyMeans(wanted, fleet), context);
    case 'backup':
      await backUp(container, backupStorage(context, wanted, fleet), context);
  }
}

async function restart(container: LXCContainer): Promise<void> {
  await container.stop();
  await container.start();
}

function refuseTemplate({ id, conf }: LXCContainer): void {
  if (conf.keys.get('template') !== '1') return;
  throw new BlockedError({
    title: `Container ${id} is a template`,
    hint: 'Proxmox never starts a template; start a clone of it.',
  });
}

function backupStorage(context: TaskContext<Facts>, ct: Container | undefined, fleet: Fleet): string {
  const { storage: asked } = { storage: undefined, ...context.config };
  const found = asked ?? backupStorageOf(ct, fleet);
  if (typeof found === 'string') return found;
  throw new PhxError('blocked', {
    title: 'No storage of the configuration takes backups',
    hint: "Give one of hypervisor.storage the content 'backup', or name a storage.",
    command: 'phx backup <target> --storage local',
  });
}
