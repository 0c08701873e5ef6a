/** The port that the journals of runs are kept behind: in files of this project, or in a database that a team shares. Types only. */

import type { Journal, JournalEntry } from '../core/journal.ts';

/** A run as it begins. */
export interface RunStart {
  readonly at: number;
  readonly run: string;
  /** What was asked for. */
  readonly words: readonly string[];
  /** Identity of the host that it runs on. */
  readonly host: string;
}

/** The journal of a run that is at work. */
export interface RunJournal extends Journal {
  /** Waits until all that was noted is kept wherever it has to be, or is to be sent there later; nothing is written after it. */
  close(): Promise<void>;
}

/** What interrupted runs meant to do on one host. */
export type Past = Pick<Journal, 'intended'>;

export interface HistoryStore {
  /** Names of the runs that have a journal, oldest first. */
  runs(): Promise<readonly string[]>;
  /** What the journal of a run says; undefined where there is none of this name. */
  read(run: string): Promise<readonly JournalEntry[] | undefined>;
  /** Whether a run that has no end yet is at work, as far as can be known. */
  isAtWork(run: string): Promise<boolean>;
  /** The journal of a new run, its beginning noted. `notice` is told what a person should know while it is written. */
  begin(start: RunStart, notice: (text: string) => void): Promise<RunJournal>;
  past(host: string): Promise<Past>;
  /** Task → how long it took when it did something and came to a good end last, in milliseconds. */
  durations(host: string): Promise<ReadonlyMap<string, number>>;
  /**
   * Drops the journals of runs that came to their end, which only tell of the past. Those of interrupted ones tell what on a
   * node is ours, and stay; answers how many of them there are.
   */
  dropEnded(): Promise<number>;
  close(): Promise<void>;
}
