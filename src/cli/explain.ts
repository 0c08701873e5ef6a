/** Turns whatever went wrong into one clear error on stderr and an exit code; never a stack trace. */

import { type ExitName, PhxError, problemOf } from '../core/error.ts';
import { problemLines } from '../report/problem.ts';
import type { Io } from './io.ts';
import { ConfigRefusal } from './open.ts';

export function explain(io: Io, error: unknown, words: readonly string[]): ExitName {
  const json = words.includes('--json');
  if (error instanceof ConfigRefusal) {
    const { problems } = error;
    io.err.write(
      json ? `${JSON.stringify({ error: { title: error.problem.title, problems } })}\n` : `${error.text}\n`,
    );
    return error.exit;
  }
  const unforeseen = !(error instanceof PhxError);
  const problem = unforeseen
    ? {
        ...problemOf(error),
        title: `phx stumbled: ${problemOf(error).title}`,
        hint: 'This is a mistake in phx. What ran is recorded; running again is safe. PHX_DEBUG=1 shows where it happened.',
      }
    : error.problem;
  io.err.write(json ? `${JSON.stringify({ error: problem })}\n` : `${problemLines(problem).join('\n')}\n`);
  if (unforeseen && io.env.PHX_DEBUG && error instanceof Error) io.err.write(`${error.stack}\n`);
  return unforeseen ? 'failed' : error.exit;
}
