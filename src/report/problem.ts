/** Prints a problem as a person reads it: a title, aligned facts, one hint and what to type next. Pure. */
import type { Problem } from '../core/event.ts';
import { marks, type Paint, paint } from './words.ts';

/**
 * The lines of a problem, without a line break at their ends. Facts are aligned; a fact of several lines keeps them,
 * one under the other.
 */
export function problemLines(problem: Problem, style: Paint = paint(false), subject?: string): string[] {
  const [title = '', ...rest] = problem.title.split('\n');
  const about = subject === undefined ? '' : `${subject}: `;
  const lines = [
    `${style.bad(marks.failed)} ${style.bold(about + title)}`,
    ...rest.map((line) => `  ${line}`),
  ];
  const width = Math.max(0, ...problem.facts.map(([label]) => label.length));
  for (const [label, value] of problem.facts) {
    const [first = '', ...more] = value.replace(/\n+$/, '').split('\n');
    lines.push(`    ${style.dim(label.padEnd(width))}  ${first}`.trimEnd());
    for (const line of more) lines.push(`    ${' '.repeat(width)}  ${line}`.trimEnd());
  }
  if (problem.hint !== undefined) for (const line of problem.hint.split('\n')) lines.push(`  ${line}`);
  if (problem.command !== undefined) lines.push(`  → type: ${style.bold(problem.command)}`);
  return lines;
}
