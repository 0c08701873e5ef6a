/**
 * A container that is made anew, as an undertaking to be struck; afterwards the container of before stands, or the new one,
 * whole, with all of its data, once.
 */

import assert from 'node:assert/strict';
import { type Host, inFrontOf } from '../../src/core/host.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { Bench, sampleOf, tasksOf } from '../bench.ts';
import {
  fill,
  filled,
  incarnation,
  recreating,
  type Subject,
  settled,
  whole,
  worldBesideBackups,
} from '../property/recreate.ts';
import { HeardNode } from './node.ts';
import type { FileSeam } from './seam.ts';
import { Station } from './station.ts';
import {
  built,
  calmly,
  filesOf,
  nothingLost,
  type Point,
  put,
  runAll,
  type Step,
  type Struck,
  type Undertaking,
} from './undertaking.ts';

export interface Rebuild extends Step {
  readonly subject: Subject;
  readonly former: string | undefined;
  /** The world at the end, when nothing befalls it. */
  readonly calm: unknown;
}

/** A node on which the subject stands, filled. */
export async function nodeOf(seam: FileSeam, subject: Subject, set: readonly string[]) {
  const fleet = await sampleOf([900, 902, 952, 953], set);
  const station = new Station(await tasksOf(fleet), seam);
  const targets = [`ctid:${subject.id}`];
  const begin = await built(seam, station, [...targets, 'hypervisor'], Bench.fresh(fleet).twin);
  await fill(begin.before, subject);
  const former = incarnation(begin.before, subject);
  return { fleet, station, tasks: station.closure(targets), subject, former, ...begin };
}

/** What making it anew is there; and, once a cause of failure is gone, how it ends. */
export async function rebuild(
  seam: FileSeam,
  id: string,
  node: Awaited<ReturnType<typeof nodeOf>>,
  terms = recreating(node.subject.id),
  through?: Undertaking['through'],
): Promise<Rebuild> {
  const { subject, former } = node;
  const end = await calmly(seam, { ...node, id, terms });
  assert.deepEqual(end.lived.troubles, []);
  assert.notEqual(incarnation(end.twin, subject), former);
  const { step, twin } = through ? await calmly(seam, { ...node, id, terms, through }) : end;
  whole(twin, subject, id);
  settled(twin, id);
  if (through) assert.equal(incarnation(twin, subject), former);
  return { ...step, calm: worldBesideBackups(end.twin) };
}

/** Typed again, or only `phx run`: each from what the struck run has left. */
export async function recover(
  seam: FileSeam,
  point: Point<Rebuild>,
  struck: Struck,
  words: string,
): Promise<void> {
  const { step } = point;
  const { subject, former } = step;
  if (struck.lived) wholeAtOnce(step, struck, words);
  const files = filesOf(seam);
  // Between two commands many writes leave the same: they take turns.
  const turns = 'disk' in point ? [point.disk.at % 2 === 0] : [true, false];
  for (const again of turns) {
    const told = `${words}, ${again ? 'again' : 'not again'}`;
    put(seam, files);
    const twin = struck.twin.fork();
    const node = new HeardNode(twin, undefined, struck.made);
    const { through: _, terms = {}, ...plain } = step;
    const next = await runAll({ ...plain, terms: again ? terms : {} }, twin, node);
    assert.deepEqual(next.troubles, [], told);
    whole(twin, subject, told);
    settled(twin, told);
    if (again) {
      assert.notEqual(incarnation(twin, subject), former, told);
      assert.deepEqual(worldBesideBackups(twin), step.calm, told);
    }
    assert.deepEqual(node.doubled, [], `doubled: ${told}`);
    seam.begin();
    const third = await runAll(plain, twin);
    assert.deepEqual([third.done, third.troubles], [[], []], told);
    nothingLost(step, [], told);
  }
}

/** A run that came to its end says how; the container of before stands, unless it says that it does not. */
function wholeAtOnce({ subject, former, id }: Rebuild, { lived, twin }: Struck, words: string): void {
  const notices = lived?.events.flatMap((event) => (event.type === 'notice' ? [event.text] : [])) ?? [];
  if (notices.some((text) => /could not be brought back as it was before|without a way back/.test(text))) {
    assert.match(id, /way back/, words);
    return;
  }
  whole(twin, subject, `${words}: at once`);
  if (id !== 'without a way back' && lived?.troubles.length)
    assert.equal(incarnation(twin, subject), former, words);
}

/** A node on which no container but the former one starts. */
export function noStart(former: string | undefined): (host: Host, twin: Twin) => Host {
  return (host, twin) =>
    inFrontOf(host, {
      run: async (command) => {
        const starts = command.argv.join(' ').startsWith(`pct start ${filled.id}`);
        if (!starts || incarnation(twin, filled) === former) return host.run(command);
        return { exit: 1, stdout: '', stderr: 'no', ms: 1 };
      },
    });
}
