/** What the page of a graph shows: the document that the command writes and the browser reads. Pure types. */

import type { GraphEdge, NodeVerdict } from '../view/document.ts';

export interface GraphPage {
  /** Of the project. */
  readonly name: string;
  /** Where the verdicts were asked: `twin`, `root@pve1`. */
  readonly host: string;
  /** When, epoch milliseconds. */
  readonly at: number;
  /** In an order in which what must come first stands first; those of a target side by side. */
  readonly tasks: readonly GraphPageTask[];
  /** Target → what people call it: the host name of a guest. */
  readonly names: Readonly<Record<string, string>>;
  /** What may be edited, and who would see it: files of the configuration, templates. */
  readonly edits: readonly Edit[];
}

export interface GraphPageTask {
  /** Task id, such as `ctid:950/configure`. */
  readonly id: string;
  readonly title: string;
  /** What it belongs to, such as `ctid:950`. */
  readonly target: string;
  /** The id without its target. */
  readonly step: string;
  readonly verdict: NodeVerdict;
  /** Why, in words; nothing of what is fresh. */
  readonly because: readonly string[];
  /** What it waits for, as indices of tasks. */
  readonly waits: readonly { readonly task: number; readonly kind: GraphEdge['kind'] }[];
  /** Input → what it says, or a digest. */
  readonly reads: Readonly<Record<string, string>>;
  /** Output → what was found. */
  readonly leaves: Readonly<Record<string, string>>;
  readonly last?: PastTask;
}

/** How it ran last. */
export interface PastTask {
  readonly run: string;
  readonly state: 'running' | 'done' | 'failed';
  /** Its start, epoch milliseconds. */
  readonly at: number;
  /** Milliseconds. */
  readonly ms: number;
  readonly error?: string;
  /** Commands that it sent, where the journal of that run is still there. */
  readonly commands: readonly { readonly words: string; readonly exit?: number; readonly ms?: number }[];
  /** The end of its log. */
  readonly said: readonly string[];
}

/** A file, and the tasks that read something of it. */
export interface Edit {
  readonly file: string;
  /** Indices of tasks. */
  readonly tasks: readonly number[];
}
