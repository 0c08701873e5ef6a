/**
 * What a person asks of guests by a command of its own: start, stop, restart, destroy, snapshot, rollback, backup, adopt. One
 * task for each guest; it converges as every task does, and leaves no stamp. What each kind does otherwise is handed in.
 */

import { backupStorageOf } from '../../src/config/backup-storage.ts';
import type { Fleet, Guest } from '../../src/config/fleet.ts';
import type { ActionRequest, ActionVerb, PhxTask, PluginInput } from '../../src/config/project.ts';
import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { Dependency, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { hasTemplateFlag } from '../../src/proxmox/template-conf.ts';
import { adopt } from './adopt.ts';
import { backUp } from './backup.ts';
import { confOf, markOf, nameOf } from './conf.ts';
import { clearLeftLock } from './leftover.ts';
import type { Machine } from './machine.ts';
import { targetOf } from './names.ts';
import { rollBack } from './rollback.ts';
import { safetyMeans } from './safety-kinds.ts';
import type { SafetySubject } from './safety-subject.ts';
import { takeSnapshot, titleOf } from './snapshots.ts';

/** What one kind of guests does by itself. */
export interface Hands {
  readonly kind: Guest['kind'];
  readonly machine: (id: number, context: TaskContext<Facts>) => Machine;
  /** What of it snapshots take, and safety points. */
  readonly safety: (id: number) => SafetySubject;
  readonly destroy: (id: number, request: ActionRequest, context: TaskContext<Facts>) => Promise<void>;
  /** Whether there is nothing of the guest but what a destroy is still to take away. */
  readonly remains?: (id: number, facts: Facts) => boolean;
}

type Input = Pick<PluginInput, 'project' | 'fleet'>;

/** The tasks of a request for the guests of one kind. */
export function guestActions(
  hands: Hands,
  { project, fleet }: Input,
  request: ActionRequest,
  facts: Facts,
): readonly PhxTask[] {
  const ids = request.guests.filter((id) => {
    const kind = fleet.guests[String(id)]?.kind ?? facts.guests.get(id)?.kind;
    return kind === hands.kind || (kind === undefined && hands.remains?.(id, facts));
  });
  return ids.map((id) => actionTask(hands, id, project, fleet, request, ids));
}

function actionTask(
  hands: Hands,
  id: number,
  project: string,
  fleet: Fleet,
  request: ActionRequest,
  ids: readonly number[],
): PhxTask {
  const { verb, name, storage } = request;
  const target = targetOf({ id, kind: hands.kind });
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
      const facts = context.facts();
      const gone = !facts.guests.has(id) && hands.remains?.(id, facts) === true;
      if (verb === 'destroy' && gone) {
        await hands.destroy(id, request, context);
        return undefined;
      }
      const machine = hands.machine(id, context);
      if (verb === 'adopt') {
        await adopt(machine, project, context);
        return undefined;
      }
      refuseForeign(machine, project, facts);
      await clearLeftLock(machine, context);
      if (verb === 'destroy') await hands.destroy(id, request, context);
      else await act(verb, machine, hands, fleet, context);
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
  const kind = fleet.guests[String(id)]?.kind ?? 'ct';
  return before.map((other) => ({
    task: `${targetOf({ id: other, kind: fleet.guests[String(other)]?.kind ?? kind })}/${verb}`,
    kind: 'order',
  }));
}

function rests(fleet: Fleet, id: number, on: number): boolean {
  const guest = fleet.guests[String(id)];
  return guest !== undefined && (guest.dependencies.includes(on) || guest.clone?.from === on);
}

/** phx touches nothing that it did not make, whatever it is asked. */
export function refuseForeign(
  machine: Pick<Machine, 'id' | 'noun' | 'target'>,
  project: string,
  facts: Facts,
): void {
  const { id, noun, target } = machine;
  const guest = facts.guests.get(id);
  if (!guest) {
    throw new BlockedError({
      title: `There is no ${noun} ${id} on the node`,
      hint: 'Build it first.',
      command: `phx run ${target}`,
    });
  }
  const mark = markOf(facts, id);
  if (mark?.project === project) return;
  throw new BlockedError({
    title: mark
      ? `${titleOf(machine)} belongs to the project ${mark.project}`
      : `${titleOf(machine)} was not made by phx`,
    facts: [['name', nameOf(guest)]],
    hint: `phx touches only what it made. Use ${noun === 'VM' ? 'qm' : 'pct'} for the others.`,
  });
}

async function act(
  verb: Exclude<ActionVerb, 'destroy' | 'adopt'>,
  machine: Machine,
  hands: Hands,
  fleet: Fleet,
  context: TaskContext<Facts>,
): Promise<void> {
  switch (verb) {
    case 'start':
      refuseTemplate(machine);
      return machine.start();
    case 'stop':
      return machine.stop();
    case 'restart':
      refuseTemplate(machine);
      await machine.stop();
      return machine.start();
    case 'snapshot': {
      const obstacle = hands.safety(machine.id).obstacle(machine, context.facts());
      return takeSnapshot(machine, String(context.config.name), obstacle, context);
    }
    case 'rollback': {
      const subject = hands.safety(machine.id);
      const guest = fleet.guests[String(machine.id)];
      const means = guest?.kind === hands.kind ? safetyMeans(guest, fleet, subject) : undefined;
      return rollBack(subject, String(context.config.name), means, context);
    }
    case 'backup':
      await backUp(machine, backupStorage(context, fleet.guests[String(machine.id)], fleet), context);
  }
}

function refuseTemplate(machine: Machine): void {
  if (!hasTemplateFlag(machine.conf)) return;
  throw new BlockedError({
    title: `${titleOf(machine)} is a template`,
    hint: 'Proxmox never starts a template; start a clone of it.',
  });
}

function backupStorage(context: TaskContext<Facts>, guest: Guest | undefined, fleet: Fleet): string {
  const { storage: asked } = { storage: undefined, ...context.config };
  const found = asked ?? backupStorageOf(guest, fleet);
  if (typeof found === 'string') return found;
  throw new PhxError('blocked', {
    title: 'No storage of the configuration takes backups',
    hint: "Give one of hypervisor.storage the content 'backup', or name a storage.",
    command: 'phx backup <target> --storage local',
  });
}

/** Proxmox destroys nothing that is protected (B23), and phx takes no protection away unasked. */
export function refuseProtected(machine: Machine): void {
  if (machine.conf.keys.get('protection') !== '1') return;
  throw new BlockedError({
    title: `${titleOf(machine)} is protected`,
    hint: 'Take the protection away by hand if it may go, and type the same again.',
    command: `${machine.tool.program} set ${machine.id} --protection 0`,
  });
}

/** A base that others lie upon is not removed (B24). */
export function refuseLinked(machine: Machine, facts: Facts): void {
  const { id, noun, target } = machine;
  const clones = linkedClonesOf(facts, id).map((clone) => ({
    id: clone,
    kind: facts.guests.get(clone)?.kind,
  }));
  if (clones.length === 0) return;
  const names = clones.map((clone) => targetOf({ id: clone.id, kind: clone.kind ?? 'ct' }));
  throw new BlockedError({
    title: `Linked clones stand on the volumes of ${noun} ${id}`,
    facts: [['clones', names.join(', ')]],
    hint: 'Proxmox does not remove a base that is in use. Destroy the clones first, or name them too.',
    command: `phx destroy ${[...names, target].join(' ')}`,
  });
}

/** Guests whose volumes are links on a base of this one: `store:basevol-900-disk-0/subvol-950-disk-0` and its like (F9). */
export function linkedClonesOf(facts: Facts, id: number): number[] {
  const base = new RegExp(`[:/]base(?:vol)?-${id}-disk-\\d+[^/,]*/(?:.*/)?(?:vm|subvol)-`);
  return [...facts.guests.values()].flatMap((guest) => {
    const linked = [...confOf(guest).keys].some(
      ([key, value]) =>
        /^(rootfs|mp\d+|unused\d+|scsi\d+|virtio\d+|sata\d+|ide\d+)$/.test(key) && base.test(value),
    );
    return linked && guest.id !== id ? [guest.id] : [];
  });
}
