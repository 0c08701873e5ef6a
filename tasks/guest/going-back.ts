/**
 * Going back to a safety point after layers left a guest unwell: noted first, then done, then told; what a run that died
 * left of it is brought to its end by the next one. It knows no means by name.
 */

import { PhxError } from '../../src/core/error.ts';
import type { Aftermath, TaskContext } from '../../src/core/task.ts';
import type { Terms } from '../../src/core/terms.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import type { Layer } from '../../src/proxmox/guest-layer.ts';
import { forgetReady, layersIn } from './inside.ts';
import { incarnationOf, startOf } from './known.ts';
import { targetOf } from './names.ts';
import { persistently, reason } from './persistently.ts';
import { isInterrupted, pointsOf, prune, type SafetyMeans, type SafetyPlan } from './safety-means.ts';
import { type Layers, readNote, type SafetyNote, type Work, writeNote } from './safety-note.ts';

/** Says what became of a guest that failed after a point was taken, and takes back what it says is to be taken back. */
export async function recoverFrom(
  plan: SafetyPlan,
  note: SafetyNote,
  context: TaskContext<Facts>,
): Promise<Aftermath | undefined> {
  const { guest, means } = plan;
  const { work } = note;
  if (work?.state !== 'open' || !means) return undefined;
  if (!(await means.standing(context)).includes(work.point)) {
    await writeNote(context, guest.id, closed(note));
    return undefined;
  }
  if (!goesBack(guest, context)) {
    await writeNote(context, guest.id, { ...note, work: { ...work, state: 'failed' } });
    return {
      facts: [['safety point', `${work.point}, taken before ${words(work.layers)}`]],
      hint: `Mend it and run again. ${work.point} holds how it was before; what was written since then is not in it.`,
      command: wayBack(plan, work),
      takenBack: false,
    };
  }
  return takeBack(plan, note, work, means, context);
}

/** What is put to a trial for its own sake, such as a new version, goes back also where nothing else does. */
export function goesBack(guest: SafetyPlan['guest'], { permits }: Pick<Terms, 'permits'>): boolean {
  return guest.rollback === 'on-failure' || permits('update', targetOf(guest));
}

async function takeBack(
  plan: SafetyPlan,
  note: SafetyNote,
  work: Work,
  means: SafetyMeans,
  context: TaskContext<Facts>,
): Promise<Aftermath> {
  const { id } = plan.guest;
  const start = startOf(context.facts(), id) ?? '-';
  context.log(`going back to ${work.point}, taken before ${words(work.layers)}`);
  await writeNote(context, id, { ...note, back: start, unwell: [...note.unwell, work.layers] });
  try {
    await persistently(context, () => means.goBack(work.point, context));
  } catch (error) {
    if (isInterrupted(error)) throw error;
    await giveUp(id, context);
    await plan.enter(context).catch(() => undefined);
    return {
      facts: [[`not gone back to ${work.point}`, reason(error)]],
      hint: 'It is left as it is.',
      command: wayBack(plan, work),
      takenBack: false,
    };
  }
  await writeNote(context, id, closed(await readNote(context, id)));
  pointsOf(context).delete(id);
  const trouble = await troubleAfter(plan, work, context);
  const well = plan.prove ? 'it is well again' : 'it runs; it has no health checks';
  return {
    facts: [
      [
        'gone back to',
        `${work.point}; ${words(work.layers)} ${work.layers.size === 1 ? 'is' : 'are'} as before`,
      ],
      ['now', trouble ?? well],
    ],
    hint: 'It is tried again when a template or a parameter of it changes, or when you say so.',
    command: `phx run ${targetOf(plan.guest)} --retry`,
    takenBack: trouble === undefined ? 'well' : 'unwell',
  };
}

/** Starts the guest again and asks its health once more; undefined: it is well. */
async function troubleAfter(
  plan: SafetyPlan,
  work: Work,
  context: TaskContext<Facts>,
): Promise<string | undefined> {
  forgetReady(context, plan.guest.id);
  try {
    const left = stillThere(await layersIn(await plan.enter(context)), work.layers);
    if (left.length > 0) return `not as before: ${left.join(' and ')} still there`;
    await plan.prove?.(context);
  } catch (error) {
    if (isInterrupted(error)) throw error;
    return `it is not well even so: ${reason(error)}`;
  }
  await prune(plan, context);
  return undefined;
}

/** What a run that died began is brought to its end, or given up where there is no way any more. */
export async function finishGoingBack(plan: SafetyPlan, context: TaskContext<Facts>): Promise<void> {
  const { guest, means } = plan;
  const note = await readNote(context, guest.id);
  const { work, back } = note;
  const facts = context.facts();
  const incarnation = incarnationOf(facts, guest.id);
  if (!work || back === undefined) return;
  // A restore that was cut off leaves a guest without a mark: then the journal tells whether it was ours.
  const ours =
    incarnation === undefined
      ? facts.guests.has(guest.id) && (await means?.cutOff?.(work.point, context)) === true
      : incarnation === note.incarnation;
  if (!ours) return;
  if (!means) {
    context.log(
      `an interrupted run meant to go back to ${work.point}; its configuration knows no way back any more`,
    );
    return giveUp(guest.id, context);
  }
  if (await isBack(plan, back, work.layers, context)) {
    context.log(`an interrupted run went back to ${work.point}, and somebody started it since`);
  } else {
    context.log(`an interrupted run meant to go back to ${work.point}: that is done now`);
    try {
      await persistently(context, () => means.goBack(work.point, context));
    } catch (error) {
      if (!isInterrupted(error)) await giveUp(guest.id, context);
      throw new PhxError('failed', {
        title: `Guest ${guest.id} was to go back to ${work.point}, and could not`,
        facts: [['why', reason(error)]],
        hint: 'A run was interrupted while it went back. Look at the guest; the next run takes it as it stands.',
        command: wayBack(plan, work),
      });
    }
  }
  await writeNote(context, guest.id, closed(await readNote(context, guest.id)));
}

/**
 * Going back leaves a guest stopped: one that runs in another start of it has it behind, unless it still holds what was to
 * be taken back. One that cannot be looked into is as unwell as it was.
 */
async function isBack(
  { guest, enter }: SafetyPlan,
  back: string,
  layers: Layers,
  context: TaskContext<Facts>,
): Promise<boolean> {
  const facts = context.facts();
  const now = startOf(facts, guest.id);
  if (now === undefined || now === back) return false;
  try {
    const present = facts.guests.get(guest.id)?.layers ?? (await layersIn(await enter(context)));
    return stillThere(present, layers).length === 0;
  } catch (error) {
    if (isInterrupted(error)) throw error;
    return false;
  }
}

function stillThere(present: readonly Layer[], layers: Layers): string[] {
  return present.flatMap(({ name, digest }) => (layers.get(name) === digest ? [name] : []));
}

/** It was not gone back: nothing was taken back, and nothing is to be finished by the next run. */
async function giveUp(id: number, context: TaskContext<Facts>): Promise<void> {
  const { back, work, ...note } = await readNote(context, id);
  const last = note.unwell.at(-1);
  const added = back !== undefined && [...(last ?? [])].some(([name, is]) => work?.layers.get(name) === is);
  const unwell = added ? note.unwell.slice(0, -1) : note.unwell;
  await writeNote(context, id, { ...note, unwell, ...(work ? { work: { ...work, state: 'failed' } } : {}) });
}

/** The work is over, one way or the other. */
function closed({ work: _work, back: _back, ...note }: SafetyNote): SafetyNote {
  return note;
}

function words(layers: Layers): string {
  return [...layers.keys()].join(' and ');
}

function wayBack({ guest }: SafetyPlan, { point }: Work): string {
  return `phx rollback ${targetOf(guest)} ${point}`;
}
