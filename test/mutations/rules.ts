/**
 * What holds of every mutation, whatever it edits: nothing runs but what reads it or rests on what it changed, what
 * declares the same reads the same, and a second run does nothing. Answers complaints, in words.
 */

import { isDeepStrictEqual } from 'node:util';
import type { PhxTask } from '../../src/config/project.ts';
import type { TwinState } from '../../src/twin/state.ts';
import { worldOf } from '../world.ts';
import { isForTheNode, isSilent, mayCross, mayFollow } from './declared.ts';
import type { Mutation } from './leaves.ts';
import { type Built, type Outcome, stoppedBy } from './mill.ts';
import type { Project } from './project.ts';
import { sendsOtherwise } from './purity.ts';

/** Everything that a task says it reads; `touches` and pools change nothing of what it does. */
export function declared(task: PhxTask | undefined): string {
  if (!task) return '';
  const { revision, config, initial, texts, env, secrets, files, dependencies } = task;
  const edges = dependencies.map(({ task: other, kind }) => `${kind} ${other}`);
  return JSON.stringify([revision, config, initial, texts, env, secrets, files, edges]);
}

/** Whether the merged configuration says something else of this target. */
function saysElse(target: string, now: Project, before: Project): boolean {
  const of = ({ fleet }: Project) =>
    target === 'hypervisor' ? fleet.hypervisor : fleet.guests[target.replace(/^.*:/, '')];
  return !isDeepStrictEqual(of(now), of(before));
}

export async function complaintsOf(built: Built, mutation: Mutation, outcome: Outcome): Promise<string[]> {
  const { after, runs, stopped } = outcome;
  if (!after) return withoutPlace(outcome);
  const { project, bench } = after;
  const byId = new Map(project.tasks.map((task) => [task.id, task]));
  const unchanged = project.tasks.filter((task) => declared(task) === declared(built.byId.get(task.id)));
  const same = new Set(unchanged.map(({ id }) => id));
  const ran = new Set(runs);
  const reached = (id: string) =>
    (byId.get(id)?.dependencies ?? []).some(({ task, kind }) => kind === 'result' && ran.has(task));
  const found: string[] = [];

  for (const id of runs) {
    const task = byId.get(id);
    if (same.has(id) && !reached(id) && !mayFollow(id, ran))
      found.push(`${id} runs, and reads nothing that is new`);
    const rendered = !isDeepStrictEqual(task?.texts, built.byId.get(id)?.texts);
    const own = saysElse(task?.target ?? '', project, built) || rendered || reached(id);
    if (!own && !mayCross(mutation, id)) found.push(`${id} runs for what stands elsewhere`);
  }
  const early = (await built.bench.copy().stale(project.tasks)).filter((id) => same.has(id));
  for (const id of early)
    if (!stopped.includes(id)) found.push(`${id} is stale before anything ran, and reads nothing new`);

  const again = await bench.run(project.tasks, ['all']);
  if (again.done.length > 0) found.push(`a second run does ${again.done.join(', ')}`);
  if (!isDeepStrictEqual(stoppedBy(again).map(guiltOf).sort(), stopped.map(guiltOf).sort()))
    found.push(`a second run stops at ${stoppedBy(again).join(', ')}, not at ${stopped.join(', ')}`);

  const alike = same.size === project.tasks.length && isDeepStrictEqual(project.fleet, built.fleet);
  if (outcome.class === 'nothing' && !alike && !isSilent(mutation))
    found.push('nothing runs, and nobody said why');
  if (outcome.class === 'failed' && !isForTheNode(mutation))
    found.push(`it fails: ${outcome.words.join('; ')}`);
  // The way into a guest waits for the network that it is to have, which it cannot have on the world as built.
  const within = /\/(identity|feature:.*|app|health|leftovers|agent|snapshot:.*|template)$/;
  const touched = unchanged.filter(
    ({ id, target }) =>
      saysElse(target, project, built) && (same.has(`${target}/network`) || !within.test(id)),
  );
  return [...found, ...(await sendsOtherwise(built, touched))];
}

/** What left its guest unwell was taken back when health failed: the next run stops at the layer that is to blame. */
function guiltOf(id: string): string {
  return id.replace(/\/(app|feature:[^/]+|health)$/, '/layers');
}

const placed =
  /^(config\/\S+\.json5:\d+:\d+ |The (parameters|template)\b.* guest \d+|\S+ in (container|VM) \d+ needs |A file that the configuration names)/;

/** A refusal names the place, or the template and the guest, that it is about. */
function withoutPlace({ words }: Outcome): string[] {
  const told = words.length > 0 && words.every((word) => placed.test(word));
  return told ? [] : [`refused without a place: ${words.join('; ')}`];
}

/** Back to the text as it was, everything is as it was; what cannot shrink says so. */
export async function complaintsOnReturn(built: Built, { after }: Outcome): Promise<string[]> {
  if (!after) return [];
  const back = await after.bench.run(built.tasks, ['all']);
  const kept = back.events.flatMap((event) => (event.type === 'blocked' ? [event.task] : []));
  if (stoppedBy(back).length > kept.length) return [`it cannot be taken back: ${back.troubles.join('; ')}`];
  if (kept.length > 0)
    return kept.filter((id) => !id.endsWith('/volumes')).map((id) => `${id} is blocked on the way back`);
  const [is, was] = [after.bench, built.bench].map((bench) => lasting(bench.twin.state()));
  return Object.keys({ ...is, ...was })
    .filter((key) => !isDeepStrictEqual(is?.[key], was?.[key]))
    .map((key) => `taken back, ${key} is not as before`);
}

interface GuestFile {
  readonly text: string;
}

interface GuestOfWorld {
  readonly conf: readonly string[];
  readonly files?: Readonly<Record<string, GuestFile>>;
}

interface World {
  readonly guests: Readonly<Record<string, GuestOfWorld>>;
  readonly files: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, object>>;
}

/** The world without the ways back that a run leaves: safety points, former texts, the order of snapshots. */
function lasting(state: TwinState): Readonly<Record<string, unknown>> {
  const world = worldOf(state) as World;
  const ways = /^\/var\/lib\/phx\/(safety|restore|backup)\b/;
  const outside = ({ conf, files, ...rest }: GuestOfWorld) => {
    const snapshots = conf.findIndex((line) => line.startsWith('['));
    const present = snapshots < 0 ? conf : conf.slice(0, snapshots);
    const lines = present.filter((line) => line !== '' && !line.startsWith('parent: '));
    return { ...rest, conf: lines, files: files && mapped(files, withoutOrigin) };
  };
  return {
    ...world,
    guests: mapped(world.guests, outside),
    files: Object.fromEntries(Object.entries(world.files).filter(([path]) => !ways.test(path))),
    volumes: mapped(world.volumes, (volume) => ({ ...volume, snapshots: undefined, trees: undefined })),
  };
}

/** A record of layers without the guest that each was first applied in, and in no order: a layer done anew is the last. */
function withoutOrigin(file: GuestFile, path: string): unknown {
  if (!/^\/var\/lib\/phx\/(layers|uninstall\/.*)$/.test(path)) return file;
  const lines = file.text.split('\n').map((line) => line.replace(/ \d+( uninstall)?$/, '$1'));
  return { ...file, text: path.endsWith('/layers') ? lines.sort() : lines };
}

function mapped<T>(
  map: Readonly<Record<string, T>>,
  change: (value: T, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}
