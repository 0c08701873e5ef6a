/** The rows of `phx check` as lines for people. Pure. */

import { problemLines } from '../report/problem.ts';
import { count, duration, marks, oneLine, type Paint } from '../report/words.ts';
import type { CheckRow } from './check-rows.ts';

export interface CheckTextOptions {
  readonly verbose: boolean;
  readonly quiet: boolean;
}

/** Widths of the columns of target and name. */
export interface CheckWidths {
  readonly target: number;
  readonly name: number;
}

export function widthsOf(rows: readonly CheckRow[]): CheckWidths {
  const longest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length));
  return {
    target: longest(rows.map(({ target }) => target)),
    name: Math.min(30, longest(rows.map(({ name }) => name ?? ''))),
  };
}

/** One line for the target, then one for each check that is worth it. */
export function rowLines(
  row: CheckRow,
  widths: CheckWidths,
  style: Paint,
  { verbose, quiet }: CheckTextOptions,
): string[] {
  if (quiet && row.result !== 'failed') return [];
  const name = oneLine(row.name ?? '', widths.name).padEnd(widths.name);
  const head = `  ${style.bold(row.target.padEnd(widths.target))}  ${name}  ${markOf(row, style)} ${wordsOf(row)}`;
  const told = row.checks.filter(
    ({ kind, ended }) => ended !== 'passed' || (!quiet && (verbose || kind === 'test')),
  );
  const indent = ' '.repeat(widths.target + 4);
  return [
    head.trimEnd(),
    ...told.map((check) => `${indent}${checkWords(check, style)}`.trimEnd()),
    ...problemOf(row, style).map((line) => `${indent}${line}`),
  ];
}

/** `is not on the node  → type: phx run ctid:950`, all on the line of the target. */
function standing(problem: CheckRow['problem']): string {
  const next = problem?.command ? `→ type: ${problem.command}` : problem?.hint;
  return [problem?.title, next].filter(Boolean).join('  ');
}

function markOf({ result }: CheckRow, style: Paint): string {
  if (result === 'well') return style.good(marks.done);
  return result === 'failed' ? style.bad(marks.failed) : style.dim(marks.cancelled);
}

function wordsOf({ result, state, wanted, checks, problem }: CheckRow): string {
  if (result === 'idle') return 'stopped, as wanted';
  if (result === 'not asked') return 'not asked';
  if (result === 'failed') {
    if (state !== 'running' && state !== 'external') return standing(problem);
    const ill = checks.some(({ kind, ended }) => kind === 'health' && ended !== 'passed');
    const tests = checks.filter(({ kind, ended }) => kind === 'test' && ended === 'failed').length;
    return ill || tests === 0 ? 'not well' : `well, but ${count(tests, 'test')} failed`;
  }
  const though = wanted === 'stopped' ? ', though wanted stopped' : '';
  const health = checks.filter(({ kind }) => kind === 'health').length;
  return `${checks.length === 0 ? `runs${though}; it names no checks` : `well${though}`}${health > 0 ? `  ${count(health, 'check')}` : ''}`;
}

function checkWords({ check, ended, said, exit, ms }: CheckRow['checks'][number], style: Paint): string {
  const mark =
    ended === 'passed'
      ? style.good(marks.done)
      : ended === 'failed'
        ? style.bad(marks.failed)
        : style.dim(marks.cancelled);
  const code = exit ? `exit ${exit}  ` : '';
  const time = ended === 'not run' ? 'not run' : duration(ms);
  return `${mark} ${check}  ${style.dim(time)}  ${code}${style.dim(oneLine(said, 200))}`;
}

/** What the checks themselves do not tell: who could not be asked, and what to type next. */
function problemOf({ checks, problem, state }: CheckRow, style: Paint): string[] {
  if (!problem) return [];
  const next = problem.command ? [`→ type: ${style.bold(problem.command)}`] : [];
  if (state === 'absent' || state === 'stopped') return [];
  if (checks.some(({ ended }) => ended === 'failed')) return next;
  return problemLines(problem, style);
}

/** `11 well · 6 stopped, as wanted · 1 failed · 0.4s`. */
export function checkSummary(rows: readonly CheckRow[], ms: number): string {
  const number = (result: CheckRow['result']) => rows.filter((row) => row.result === result).length;
  const words = [
    [number('well'), 'well'],
    [number('failed'), 'failed'],
    [number('idle'), 'stopped, as wanted'],
    [number('not asked'), 'not asked'],
  ] as const;
  const told = words.filter(([many]) => many > 0).map(([many, word]) => `${many} ${word}`);
  return [...(told.length > 0 ? told : ['nobody to ask']), duration(ms)].join(' · ');
}
