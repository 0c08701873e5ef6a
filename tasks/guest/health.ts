/**
 * Step `health`: the guest does what it is for. Evidence with an age: taken again when a layer below it changed, when the
 * guest was started anew, and before a guest that rests on it is worked on.
 */

import type { Guest, Health } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Json } from '../../src/core/json.ts';
import { type Assessment, type JudgeView, type TaskContext, unseen } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { checksDigest, notedInside } from '../../src/proxmox/inside-note.ts';
import { failingChecks, type Places, scriptsOf } from './checks.ts';
import { forgetInside, insideScopes } from './inside-note.ts';
import { startOf } from './known.ts';
import type { Enter } from './layer.ts';
import { doors, stepOf, targetOf } from './names.ts';
import type { Safety } from './safety.ts';

/** What health is asked with, besides the checks themselves. */
export interface HealthPlace {
  readonly enter: Enter;
  /** As the node sees it; empty when it is not known. */
  readonly address: string;
  /** Text of a file of the project. */
  readonly text: (path: string) => string;
}

/** Asks until the guest is well: for whoever has to know it outside of the step. */
export function askHealth(guest: Guest, health: Health, place: HealthPlace) {
  const scripts = scriptsOf(health.checks, place.text);
  return async (context: TaskContext<Facts>): Promise<void> => {
    const inside = await place.enter(context);
    await untilWell(guest.id, { context, inside, address: place.address, scripts }, health);
  };
}

export function healthTask(guest: Guest, health: Health, place: HealthPlace, safety: Safety): PhxTask {
  const layers = [...guest.layers.map((layer) => `feature:${layer.name}`), ...(guest.app ? ['app'] : [])];
  const scripts = scriptsOf(health.checks, place.text);
  const id = stepOf(guest, 'health');
  const held = checksDigest(health.checks, scripts);
  return {
    id,
    target: targetOf(guest),
    title: `health of ${guest.id}`,
    revision: '2',
    config: { ...health, checks: health.checks as unknown as Json },
    ...(Object.keys(scripts).length > 0 ? { texts: scripts } : {}),
    dependencies: [
      { task: stepOf(guest, 'define'), kind: 'result' },
      { task: stepOf(guest, 'configure'), kind: 'order' },
      ...doors(guest).map((task) => ({ task, kind: 'order' as const })),
      { task: stepOf(guest, 'leftovers'), kind: 'after' },
      // Each of them: a layer that changed may have broken what the ones above it do.
      ...layers.map((layer) => ({ task: stepOf(guest, layer), kind: 'result' as const })),
    ],
    // Recorded by the run: only of a guest that runs now can one say when it was started.
    outputs: { started: () => unseen },
    assess: (view) => startedAnew(guest.id, id, view),
    pools: [`guest:${guest.id}`],
    touches: [safety.scope, ...insideScopes(guest)],
    recover: async (context) => {
      await forgetInside(context, guest.id);
      return safety.healthFailed(context);
    },
    run: async (context) => {
      // The very inside that was found well, and is as it was: nothing is to be learnt from a start.
      if (!context.forced && notedInside(context.facts(), guest.id)?.health === held) return undefined;
      const inside = await place.enter(context);
      const places = { context, inside, address: place.address, scripts: { ...context.texts } };
      await untilWell(guest.id, places, context.config as unknown as Health);
      await safety.well(context);
      const started = startOf(context.facts(), guest.id);
      return started === undefined ? undefined : { started: JSON.stringify(started) };
    },
  };
}

/** Waits until all checks hold, and notes for this run that they did. */
export async function untilWell(id: number, places: Places, health: Health): Promise<void> {
  const { checks, retries, interval, deadline } = health;
  const { context } = places;
  let said = '';
  await context.until({
    what: `guest ${id} to be healthy`,
    // Whichever ends first: the tries, or the time for all of them.
    deadline: Math.min(deadline, retries * interval) * 1000,
    interval: interval * 1000,
    look: async () => {
      const failing = await failingChecks(places, checks);
      if (failing.length === 0) return { answer: true };
      const seen = failing.join(', ');
      // Once, and again when it is something else: a minute of the same line says no more.
      if (seen !== said) context.log(`not yet: ${seen}`);
      said = seen;
      return { seen };
    },
  });
  wellGuests(context).add(id);
}

/** Guests whose checks held in this very run. */
export function wellGuests(context: TaskContext<Facts>): Set<number> {
  return context.shared('well guests', () => new Set<number>());
}

function startedAnew(
  guest: number,
  task: string,
  { facts, stamp }: JudgeView<Facts>,
): Assessment | undefined {
  const last = stamp(task);
  const now = startOf(facts, guest);
  const then = last?.state === 'done' ? last.outputs.started : undefined;
  if (now === undefined || then === undefined || then === JSON.stringify(now)) return undefined;
  return { verdict: 'stale', because: [{ why: 'changed', key: 'start of the guest' }] };
}
