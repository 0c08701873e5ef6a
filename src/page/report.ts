/** Makes of a past run, and of those before it, what its report shows. Pure. */

import { printArgv } from '../core/error.ts';
import type { PastRun, PastTask } from '../core/history.ts';
import type { ReportPage, ReportTask } from './report-page.ts';

export interface ReportSource {
  readonly name: string;
  readonly typed: string;
  readonly ending: string;
  readonly run: PastRun;
  /** Runs before it on the same host, oldest first. */
  readonly earlier: readonly PastRun[];
  /** The end of the log of a task. */
  readonly said: (task: string) => readonly string[];
}

export function reportOf({ name, typed, ending, run, earlier, said }: ReportSource): ReportPage {
  const usual = usualOf(earlier);
  const tasks = run.tasks
    .map((task) => reportTask(task, run, usual.get(task.task), said(task.task)))
    .sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
  return {
    ...{ name, run: run.run, typed, host: run.host, began: run.began, ms: run.last - run.began, ending },
    ...(run.who === undefined ? {} : { who: run.who }),
    ...{ tasks, chain: chainOf(tasks) },
  };
}

function reportTask(
  { task, state, title, ms = 0, ended, course, commands, files }: PastTask,
  { began, last }: PastRun,
  usual: number | undefined,
  said: readonly string[],
): ReportTask {
  const first = commands[0]?.at ?? last;
  // Of one that never came to its end only its commands tell when it was at work.
  const start = (ended === undefined ? first : ended - ms) - began;
  const slash = task.indexOf('/');
  const target = slash < 0 ? task : task.slice(0, slash);
  return {
    ...{ id: task, target, step: slash < 0 ? task : task.slice(slash + 1), state },
    ...{ start: Math.max(0, start), ms: ended === undefined ? Math.max(0, last - first) : ms },
    ...(title === undefined ? {} : { title }),
    ...(usual === undefined ? {} : { usual }),
    ...course,
    commands: commands.map(({ argv, at, exit, ms: took }) => ({
      ...{ words: printArgv(argv), start: at - began },
      ...(exit === undefined ? {} : { exit }),
      ...(took === undefined ? {} : { ms: took }),
    })),
    ...{ files, said },
  };
}

/** So many runs before this one tell what is usual. */
const remembered = 10;

/** Task → the middle one of what it took when it did something and came to a good end. */
function usualOf(earlier: readonly PastRun[]): ReadonlyMap<string, number> {
  const took = new Map<string, number[]>();
  for (const { tasks } of earlier)
    for (const { task, state, ms, commands, files } of tasks)
      if (state === 'done' && ms !== undefined && commands.length + files.length > 0)
        took.set(task, [...(took.get(task) ?? []), ms].slice(-remembered));
  return new Map([...took].map(([task, all]) => [task, middleOf(all)]));
}

function middleOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** From the task that ended last back to whose end let it go on, and so on. */
function chainOf(tasks: readonly ReportTask[]): number[] {
  const places = new Map(tasks.map(({ id }, at) => [id, at]));
  const ends = tasks.map(({ start, ms }) => start + ms);
  const chain: number[] = [];
  let at = tasks.some(({ tries }) => tries !== undefined) ? ends.indexOf(Math.max(...ends)) : -1;
  while (at >= 0 && !chain.includes(at)) {
    chain.unshift(at);
    const { after } = tasks[at] ?? {};
    at = after === undefined ? -1 : (places.get(after) ?? -1);
  }
  return chain;
}
