/** Values given on the command line: `--set guests.950.memory=65536`. It knows no document. */
import type { Json } from '../core/json.ts';
import { readLoose } from './fast.ts';
import { isSecretName } from './mask.ts';
import { parsePath } from './path.ts';
import type { ConfigProblem } from './problem.ts';

/** One `--set`. */
export interface Assignment {
  readonly path: readonly string[];
  readonly value: Json;
  /** How problems and origins name it: `--set guests.950.memory=65536`. */
  readonly source: string;
  /** Column of the value in `source`, from 1. */
  readonly column: number;
}

/** Reads the `--set` arguments. */
export function readAssignments(texts: readonly string[]): {
  readonly assignments: readonly Assignment[];
  readonly problems: readonly ConfigProblem[];
} {
  const assignments: Assignment[] = [];
  const problems: ConfigProblem[] = [];
  for (const text of texts) {
    const match = /^((?:\["(?:[^"\\]|\\.)*"\]|[^=[])*)=([\s\S]*)$/.exec(text);
    const path = parsePath(match?.[1]?.trim() ?? '');
    const source = `--set ${text}`;
    if (match === null || path === undefined) {
      problems.push({
        severity: 'error',
        message: `--set wants path=value, found '${text}'`,
        file: source,
        line: 1,
        column: 1,
        text,
        hint: 'such as --set guests.950.memory=65536',
      });
    } else {
      const written = match[2] ?? '';
      const value = readLoose(written);
      // A literal secret is refused later, and must not be quoted then.
      const shown = typeof value === 'string' && path.some(isSecretName) ? '***' : written;
      const head = text.slice(0, text.length - written.length);
      assignments.push({ path, value, source: `--set ${head}${shown}`, column: head.length + 1 });
    }
  }
  return { assignments, problems };
}
