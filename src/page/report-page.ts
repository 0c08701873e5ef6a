/** What the page of a past run shows: the document that the command writes and the browser reads. Pure types. */

import type { Course } from '../core/event.ts';

export interface ReportPage {
  /** Of the project. */
  readonly name: string;
  readonly run: string;
  /** `phx run all -j 4`. */
  readonly typed: string;
  /** Identity of the host. */
  readonly host: string;
  readonly who?: string;
  /** Epoch milliseconds. */
  readonly began: number;
  /** Milliseconds. */
  readonly ms: number;
  /** `ok`, `failed`, …, `at work`, or `died`. */
  readonly ending: string;
  /** In the order of their starts. */
  readonly tasks: readonly ReportTask[];
  /** Indices of the tasks that one waited for the other, from the first to the one that ended last: no run could be shorter
   * without one of these being shorter. Empty where the journal is of an earlier version. */
  readonly chain: readonly number[];
}

export interface ReportTask extends Partial<Course> {
  readonly id: string;
  readonly target: string;
  readonly step: string;
  /** `unfinished`: the run came to its end, or died, before the task did. */
  readonly state: 'done' | 'failed' | 'unfinished';
  /** Milliseconds from the beginning of the run. */
  readonly start: number;
  /** Milliseconds that it took. */
  readonly ms: number;
  /** What it usually takes when it does something, where earlier runs tell: the middle one of the last ten. */
  readonly usual?: number;
  /** What it failed of. */
  readonly title?: string;
  readonly commands: readonly ReportCommand[];
  /** Paths on the host that it wrote or removed. */
  readonly files: readonly string[];
  /** The end of its log. */
  readonly said: readonly string[];
}

export interface ReportCommand {
  readonly words: string;
  /** Milliseconds from the beginning of the run. */
  readonly start: number;
  /** Without one it never ended. */
  readonly exit?: number;
  readonly ms?: number;
}
