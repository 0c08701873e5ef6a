/** History for commands that only look: the database is asked when the first question comes; where it cannot be reached, files tell what they know. */

import type { JournalEntry } from '../core/journal.ts';
import { HistoryUnreachable } from './connection.ts';
import type { HistoryStore, Past, RunJournal } from './store.ts';

export class ReadingHistory implements HistoryStore {
  readonly #open: () => Promise<HistoryStore>;
  readonly #files: HistoryStore;
  readonly #say: (unreachable: HistoryUnreachable) => void;
  #opened: Promise<HistoryStore> | undefined;

  /** `say` tells a person why only the files are asked. */
  constructor(
    open: () => Promise<HistoryStore>,
    files: HistoryStore,
    say: (unreachable: HistoryUnreachable) => void,
  ) {
    this.#open = open;
    this.#files = files;
    this.#say = say;
  }

  async runs(): Promise<readonly string[]> {
    return (await this.#store()).runs();
  }

  async read(run: string): Promise<readonly JournalEntry[] | undefined> {
    return (await this.#store()).read(run);
  }

  async isAtWork(run: string): Promise<boolean> {
    return (await this.#store()).isAtWork(run);
  }

  begin(): Promise<RunJournal> {
    throw new Error('a command that only looks has no journal');
  }

  async past(host: string): Promise<Past> {
    return (await this.#store()).past(host);
  }

  async durations(host: string): Promise<ReadonlyMap<string, number>> {
    return (await this.#store()).durations(host);
  }

  dropEnded(): Promise<number> {
    throw new Error('a command that only looks drops nothing');
  }

  async close(): Promise<void> {
    await (await this.#opened)?.close();
  }

  #store(): Promise<HistoryStore> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      if (!(error instanceof HistoryUnreachable)) throw error;
      this.#say(error);
      return this.#files;
    });
    return this.#opened;
  }
}
