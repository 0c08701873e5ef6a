/** What pages that phx serves know beside their document: where else one can go, and what may be done. Pure types. */

export interface Live {
  /** Which of the pages this is. */
  readonly here: 'graph' | 'runs' | 'run';
  /** Whether a run may be asked for, with the token in the address. */
  readonly runs: boolean;
}

/** A run that is at work: what its journal says of its tasks. */
export interface Running {
  readonly run: string;
  /** Task id → how it stands. */
  readonly tasks: Readonly<Record<string, 'running' | 'done' | 'failed'>>;
  /** How it ended; absent while it goes on. */
  readonly exit?: string;
}

/** The list of past runs, newest first. */
export interface RunsPage {
  readonly name: string;
  readonly runs: readonly RunLine[];
}

export interface RunLine {
  readonly run: string;
  readonly typed: string;
  readonly host: string;
  readonly who?: string;
  /** Epoch milliseconds. */
  readonly began: number;
  /** Milliseconds. */
  readonly ms: number;
  /** `ok`, `failed`, …, `at work`, or `died`. */
  readonly ending: string;
  readonly done: number;
  readonly failed: number;
}

/** What is shown where a page cannot be made. */
export interface ProblemPage {
  readonly title: string;
  readonly text: string;
}
