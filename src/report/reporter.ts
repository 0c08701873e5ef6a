/** What a reporter is: something that events go into and text comes out of. It knows no terminal and no format. */
import type { RunEvent } from '../core/event.ts';

/** Consumes the events of one run. `at` is the time of an event in milliseconds; only differences are used. */
export interface Reporter {
  event(event: RunEvent, at: number): void;
  /** Says that no event will follow, also after an abort; prints what was still held back. */
  close(): void;
}

/** Where a reporter writes. */
export interface ReportOutput {
  write(text: string): void;
  readonly columns: number;
  readonly rows?: number;
  readonly isTTY: boolean;
  readonly colour: boolean;
}

/** What is known of how long things take; nothing where too little is known. */
export interface Forecast {
  /** Milliseconds that a task took when it was done last. */
  usual(task: string): number | undefined;
  /** Milliseconds until all is done; `running`: task → for how long it has been at work. */
  remaining(settled: (task: string) => boolean, running: ReadonlyMap<string, number>): number | undefined;
}

export interface ReporterOptions {
  /** Prints every line that a task says, with the task's id before it. */
  readonly verbose?: boolean;
  /** The clock that events are stamped with; `live` shows elapsed time by it. */
  readonly now?: () => number;
  /** What `live` tells expected times by. */
  readonly forecast?: Forecast;
}
