/** What a run says while it goes: one union that every reporter consumes. Pure types; `--json` prints them as they are. */

/** Why a task is stale; `key` names the input or output, with its former and present value where they can be printed. */
export interface Reason {
  readonly why:
    | 'never-ran'
    | 'interrupted'
    | 'failed'
    | 'changed'
    | 'added'
    | 'removed'
    | 'missing'
    | 'drifted'
    | 'rolled-back'
    | 'forced';
  readonly key?: string;
  readonly from?: string;
  readonly to?: string;
}

/** An error as a person reads it: a title, aligned facts, one hint, and the command to type next. */
export interface Problem {
  readonly title: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly hint?: string;
  readonly command?: string;
}

/** A command that changed something, or tried to. */
export interface Ran {
  readonly argv: readonly string[];
  readonly exit: number;
  readonly ms: number;
}

/** How a task came to be started, beside why. */
export interface Course {
  /** Milliseconds between its last dependency's end and its start. */
  readonly waited: number;
  /** What it waited for longest at the end: a pool, `jobs` (all of them at work), or `alone` (one that runs alone). */
  readonly on?: string;
  /** The task of this run whose end let it go on: the last of those it rests on, or who gave free what it waited for. */
  readonly after?: string;
  /** How often it was tried. */
  readonly tries: number;
}

export type RunEvent =
  | {
      readonly type: 'planned';
      readonly run: string;
      readonly host: string;
      readonly hostKind: 'twin' | 'local' | 'ssh';
      readonly jobs: number;
      readonly tasks: readonly { readonly task: string; readonly target: string; readonly title: string }[];
    }
  | { readonly type: 'fresh'; readonly task: string }
  | { readonly type: 'kept'; readonly task: string; readonly because: readonly Reason[] }
  | {
      readonly type: 'started';
      readonly task: string;
      readonly because: readonly Reason[];
      readonly attempt: number;
    }
  | {
      readonly type: 'line';
      readonly task: string;
      readonly stream: 'stdout' | 'stderr' | 'log';
      readonly text: string;
    }
  | {
      readonly type: 'done';
      readonly task: string;
      readonly ms: number;
      readonly because: readonly Reason[];
      readonly commands: readonly Ran[];
      readonly course?: Course;
    }
  | {
      readonly type: 'failed';
      readonly task: string;
      readonly ms: number;
      readonly because: readonly Reason[];
      readonly commands: readonly Ran[];
      readonly course?: Course;
      readonly error: Problem;
    }
  | { readonly type: 'outdated'; readonly task: string; readonly message: string }
  | { readonly type: 'blocked'; readonly task: string; readonly error: Problem }
  | { readonly type: 'cancelled'; readonly task: string; readonly cause: string }
  | { readonly type: 'notice'; readonly text: string }
  | ({ readonly type: 'summary'; readonly ms: number } & Counts);

/** How many tasks ended in which way. */
export interface Counts {
  readonly done: number;
  readonly fresh: number;
  /** Stale, but not needed by what was asked for: shown and left as they are. */
  readonly kept: number;
  readonly failed: number;
  readonly outdated: number;
  readonly blocked: number;
  readonly cancelled: number;
}
