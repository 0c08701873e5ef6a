/** The runs that `phx undo` may take back, as their journals tell of them. It changes nothing. */

import { PhxError } from '../core/error.ts';
import type { JournalEntry } from '../core/journal.ts';
import { undoingsOf } from '../core/undo.ts';
import { backupOf } from '../proxmox/workspace.ts';
import { count } from '../report/words.ts';
import { typedWords } from './runs.ts';

/** By the names of their runs, oldest first. */
type Journals = ReadonlyMap<string, readonly JournalEntry[]>;

/** Without a name: the runs that changed something that can be taken back, newest first. */
export function runsText(journals: Journals): string {
  const lines = [...journals].reverse().flatMap(([run, entries]) => {
    const tasks = undoingsOf(entries.filter(isNoCopy));
    const steps = tasks.reduce((sum, { steps }) => sum + steps.length, 0);
    if (steps === 0) return [];
    const words = wordsOf(entries);
    const taken = undoneBy(journals, run) === undefined ? '' : '  (taken back)';
    return `${run}  ${typedWords(words)}  ${count(steps, 'change')} of ${count(tasks.length, 'task')}${taken}\n`;
  });
  if (lines.length === 0) return 'no run has changed anything that could be taken back\n';
  return `${lines.slice(0, 20).join('')}\nphx undo <run> --dry-run shows what it would put back\n`;
}

/** The copies of what a person had stay: they may be all that is left of it. */
export function isNoCopy(entry: JournalEntry): boolean {
  return entry.entry !== 'wrote' || !entry.path.startsWith(backupOf('/'));
}

function beginOf(entries: readonly JournalEntry[]) {
  return entries.find((entry) => entry.entry === 'begin');
}

function wordsOf(entries: readonly JournalEntry[]): readonly string[] {
  return beginOf(entries)?.words ?? [];
}

/** The run that took this one back, unless that was taken back itself. */
function undoneBy(journals: Journals, run: string): string | undefined {
  const by = [...journals].find(([name, entries]) => {
    const [verb, what] = wordsOf(entries);
    return verb === 'undo' && what === run && undoneBy(journals, name) === undefined;
  });
  return by?.[0];
}

/** Tasks that changed something on its host in runs that began after this one. */
export function changedAfter(journals: Journals, run: string): ReadonlySet<string> {
  const host = beginOf(journals.get(run) ?? [])?.host;
  const later = [...journals]
    .filter(([name, entries]) => name > run && beginOf(entries)?.host === host)
    .flatMap(([, entries]) => entries);
  return new Set(
    later.flatMap((entry) => (entry.entry === 'intent' || entry.entry === 'wrote' ? [entry.task] : [])),
  );
}

/** What was put back once stands already: a second time could only undo what came after. */
export function refuseTwice(journals: Journals, run: string): void {
  const by = undoneBy(journals, run);
  if (by === undefined) return;
  throw new PhxError('blocked', {
    title: `The run ${run} was taken back already`,
    facts: [['by', by]],
    hint: 'Nothing was changed. What it did comes again with the next run, as long as the configuration asks for it.',
    command: `phx undo ${by}`,
  });
}

/** `here` is the identity of the host that was opened. */
export function refuseOtherHost(here: string, entries: readonly JournalEntry[]): void {
  const begin = beginOf(entries);
  if (begin === undefined || begin.host === here) return;
  throw new PhxError('blocked', {
    title: 'That run changed another host',
    facts: [
      ['it ran on', begin.host],
      ['this is', here],
    ],
    hint: 'Nothing was changed. Name the host with --host.',
  });
}
