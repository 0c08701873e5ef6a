/** The one shape of every complaint about the configuration, and its plain text form. It knows no file system and no schema. */

import type { Path } from './path.ts';

/** One error or warning, with the place it is about. */
export interface ConfigProblem {
  readonly severity: 'error' | 'warning';
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** Path from the project's root; `--set` for a value given on the command line. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** The source line that `line` names; empty when there is none. */
  readonly text: string;
  /** The way out. */
  readonly hint?: string;
}

/** A complaint about a place in a file, not yet looked up. */
export interface Complaint {
  readonly file: string;
  readonly path: Path;
  readonly message: string;
  readonly hint?: string;
  readonly severity?: 'warning';
}

/** Thrown by `loadConfig` when at least one problem is an error; carries all of them, warnings too. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(formatProblems(problems));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Orders by severity (errors first), then by place, and drops what was said twice of the same place. */
export function sortProblems(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Set<string>();
  const once = problems.filter((p) => {
    const key = JSON.stringify([p.severity, p.file, p.line, p.column, p.message]);
    return !seen.has(key) && seen.add(key);
  });
  return once.sort(
    (a, b) =>
      (a.severity === b.severity ? 0 : a.severity === 'error' ? -1 : 1) ||
      compare(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** More than that of a kind nobody reads: a slip in a profile is one of each guest that has it. */
const most = 20;

/**
 * Problems as text without colour: title, place, the line with a caret, the hint; then a count, which says how many were
 * left out.
 */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  const errors = problems.filter((p) => p.severity === 'error');
  const warnings = problems.filter((p) => p.severity === 'warning');
  const counts = [count(errors.length, 'error'), count(warnings.length, 'warning')].filter(
    (text) => text !== '',
  );
  const few = [...errors.slice(0, most), ...warnings.slice(0, most)];
  const left = problems.length - few.length;
  const more = left > 0 ? [`${left} more are left out here; phx validate --json tells all`] : [];
  return [...few.map(formatProblem), ...more, counts.join(', ')].join('\n\n');
}

function count(n: number, noun: string): string {
  return n === 0 ? '' : `${n} ${noun}${n === 1 ? '' : 's'}`;
}

const widest = 100;

/** One problem as text. */
export function formatProblem(problem: ConfigProblem): string {
  const lines = [
    `${problem.severity}: ${problem.message}`,
    `  at ${problem.file}:${problem.line}:${problem.column}`,
  ];
  if (problem.text.trim() !== '') {
    const number = String(problem.line);
    // Cut a very long line to the part around the caret; tabs become blanks so that the caret stands right.
    const start = problem.column > widest ? problem.column - 1 - widest / 2 : 0;
    const shown = problem.text
      .slice(start, start + widest)
      .replaceAll('\t', ' ')
      .trimEnd();
    lines.push(`  ${number} | ${shown}`);
    lines.push(`  ${' '.repeat(number.length)} | ${' '.repeat(problem.column - 1 - start)}^`);
  }
  if (problem.hint !== undefined) lines.push(`  hint: ${problem.hint}`);
  return lines.join('\n');
}
