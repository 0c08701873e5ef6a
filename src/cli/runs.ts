/** The past runs of a project, as their journals tell of them. It changes nothing. */

import { join } from 'node:path';
import { PhxError } from '../core/error.ts';
import type { JournalEntry } from '../core/journal.ts';
import { didYouMean } from '../core/suggest.ts';
import type { HistoryStore } from '../history/store.ts';

export function journalFolder(cacheDir: string): string {
  return join(cacheDir, 'journal');
}

/** The journal of a run; throws when there is none of this name. */
export async function readRun(history: HistoryStore, run: string): Promise<readonly JournalEntry[]> {
  const entries = await history.read(run);
  if (entries) return entries;
  throw new PhxError('usage', {
    title: `There is no journal of a run ${run}`,
    hint:
      didYouMean(run, await history.runs()) ??
      'Only runs that did something have one, and old ones are dropped.',
    command: 'phx history',
  });
}

/** All journals there are, oldest first. */
export async function readAll(history: HistoryStore): Promise<ReadonlyMap<string, readonly JournalEntry[]>> {
  const journals = new Map<string, readonly JournalEntry[]>();
  for (const run of await history.runs()) journals.set(run, (await history.read(run)) ?? []);
  return journals;
}

/** What a person typed: `phx run ctid:950`. */
export function typedWords(words: readonly string[]): string {
  return ['phx', ...words].join(' ');
}
