/** Past runs as a person reads them: the list, and one with all that it did. Pure. */

import type { ExitName } from '../core/error.ts';
import { printArgv } from '../core/error.ts';
import type { PastRun, PastTask } from '../core/history.ts';
import { count, duration, marks, oneLine, type Paint } from '../report/words.ts';
import { typedWords } from './runs.ts';

/** How a run came out: its exit, or, without one, whether it is still at work or died. */
export type Ending = ExitName | 'at work' | 'died';

export interface Told extends PastRun {
  readonly ending: Ending;
}

/** Newest first, a line a run. */
export function historyText(runs: readonly Told[], look: Paint): string {
  if (runs.length === 0) return 'no run has done anything yet\n';
  const rows = runs.map((run) => ({
    run: run.run,
    when: when(run.began),
    took: duration(run.last - run.began),
    ending: run.ending,
    tasks: tally(run.tasks),
    who: run.who ?? '',
    what: typedWords(run.words),
  }));
  const width = (key: keyof (typeof rows)[number]) => Math.max(...rows.map((row) => row[key].length));
  const lines = rows.map((row) => {
    const ending = colourOf(row.ending, look)(row.ending.padEnd(width('ending')));
    const cells = [
      ...[row.run.padEnd(width('run')), row.when, row.took.padStart(width('took')), ending],
      ...[row.tasks.padEnd(width('tasks'))],
      // Where one machine keeps its own history, nobody asks who it was.
      ...(width('who') > 0 ? [row.who.padEnd(width('who'))] : []),
      row.what,
    ];
    return `${cells.join('  ')}\n`;
  });
  return `${lines.join('')}\nphx history show <run> tells what each of its tasks did\n`;
}

function tally(tasks: readonly PastTask[]): string {
  const of = (state: PastTask['state']) => tasks.filter((task) => task.state === state).length;
  const parts = (['done', 'failed', 'unfinished'] as const).flatMap((state) =>
    of(state) > 0 ? [`${of(state)} ${state}`] : [],
  );
  return parts.length > 0 ? parts.join(', ') : 'no task';
}

/** `logs`: the folder with what its commands printed, when it is still there. */
export function runText(run: Told, logs: string | undefined, look: Paint): string {
  const head = [
    `${run.run}  ${typedWords(run.words)}`,
    `  ${run.who === undefined ? '' : `by ${run.who}, `}on ${run.host}, began ${when(run.began)}, took ${duration(run.last - run.began)}, ${sentence(run.ending)}`,
  ];
  const tasks = run.tasks.flatMap((task) => taskLines(task, look));
  const end = [
    ...(logs ? [`what they printed: ${logs}`] : []),
    ...(run.ending === 'died'
      ? [`what was unfinished is taken up by the next run: ${typedWords(run.words)}`]
      : []),
  ];
  return `${[...head, '', ...tasks, ...(end.length > 0 ? ['', ...end] : [])].join('\n')}\n`;
}

const shown = { done: 'good', failed: 'bad', unfinished: 'warn' } as const;
const signs = { done: marks.done, failed: marks.failed, unfinished: marks.cancelled } as const;

function taskLines({ task, state, title, commands, files }: PastTask, look: Paint): string[] {
  const why = state === 'unfinished' ? 'unfinished' : (title ?? '');
  return [
    `${look[shown[state]](signs[state])} ${task}${why === '' ? '' : `  ${why}`}`,
    ...commands.map(({ argv, exit, ms }) => {
      const end = exit === undefined ? 'no answer' : `exit ${exit}, ${duration(ms ?? 0)}`;
      return `    ${oneLine(printArgv(argv), 140)}  ${look.dim(`# ${end}`)}`;
    }),
    ...(files.length > 0 ? [`    wrote ${count(files.length, 'file')}: ${files.join(', ')}`] : []),
  ];
}

function sentence(ending: Ending): string {
  if (ending === 'at work') return 'is at work';
  return ending === 'died' ? 'died before its end' : `ended: ${ending}`;
}

function colourOf(ending: Ending, look: Paint): (text: string) => string {
  if (ending === 'ok') return look.good;
  return ending === 'at work' || ending === 'gate' ? look.warn : look.bad;
}

function when(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
