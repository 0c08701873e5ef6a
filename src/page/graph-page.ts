/** What the page of a graph shows: the document that the command writes and the browser reads. Pure types. */

import type { NodeVerdict } from '../view/document.ts';

export interface GraphPage {
  /** Of the project. */
  readonly name: string;
  /** Where the verdicts were asked: `twin`, `root@pve1`. */
  readonly host: string;
  /** When, epoch milliseconds. */
  readonly at: number;
  readonly tasks: readonly GraphPageTask[];
}

export interface GraphPageTask {
  /** Task id, such as `ctid:950/configure`. */
  readonly id: string;
  readonly title: string;
  /** What it belongs to, such as `ctid:950`. */
  readonly target: string;
  readonly verdict: NodeVerdict;
}
