/** What a person may be told when phx cannot go on: one clear error, by its words. */

import assert from 'node:assert/strict';
import { exitCodes, PhxError } from '../../src/core/error.ts';
import type { Problem, RunEvent } from '../../src/core/event.ts';
import type { Struck } from './undertaking.ts';

/** A title in words, which file, why, and what to do; nothing that was thrown by node itself. */
export function assertClear({ title, facts, hint }: Problem, words: string): void {
  const names = facts.map(([name]) => name);
  assert.doesNotMatch(title, /^[A-Z]{4,}:|stumbled|\n\s+at /, `${words}: ${title}`);
  assert.ok(names.includes('file') || names.includes('folder'), `${words}: ${title} names no file`);
  assert.ok(names.includes('why'), `${words}: ${title} says no reason`);
  assert.ok(hint, `${words}: ${title} has no hint`);
}

/** Whether a run came to a good end; what stopped it has to be clear. */
export function endedWell({ lived, error }: Pick<Struck, 'lived' | 'error'>, words: string): boolean {
  if (error !== undefined) {
    assert.ok(error instanceof PhxError, `${words}: ${(error as Error).stack}`);
    assert.ok(error.exit in exitCodes, words);
    assertClear(error.problem, words);
    return false;
  }
  assert.ok(lived, words);
  const problems = lived.events.flatMap((event: RunEvent) =>
    event.type === 'failed' || event.type === 'blocked' ? [event.error] : [],
  );
  for (const problem of problems) assertClear(problem, words);
  return problems.length === 0;
}
