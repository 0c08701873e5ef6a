/** How long tasks took, by what journals say. Pure. */

import type { JournalEntry } from '../core/journal.ts';

/**
 * Task → how long it took when it did something and came to a good end last, in milliseconds. One that found all as it should
 * be took no time, which tells nothing of the next one.
 */
export function durationsOf(entries: readonly JournalEntry[]): ReadonlyMap<string, number> {
  const last = new Map<string, { readonly at: number; readonly ms: number }>();
  let worked = new Set<string>();
  for (const entry of entries) {
    if (entry.entry === 'begin') worked = new Set();
    else if (entry.entry === 'intent' || entry.entry === 'wrote') worked.add(entry.task);
    else if (entry.entry === 'task' && entry.state === 'done' && entry.ms !== undefined) {
      const { task, at, ms } = entry;
      if (worked.has(task) && at >= (last.get(task)?.at ?? 0)) last.set(task, { at, ms });
    }
  }
  return new Map([...last].map(([task, { ms }]) => [task, ms]));
}
