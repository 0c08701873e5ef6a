/** Numbers that entries carry in a journal file, so that those in a database are known again as the same. Pure. */

import type { JournalEntry } from '../core/journal.ts';
import type { Numbered } from './records.ts';

/** As it stands in the file. */
export function withNumber(entry: JournalEntry, sequence: number): JournalEntry {
  return Object.assign({}, entry, { sequence });
}

/** `place` is taken for the number where it carries none: a journal that was begun without a database has none at all. */
export function numberedOf(entry: JournalEntry, place: number): Numbered {
  const { sequence = place, ...plain } = entry as JournalEntry & { readonly sequence?: number };
  return { sequence, entry: plain as JournalEntry };
}
