/** `phx rehearse`: a run as a story, told on a copy of the node: what would happen when, and after which failure what. */

import { type ExitName, PhxError } from '../../core/error.ts';
import { commandWords } from '../../report/command.ts';
import { problemLines } from '../../report/problem.ts';
import { count, duration } from '../../report/words.ts';
import type { Fault } from '../../twin/twin.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { selectOf } from '../left-out.ts';
import { type Opened, openNode } from '../open.ts';
import { conflictLines, conflictsOf } from '../preflight.ts';
import { type Act, type Rehearsal, rehearsal, type Scene } from '../rehearsal.ts';
import { requireTargets } from '../select.ts';
import type { TermOptions } from '../terms.ts';

export interface RehearseOptions extends GlobalOptions, TermOptions {
  readonly jobs?: number;
  readonly except?: readonly string[];
  readonly force?: boolean;
  readonly json?: boolean;
  /** The first words of the command that is to fail. */
  readonly fault?: string;
  readonly nth: number;
  readonly exit: number;
  readonly stderr?: string;
  readonly hang?: boolean;
  readonly kill?: string;
}

export async function rehearse(
  io: Io,
  targets: readonly string[],
  options: RehearseOptions,
): Promise<ExitName> {
  requireTargets(targets);
  const opened = await openNode(io, options, targets);
  const selection = selectOf(opened, { ...options, targets });
  const jobs = options.jobs ?? opened.phoenix.jobs ?? 4;
  const fault = faultOf(options);
  const conflicts = conflictsOf(opened, selection);
  const told = await rehearsal(io, opened, selection, { jobs, fault });
  await opened.history.close();
  await opened.host.close();
  if (fault && !struck(told)) throw new PhxError('usage', neverCame(fault, targets));
  io.out.write(
    options.json
      ? `${JSON.stringify({ ...document(opened, told, jobs), preflight: conflicts }, null, 2)}
`
      : story(opened, told, jobs, conflictLines(conflicts)),
  );
  return 'ok';
}

function faultOf({ fault: match, nth, exit, stderr, hang, kill }: RehearseOptions): Fault | undefined {
  if (match === undefined) return undefined;
  if (kill !== undefined && kill !== 'before' && kill !== 'during' && kill !== 'after')
    throw new PhxError('usage', { title: `--kill ${kill}`, hint: 'It is before, during or after.' });
  if (kill !== undefined) return { match, nth, kill };
  if (hang) return { match, nth, hang };
  return { match, nth, exit, stderr: stderr ?? `${match}: failed, as was asked for` };
}

function struck({ first }: Rehearsal): boolean {
  return first.died || first.scenes.some(({ event }) => event.type === 'failed' || attempts(event) > 0);
}

/** Commands that failed in a task that came to a good end all the same. */
function attempts(event: Scene['event']): number {
  return event.type === 'done' ? event.commands.filter(({ exit }) => exit !== 0).length : 0;
}

function neverCame({ match, nth }: Fault, targets: readonly string[]) {
  return {
    title: `No command of this run begins with ${match}${nth > 1 ? ` for the ${nth}. time` : ''}`,
    hint: 'Nothing failed. See which commands there are.',
    command: `phx plan ${targets.join(' ')}`,
  };
}

function story(opened: Opened, told: Rehearsal, jobs: number, conflicts: readonly string[]): string {
  const { graph, host } = opened;
  const { slots, makespan, serial, chain } = told.times;
  const scenes = new Map(told.first.scenes.map((scene) => [scene.task, scene]));
  const lines = [
    `phx · rehearsal for ${host.label} · ${count(slots.length, 'task')} to run · ${count(jobs, 'job')} · nothing is changed`,
    ...conflicts,
    ...(slots.length > 0 ? [''] : []),
  ];
  for (const { task, start, ms } of slots) {
    const { id } = graph.at(task);
    const scene = scenes.get(id);
    if (scene) lines.push(...sceneLines(scene, clock(start), duration(ms)));
  }
  lines.push(...heldUp(told.first));
  if (told.first.died) lines.push('', 'phx is killed here: nothing after it is done or recorded.');
  if (told.next) lines.push('', 'The next run:', ...actLines(told.next));
  lines.push('', ...ending(told, jobs, makespan, serial));
  if (chain.length > 1)
    lines.push(`no number of jobs shortens ${shortened(chain.map((task) => graph.at(task).id))}`);
  return `${lines.join('\n')}\n`;
}

function ending({ times, own }: Rehearsal, jobs: number, makespan: number, serial: number): string[] {
  const all = times.slots.length;
  if (all === 0) return ['nothing to do'];
  const source =
    own === 0
      ? 'durations of other nodes'
      : own === all
        ? 'durations of this node'
        : `${own} of ${all} durations of this node`;
  return [
    `about ${duration(makespan)} with ${count(jobs, 'job')}, ${duration(serial)} one after the other · ${source}`,
  ];
}

function sceneLines({ task, event }: Scene, at: string, took: string): string[] {
  const failed = event.type === 'failed';
  const head = `${at.padStart(7)}  ${failed ? '✗' : '✓'} ${task}  ${took}`;
  const commands = event.type === 'done' || failed ? event.commands : [];
  const margin = ' '.repeat(11);
  const shown = commands.slice(0, 6).map(({ argv }) => `${margin}${commandWords(argv)}`);
  const more = commands.length > 6 ? [`${margin}… ${commands.length - 6} more`] : [];
  const said = failed ? problemLines(event.error).map((line) => `${margin}${line}`) : [];
  return [head, ...shown, ...more, ...said];
}

/** What is not run because of something else: counted for each that is at fault. */
function heldUp({ scenes }: Act): string[] {
  const blocked = scenes.flatMap(({ task, event }) =>
    event.type === 'blocked' ? [`         ! ${task}  ${event.error.title}`] : [],
  );
  const causes = new Map<string, number>();
  for (const { event } of scenes)
    if (event.type === 'cancelled') causes.set(event.cause, (causes.get(event.cause) ?? 0) + 1);
  return [
    ...blocked,
    ...[...causes].map(([cause, held]) => `         ${count(held, 'task')} held up by ${cause}`),
  ];
}

function actLines(act: Act): string[] {
  const ran = act.scenes.filter(({ event }) => event.type === 'done' || event.type === 'failed');
  const told = ran.flatMap((scene) => sceneLines(scene, '', ''));
  return ran.length > 0 ? [...told, ...heldUp(act)] : ['         nothing to do', ...heldUp(act)];
}

function shortened(chain: readonly string[]): string {
  return chain.length <= 5 ? chain.join(' → ') : [...chain.slice(0, 2), '…', ...chain.slice(-2)].join(' → ');
}

/** `12:40`, `1:02:03`: since the beginning. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function document({ graph, host }: Opened, { first, next, times, own }: Rehearsal, jobs: number) {
  const id = (task: number) => graph.at(task).id;
  return {
    ...{ host: host.label, jobs, makespan: times.makespan, serial: times.serial, ownDurations: own },
    chain: times.chain.map(id),
    tasks: times.slots.map(({ task, start, ms }) => ({ task: id(task), start, ms })),
    died: first.died,
    first: first.scenes.map(({ event }) => event),
    ...(next ? { next: next.scenes.map(({ event }) => event) } : {}),
  };
}
