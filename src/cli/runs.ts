/** The past runs of a project, as their journals tell of them. It changes nothing. */

import { join } from 'node:path';
import { PhxError } from '../core/error.ts';
import { readJournal, runsIn } from '../core/file-journal.ts';
import type { JournalEntry } from '../core/journal.ts';
import { didYouMean } from '../core/suggest.ts';

export function journalFolder(cacheDir: string): string {
  return join(cacheDir, 'journal');
}

/** The journal of a run; throws when there is none of this name. */
export function readRun(folder: string, run: string): JournalEntry[] {
  const entries = readJournal(folder, run);
  if (entries) return entries;
  throw new PhxError('usage', {
    title: `There is no journal of a run ${run}`,
    hint:
      didYouMean(run, runsIn(folder)) ?? 'Only runs that did something have one, and old ones are dropped.',
    command: 'phx history',
  });
}

/** What a person typed: `phx run ctid:950`. */
export function typedWords(words: readonly string[]): string {
  return ['phx', ...words].join(' ');
}
