/** History in the files of this project alone: a folder with a journal a run. It knows no database. */

import { dropEnded, FileJournal, readJournal, runsIn } from '../core/file-journal.ts';
import type { JournalEntry } from '../core/journal.ts';
import { durationsOf } from './durations.ts';
import type { HistoryStore, Past, RunJournal, RunStart } from './store.ts';

export interface FileSetup {
  readonly folder: string;
  /** Whether the process of a run lives. */
  readonly isAtWork: (run: string) => boolean;
  /** `user@machine`, where the journals are to be known to others later. */
  readonly who?: string;
}

export class FileHistory implements HistoryStore {
  readonly #setup: FileSetup;

  constructor(setup: FileSetup) {
    this.#setup = setup;
  }

  async runs(): Promise<readonly string[]> {
    return runsIn(this.#setup.folder);
  }

  async read(run: string): Promise<readonly JournalEntry[] | undefined> {
    return readJournal(this.#setup.folder, run);
  }

  async isAtWork(run: string): Promise<boolean> {
    return this.#setup.isAtWork(run);
  }

  async begin(start: RunStart): Promise<RunJournal> {
    const { folder, who } = this.#setup;
    const journal = new FileJournal(folder, start.run, start.host);
    journal.write(beginOf(start, who));
    return {
      write: (entry) => journal.write(entry),
      intended: (words, settled) => journal.intended(words, settled),
      close: async () => {},
    };
  }

  async past(host: string): Promise<Past> {
    return new FileJournal(this.#setup.folder, '', host);
  }

  async durations(host: string): Promise<ReadonlyMap<string, number>> {
    const { folder } = this.#setup;
    const entries = runsIn(folder).flatMap((run) => {
      const own = readJournal(folder, run) ?? [];
      return own.find((entry) => entry.entry === 'begin')?.host === host ? own : [];
    });
    return durationsOf(entries);
  }

  async dropEnded(): Promise<number> {
    return dropEnded(this.#setup.folder);
  }

  async close(): Promise<void> {}
}

/** What a journal begins with. */
export function beginOf({ at, run, words, host }: RunStart, who: string | undefined): JournalEntry {
  return { at, entry: 'begin', run, words, host, ...(who === undefined ? {} : { who }) };
}
