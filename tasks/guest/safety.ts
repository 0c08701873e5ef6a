/**
 * Safety points of a guest: one is taken before a layer that stands is applied anew, one a run; when the guest is well
 * again, those beyond the number to keep go. How a point is taken is its plugin's; how it is gone back to is `going-back.ts`.
 */

import { BlockedError } from '../../src/core/error.ts';
import type { Aftermath, Assessment, JudgeView, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { safetyPath } from '../../src/proxmox/workspace.ts';
import { finishGoingBack, goesBack, recoverFrom } from './going-back.ts';
import { type Inside, layersIn } from './inside.ts';
import { incarnationOf } from './known.ts';
import { fileScope } from './managed.ts';
import { stepOf, targetOf } from './names.ts';
import { type Obstacle, pointsOf, prune, type SafetyPlan } from './safety-means.ts';
import { type Layers, parseNote, readNote, type SafetyNote, writeNote } from './safety-note.ts';

/** The point before some work, and the layers that were applied since it. */
interface Beginning {
  readonly point: string;
  readonly layers: Layers;
  readonly stands: boolean;
}

export class Safety {
  /** What tasks have to declare that ask `blocked` or `unfinished`. */
  readonly scope: string;
  /** Tasks that come before a point can be taken. */
  readonly rests: readonly string[];
  readonly #plan: SafetyPlan;

  constructor(plan: SafetyPlan) {
    this.#plan = plan;
    this.rests = plan.rests;
    this.scope = fileScope(safetyPath(plan.guest.id));
  }

  /** Before the script of a layer is sent into a guest: takes a point where the guest is one that stands. */
  async before(layer: string, digest: string, inside: Inside): Promise<void> {
    const { context } = inside;
    const { guest, means } = this.#plan;
    const note = await this.#note(context);
    // Asked for again, or in another company: what becomes of it now is another story.
    const unwell = note.unwell.filter((layers) => layers.get(layer) !== digest);
    const begun = await this.#beginning(layer, digest, note, inside);
    if (!begun || !means) return writeNote(context, guest.id, { ...note, unwell });
    const layers = new Map([...begun.layers, [layer, digest]]);
    // Noted first: a run that dies from here on leaves word of which point its work began with.
    const work = { point: begun.point, layers, state: 'open' as const };
    await writeNote(context, guest.id, { ...note, unwell, work });
    if (!begun.stands) await means.take(begun.point, `${layer} ${digest}`, context);
    pointsOf(context).set(guest.id, { point: begun.point, layers });
  }

  /** The guest does what it is for: the work is over. `layer`: only this is known, since there are no checks. */
  async well(context: TaskContext<Facts>, layer?: string): Promise<void> {
    const { id } = this.#plan.guest;
    const before = await this.#note(context);
    if (before.work ?? pointsOf(context).get(id)) await prune(this.#plan, context);
    const { work, ...note } = await this.#note(context);
    const unwell = layer === undefined ? [] : note.unwell.filter((layers) => !layers.has(layer));
    await writeNote(context, id, { ...note, unwell });
  }

  /** The step of a layer failed: only a point of this very run is gone back to. */
  async layerFailed(context: TaskContext<Facts>): Promise<Aftermath | undefined> {
    if (!pointsOf(context).get(this.#plan.guest.id)) return undefined;
    return recoverFrom(this.#plan, await this.#note(context), context);
  }

  /** Health failed: what was applied since the guest was last known to be well is taken back. */
  async healthFailed(context: TaskContext<Facts>): Promise<Aftermath | undefined> {
    return recoverFrom(this.#plan, await this.#note(context), context);
  }

  /** A layer that was taken back together with others is not tried again while all of them are wanted as they were. */
  blocked(layer: string, view: JudgeView<Facts>): Assessment | undefined {
    const { guest, wanted } = this.#plan;
    const note = this.#known(view);
    const found = note?.unwell.find(
      (layers) => layers.has(layer) && [...layers].every(([name, digest]) => wanted.get(name) === digest),
    );
    if (!found || view.permits('retry', targetOf(guest))) return undefined;
    const names = [...found.keys()];
    return {
      verdict: 'blocked',
      problem: {
        title: `${names.join(' and ')} left guest ${guest.id} unwell, and ${names.length === 1 ? 'was' : 'were'} taken back`,
        facts: [...found].map(([name, digest]) => [name, digest] as const),
        hint: 'It is tried again when a template or a parameter of it changes, or when you say so.',
        command: `phx run ${targetOf(guest)} --retry`,
      },
    };
  }

  /** A going back that a run began and did not bring to its end. */
  unfinished(view: JudgeView<Facts>): Assessment | undefined {
    const note = this.#known(view);
    if (!note?.work || note.back === undefined) return undefined;
    return {
      verdict: 'stale',
      because: [{ why: 'interrupted', key: `going back to ${note.work.point}` }],
    };
  }

  /** Brings a going back to its end that an interrupted run began. */
  async finish(context: TaskContext<Facts>): Promise<void> {
    await finishGoingBack(this.#plan, context);
  }

  #known({ facts }: Pick<JudgeView<Facts>, 'facts'>): SafetyNote | undefined {
    const { id } = this.#plan.guest;
    const text = facts.files.get(safetyPath(id));
    const note = text === undefined ? undefined : parseNote(text);
    return note?.incarnation === incarnationOf(facts, id) ? note : undefined;
  }

  async #note(context: TaskContext<Facts>): Promise<SafetyNote> {
    const { id } = this.#plan.guest;
    return readNote(context, id, incarnationOf(context.facts(), id));
  }

  /** Where the work begins that this layer is part of; undefined: there is nothing to go back to, or no way. */
  async #beginning(
    layer: string,
    digest: string,
    { work }: SafetyNote,
    inside: Inside,
  ): Promise<Beginning | undefined> {
    const { context } = inside;
    const { guest, means } = this.#plan;
    const known = pointsOf(context).get(guest.id);
    if (known) return { ...known, stands: true };
    if (!means || told(context).has(guest.id) || !(await this.#stands(layer, inside))) return undefined;
    const obstacle = means.obstacle(context);
    if (obstacle) {
      told(context).add(guest.id);
      if (goesBack(guest, context) && !context.permits('no-way-back', targetOf(guest)))
        throw new BlockedError(noWayBack(guest, obstacle));
      context.log(`no safety point is taken: ${obstacle.because}; ${obstacle.instead}`);
      return undefined;
    }
    // What a run left half done when it died, or the same once more: the state before it is still the one to go back to.
    const again = work && (work.state === 'open' || work.layers.get(layer) === digest) ? work : undefined;
    if (again && (await means.standing(context)).includes(again.point)) {
      context.log(`${again.point} stands from an earlier try: it is the way back`);
      return { point: again.point, layers: again.layers, stands: true };
    }
    return { point: await means.next(context), layers: new Map(), stands: false };
  }

  /** Whether there is something to go back to: this layer in another form, or a guest that was found well as it is. */
  async #stands(layer: string, inside: Inside): Promise<boolean> {
    const { guest } = this.#plan;
    const { context } = inside;
    const layers = await layersIn(inside);
    if (layers.some(({ name, origin }) => name === layer && origin === guest.id)) return true;
    const health = context.stamp(stepOf(guest, 'health'));
    const well = health?.state === 'done' ? health.fingerprint : health?.former;
    const define = stepOf(guest, 'define');
    const born = context.stamp(define)?.result;
    return born !== undefined && well?.[`result:${define}`] === born;
  }
}

/** Guests of which was said in this run that no point can be taken. */
function told(context: TaskContext<Facts>): Set<number> {
  return context.shared('guests without a safety point', () => new Set<number>());
}

function noWayBack(guest: SafetyPlan['guest'], { because, instead }: Obstacle) {
  return {
    title: `Guest ${guest.id} is to be taken back on failure, but no safety point of it can be taken`,
    facts: [['because', because]] as const,
    hint: `Nothing was changed. ${instead.slice(0, 1).toUpperCase()}${instead.slice(1)}.`,
    command: `phx config ${targetOf(guest)}`,
  };
}
