/**
 * Sends the entries of a run to the database in their order: intents are waited for, what follows from them is not. When the
 * database is lost it is sought again, for a while and said; after that no intent is taken any more.
 */

import { PhxError, problemOf } from '../core/error.ts';
import { HistoryUnreachable } from './connection.ts';
import type { Numbered } from './records.ts';

export interface UplinkSetup {
  /** Sends them all, connecting where there is no connection; throws `HistoryUnreachable` where a later try may do it. */
  readonly send: (entries: readonly Numbered[]) => Promise<void>;
  /** Ends early, by rejecting, when a person wants an end. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly notice: (text: string) => void;
}

/** Pauses between tries, in milliseconds: two minutes for an intent, some seconds for what only tells how it came out. */
const patience = {
  none: [],
  short: [250, 500, 1000, 2000, 4000],
  long: [250, 500, 1000, 2000, 4000, ...Array.from({ length: 14 }, () => 8000)],
};

export class Uplink {
  readonly #setup: UplinkSetup;
  #pending: Numbered[] = [];
  #sending: Promise<void> | undefined;
  #stopped: PhxError | undefined;

  constructor(setup: UplinkSetup) {
    this.#setup = setup;
  }

  /** How many entries are not known to have arrived. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Throws where no intent is taken any more. */
  requireOpen(): void {
    if (this.#stopped) throw this.#stopped;
  }

  add(entry: Numbered): void {
    this.#pending.push(entry);
    if (!this.#stopped) void this.#attempt(patience.none).catch(() => {});
  }

  /** Ends when all that was added so far has arrived. */
  async kept(): Promise<void> {
    const last = this.#pending.at(-1)?.sequence ?? -1;
    while ((this.#pending[0]?.sequence ?? Number.POSITIVE_INFINITY) <= last) {
      this.requireOpen();
      await this.#attempt(patience.long);
    }
  }

  /** Tries once more to send what is left; answers how much stays here. */
  async close(): Promise<number> {
    await this.#sending?.catch(() => {});
    if (this.#pending.length > 0 && !this.#stopped) await this.#attempt(patience.short).catch(() => {});
    return this.#pending.length;
  }

  /** One at a time; who comes while one is on its way waits for that. */
  #attempt(pauses: readonly number[]): Promise<void> {
    this.#sending ??= this.#send(pauses).finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #send(pauses: readonly number[]): Promise<void> {
    let tries = 0;
    while (this.#pending.length > 0) {
      const batch = [...this.#pending];
      try {
        await this.#setup.send(batch);
        this.#pending = this.#pending.slice(batch.length);
        if (tries > 0) this.#setup.notice('the history database is reached again');
        tries = 0;
      } catch (error) {
        const isLost = error instanceof HistoryUnreachable;
        if (isLost && pauses.length === 0) return;
        const pause = pauses[tries++];
        if (!isLost || pause === undefined) throw this.#stop(error);
        if (tries === 1) this.#setup.notice(`waiting for the history database: ${whyOf(error)}`);
        await this.#setup.sleep(pause).catch(() => {
          throw this.#stop(error);
        });
      }
    }
  }

  #stop(error: unknown): PhxError {
    this.#stopped = new PhxError('failed', {
      title: 'What is meant to be done cannot be noted in the history database',
      facts: problemOf(error).facts,
      hint: 'No command is sent that is not noted there before. What was done stands in .cache/journal, and the next run that reaches the database sends it up. To go on without it: --history local.',
    });
    return this.#stopped;
  }
}

function whyOf(error: unknown): string {
  const { title, facts } = problemOf(error);
  return facts.find(([name]) => name === 'why')?.[1] ?? title;
}
