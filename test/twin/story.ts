/** A table of commands that follow each other on one twin: what each must answer. */

import assert from 'node:assert/strict';
import type { Twin } from '../../src/twin/twin.ts';
import { run } from './node.ts';

/** What a command must do: exit code, and what its outputs must be (text) or contain (pattern); absent = not looked at. */
export interface Answer {
  readonly exit?: number;
  readonly out?: string | RegExp;
  readonly err?: string | RegExp;
  readonly stdin?: string;
}

/** A command line and its answer; a line `PATH <- TEXT` writes a file (`\n` in it is a line break). */
export type Scene = readonly [line: string, answer?: Answer];

export async function tell(twin: Twin, scenes: readonly Scene[]): Promise<void> {
  for (const [line, answer = {}] of scenes) {
    const [path = '', text] = line.split(' <- ');
    if (text !== undefined) {
      await twin.writeFile(path, text);
      continue;
    }
    const outcome = await run(twin, line, answer.stdin);
    assert.equal(outcome.exit, answer.exit ?? 0, `${line}: ${outcome.stderr}`);
    same(line, outcome.stdout, answer.out);
    same(line, outcome.stderr, answer.err);
  }
}

function same(line: string, got: string, want: string | RegExp | undefined): void {
  if (typeof want === 'string') assert.equal(got, want, line);
  else if (want) assert.match(got, want, line);
}
