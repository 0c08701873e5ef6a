/** The journal of a run in a file of this machine first, and then in the database of the team; an intent is in both before it is done. */

import { FileJournal } from '../core/file-journal.ts';
import type { JournalEntry } from '../core/journal.ts';
import { lastIntent } from '../core/unsettled.ts';
import { beginOf, type FileSetup } from './files.ts';
import { numberedOf, withNumber } from './numbered.ts';
import type { Past, RunJournal, RunStart } from './store.ts';
import type { Uplink } from './uplink.ts';

/** What the database knows of a host's past. */
export interface Shared {
  /** Intents of runs that left them unsettled. */
  readonly intents: readonly JournalEntry[];
  /** Task → when it came to a good end last, whoever ran it; epoch milliseconds. */
  readonly done: ReadonlyMap<string, number>;
}

/** What was meant, by this machine's files and by the database. */
export function pastOf(local: Past, { intents, done }: Shared): Past {
  return {
    intended: (words, settled = () => false) => {
      const isSettled = (task: string, at: number) =>
        settled(task, at) || (done.get(task) ?? Number.NEGATIVE_INFINITY) > at;
      const times = [local.intended(words, isSettled), lastIntent(intents, words, isSettled)];
      const known = times.filter((time) => time !== undefined);
      return known.length === 0 ? undefined : Math.max(...known);
    },
  };
}

export class SharedJournal implements RunJournal {
  readonly intended: Past['intended'];
  readonly #local: FileJournal;
  readonly #uplink: Uplink;
  readonly #ended: (left: number) => Promise<void>;
  #sequence = 0;

  /** `ended` is told how many entries did not arrive. */
  constructor(
    start: RunStart,
    { folder, who }: FileSetup,
    shared: Shared,
    uplink: Uplink,
    ended: (left: number) => Promise<void>,
  ) {
    this.#uplink = uplink;
    this.#ended = ended;
    this.#local = new FileJournal(folder, start.run, start.host, (entry) => uplink.add(numberedOf(entry, 0)));
    this.intended = pastOf(this.#local, shared).intended;
    this.#local.write(withNumber(beginOf(start, who), this.#sequence++));
  }

  write(entry: JournalEntry): void | Promise<void> {
    const isMeant = entry.entry === 'intent' || entry.entry === 'wrote';
    // What must not be done is not noted as meant, either.
    if (isMeant) this.#uplink.requireOpen();
    this.#local.write(withNumber(entry, this.#sequence++));
    return isMeant ? this.#uplink.kept() : undefined;
  }

  async close(): Promise<void> {
    await this.#ended(await this.#uplink.close());
  }
}
