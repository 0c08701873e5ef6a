/** The record of a task's last run. Pure types and the stores' interface; `stamp-log.ts` keeps them in a file. */

import type { Fingerprint } from './fingerprint.ts';

export interface Stamp {
  readonly task: string;
  readonly state: 'running' | 'done' | 'failed';
  /** Of the run that this stamp tells of. */
  readonly fingerprint: Fingerprint;
  /** The fingerprint of the last run that was done, kept while `running` and after `failed`. */
  readonly former?: Fingerprint;
  /** What its probes answered after the run, printable where short. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Digest that dependents see; empty until done for the first time. */
  readonly result: string;
  /** Run that wrote it. */
  readonly run: string;
  /** Epoch milliseconds of the start. */
  readonly at: number;
  /** Duration in milliseconds; 0 while running. */
  readonly ms: number;
  /** When failed: what went wrong, after how many tries, and what the command said last. */
  readonly error?: StampError;
}

export interface StampError {
  readonly title: string;
  readonly attempt: number;
  /** Of the command that failed, if it was one. */
  readonly exit?: number;
  readonly lines?: string;
}

export interface StampStore {
  get(task: string): Stamp | undefined;
  put(stamp: Stamp): void;
  /** All stamps, in no particular order. */
  all(): Iterable<Stamp>;
  /** Makes sure that what was put so far survives the end of this machine. */
  commit(): void;
}

/** Stamps in memory on top of others: what a plan writes without leaving a trace. */
export class StampOverlay implements StampStore {
  readonly #below: StampStore;
  readonly #own = new Map<string, Stamp>();

  constructor(below: StampStore) {
    this.#below = below;
  }

  get(task: string): Stamp | undefined {
    return this.#own.get(task) ?? this.#below.get(task);
  }

  put(stamp: Stamp): void {
    this.#own.set(stamp.task, stamp);
  }

  commit(): void {}

  *all(): Iterable<Stamp> {
    yield* this.#own.values();
    for (const stamp of this.#below.all()) if (!this.#own.has(stamp.task)) yield stamp;
  }
}
