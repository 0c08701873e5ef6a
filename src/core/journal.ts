/**
 * The write-ahead journal of runs: each command's intent before its outcome. It answers what a run that was cut off meant to
 * do; it decides nothing. Where it is kept is said elsewhere.
 */

import type { ExitName } from './error.ts';
import type { Course } from './event.ts';
import type { Undo } from './task.ts';

/** A file was written, or removed when `after` is missing. */
export interface Wrote {
  readonly at: number;
  readonly entry: 'wrote';
  readonly task: string;
  readonly path: string;
  readonly mode?: number;
  /** What it said; null when there was none; missing when its text must not be kept. */
  readonly before?: string | null;
  /** Digest of what it says now. */
  readonly after?: string;
}

export type JournalEntry =
  | {
      readonly at: number;
      readonly entry: 'begin';
      readonly run: string;
      readonly words: readonly string[];
      /** Identity of the host that it ran on. */
      readonly host: string;
      /** `user@machine`, where several people share the history. */
      readonly who?: string;
    }
  | {
      readonly at: number;
      readonly entry: 'intent';
      readonly task: string;
      readonly argv: readonly string[];
      readonly undo?: Undo;
    }
  | {
      readonly at: number;
      readonly entry: 'outcome';
      readonly task: string;
      readonly argv: readonly string[];
      readonly exit: number;
      readonly ms: number;
      /** Why it did not end by itself, when it did not: it may have left half of its work. */
      readonly ended?: 'deadline' | 'aborted';
    }
  | {
      /** The connection was lost while it ran: how it ended is not known. */
      readonly at: number;
      readonly entry: 'lost';
      readonly task: string;
      readonly argv: readonly string[];
    }
  | Wrote
  | {
      /** How a task came out; a task without one was still at work when the run ended. */
      readonly at: number;
      readonly entry: 'task';
      readonly task: string;
      readonly state: 'done' | 'failed';
      /** What it failed of, in one line. */
      readonly title?: string;
      readonly ms?: number;
      /** How it came to be started; entries of earlier versions have none. */
      readonly course?: Course;
    }
  | { readonly at: number; readonly entry: 'ended'; readonly exit: ExitName };

export interface Journal {
  /**
   * Takes it down. What is answered to an intent, or to a file that is to be written, is to be awaited before that is done:
   * only then is it kept wherever it has to be. Anything else follows in its order, and is not waited for.
   */
  write(entry: JournalEntry): void | Promise<void>;
  /**
   * When a command beginning with these words was last meant to be run (epoch milliseconds) by a run that never ended, or
   * was cut off in one that did, or in this one; undefined when none was. `settled` tells of an intent whether its task came
   * to a good end since.
   */
  intended(words: readonly string[], settled?: (task: string, at: number) => boolean): number | undefined;
}

/** Takes nothing down: for plans. Intents of earlier runs are still answered. */
export function silentJournal(below: Pick<Journal, 'intended'>): Journal {
  return { write: () => {}, intended: (words, settled) => below.intended(words, settled) };
}
