/** A task: one step with declared inputs, outputs and dependencies, and the context its run is handed. Knows no Proxmox. */

import type { Problem, Reason } from './event.ts';
import type { Outcome } from './host.ts';
import type { Json } from './json.ts';
import type { Stamp } from './stamp.ts';
import type { Terms } from './terms.ts';

/** The answer of a probe that could not look (a stopped guest's inside): the recorded answer is believed. */
export const unseen: unique symbol = Symbol.for('phx.unseen');

/** A question to the facts, asked at every run; undefined means: there is no such thing on the host. */
export type Probe<Facts> = (facts: Facts) => Json | undefined | typeof unseen;

export interface Dependency<Facts = never> {
  /** Id of the task that comes first. */
  readonly task: string;
  /**
   * An order edge only sequences; a result edge puts the dependency's result into the fingerprint. An `after` edge is
   * weaker than both: it sequences two tasks of one run; it brings nothing in, holds nothing up, and may name a
   * task that there is not.
   */
  readonly kind: 'order' | 'result' | 'after';
  /** When it answers false, the dependency is judged and shown, but not run for this task's sake. */
  readonly needed?: (facts: Facts, terms: Pick<Terms, 'permits'>) => boolean;
}

/** What the judge may look at besides the fingerprint. */
export interface JudgeView<Facts> extends Pick<Terms, 'permits' | 'operator'> {
  readonly facts: Facts;
  /** The last record of any task. */
  readonly stamp: (task: string) => Stamp | undefined;
}

/** A task's own say in its verdict. */
export type Assessment =
  | { readonly verdict: 'blocked'; readonly problem: Problem }
  | { readonly verdict: 'outdated'; readonly message: string }
  | { readonly verdict: 'stale'; readonly because: readonly Reason[] };

export interface Task<Facts = unknown> {
  /** `<target>/<step>`, such as `ctid:950/configure` or `hypervisor/zfs:quickOS`. */
  readonly id: string;
  /** What a person names: `hypervisor`, `ctid:950`. */
  readonly target: string;
  /** A few words for people. */
  readonly title: string;
  /** Changes whenever the commands change that the task would send for equal inputs. */
  readonly revision: string;
  /** The slice of the configuration that the task reads; its run is handed exactly this. */
  readonly config: Readonly<Record<string, Json>>;
  /** Values that matter only while the thing must still be made (a size, a first name); not fingerprinted. */
  readonly initial?: Readonly<Record<string, Json>>;
  /** Files of the project that the task reads, as absolute paths. */
  readonly files?: readonly string[];
  /** Names of environment variables that the task reads. */
  readonly env?: readonly string[];
  /** Rendered texts by name; they count as what they say, not as the template they came from. */
  readonly texts?: Readonly<Record<string, string>>;
  /** References (`env:NAME`) of the secrets it uses, by name; fingerprinted with a keyed digest. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly dependencies: readonly Dependency<Facts>[];
  /** What it leaves on the host. Without outputs its own fingerprint is its result. */
  readonly outputs?: Readonly<Record<string, Probe<Facts>>>;
  /** Outputs that are markers left beside an unobservable effect: another answer means the guest was rolled back. */
  readonly markers?: readonly string[];
  readonly assess?: (view: JudgeView<Facts>) => Assessment | undefined;
  /** What to do about a host that was changed by hand; default `mend`. */
  readonly drift?: 'mend' | 'ask' | 'report';
  /** Named resources it holds while it runs. */
  readonly pools?: readonly string[];
  /** What it does cannot be foreseen (a script of a person's own): what follows from it is only a `may` in a plan. */
  readonly opaque?: boolean;
  /** Runs alone: nothing else runs beside it on its machine. */
  readonly exclusive?: boolean;
  /** Of several machines, the one that it is done on; without it any of them will do. */
  readonly whereabouts?: Whereabouts<Facts>;
  /** Where it is at work, too: a clone for one machine is made on that of its source. */
  readonly elsewhere?: Whereabouts<Facts>;
  /** Parts of the facts that its run may change; read again afterwards. */
  readonly touches: readonly string[];
  /** Puts former files back in the task's own way (on trial, say): for `phx undo`. Path → text, null: there was none. */
  readonly putBack?: (
    context: TaskContext<Facts>,
    files: ReadonlyMap<string, string | null>,
  ) => Promise<void>;
  /**
   * Asked once the last try has failed; not when it was refused or interrupted. Puts right what it can, and says what
   * became of it.
   */
  readonly recover?: (context: TaskContext<Facts>, error: unknown) => Promise<Aftermath | undefined>;
  /** Converges. May answer outputs that cannot be seen from outside (their probes say `unseen`), for the record. */
  readonly run: (context: TaskContext<Facts>) => Promise<Readonly<Record<string, string>> | undefined>;
}

/** On which of several machines something is. */
export interface Whereabouts<Facts> {
  /** Where it may be before anything is known. */
  readonly among: readonly string[];
  readonly now: (facts: Facts) => string;
}

/** How the tasks of one target ended, as a lease hears of it at the end of the run. */
export interface TargetEnding {
  /** All tasks of the target were part of the run. */
  readonly whole: boolean;
  /** Those that failed, were blocked or were held up, in the order of the graph; none: all is well. */
  readonly troubles: readonly { readonly task: string; readonly title: string }[];
}

/** Gives back what a task took for the run; what it answers is told to the person at the end. */
export type Release<Facts> = (
  context: TaskContext<Facts>,
  ending: TargetEnding,
) => Promise<string | undefined>;

/** What became of a task's target after it failed: told with the failure. */
export interface Aftermath {
  readonly facts: Problem['facts'];
  /** Told where the failure itself has none. */
  readonly hint?: string;
  readonly command?: string;
  /**
   * What it had done was taken back: it failed, whether by a deadline or not. `well`: and what it is about was found to be
   * as it was, so that the record from before holds again.
   */
  readonly takenBack: false | 'well' | 'unwell';
}

/** How a command of a task is run. */
export interface RunSettings {
  readonly stdin?: string;
  /** Milliseconds; the default is ten minutes. */
  readonly deadline?: number;
  /** Goes on to its end when phx dies: for long commands that leave a mess when they are cut off. */
  readonly detached?: boolean;
  /** What it prints holds a secret: no line of it is shown or kept. */
  readonly hidden?: boolean;
  readonly undo?: Undo;
}

/**
 * How `phx undo` takes a command back: by another command; `again`, sent once more after files were put back (a
 * reload); or `nothing`, since it leaves nothing behind. Without any of them undo says that its effect stays.
 */
export type Undo = readonly string[] | 'again' | 'nothing';

/** How a file is written. */
export interface WriteSettings {
  /** Permission bits; 0o644 without. */
  readonly mode?: number;
  /** It holds a secret: its text is nowhere kept or shown, so it cannot be put back. */
  readonly hidden?: boolean;
  /** A file of phx's own, such as a text on its way or a note about a guest: nothing to show, nothing to put back. */
  readonly scratch?: boolean;
}

/** All that a task's run may touch. */
export interface TaskContext<Facts = unknown> extends Pick<Terms, 'permits' | 'operator' | 'reboot'> {
  readonly task: string;
  /** The declared slice; reading anything else of it throws. */
  readonly config: Readonly<Record<string, Json>>;
  readonly initial: Readonly<Record<string, Json>>;
  readonly texts: Readonly<Record<string, string>>;
  /** The value of a declared secret: for standard input or a hidden file, never for an argument. */
  readonly secret: (name: string) => string;
  /**
   * An earlier try of this task did not come to its end (killed, failed): what is in place may have been put there
   * without the reload that belongs to it.
   */
  readonly unsettled: () => boolean;
  /** It runs because a person said so, not for what is known of it. */
  readonly forced: boolean;
  /** The declared environment variables; one that is not set is undefined. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The facts as of now. */
  readonly facts: () => Facts;
  /** Reads parts of the host again. */
  readonly refresh: (scopes: readonly string[]) => Promise<Facts>;
  /** Runs a command that changes the host; throws CommandError on a non-zero exit. */
  readonly run: (argv: readonly string[], settings?: RunSettings) => Promise<Outcome>;
  /** Runs a command that only looks; its exit code is the caller's to read. */
  readonly ask: (argv: readonly string[], settings?: RunSettings) => Promise<Outcome>;
  readonly readFile: (path: string) => Promise<string | undefined>;
  readonly writeFile: (path: string, text: string, settings?: WriteSettings) => Promise<void>;
  readonly removeFile: (path: string, settings?: Pick<WriteSettings, 'scratch'>) => Promise<void>;
  /** The same task, at work where its `elsewhere` says; here, where it says nothing. */
  readonly elsewhere: () => TaskContext<Facts>;
  /** Proves that the host can be reached anew, by a connection of its own; rejects with the reason. */
  readonly reach: () => Promise<void>;
  /** Asks again and again until `look` answers something; the deadline's error names what was last seen. */
  readonly until: <T>(wait: Wait<T>) => Promise<T>;
  /** A line for the log and the screen. */
  readonly log: (text: string) => void;
  readonly stamp: (task: string) => Stamp | undefined;
  /**
   * When an earlier, interrupted run last meant to run a command that begins with these words (epoch milliseconds);
   * undefined: none did.
   */
  readonly intended: (words: readonly string[]) => number | undefined;
  /** What this run shares between the tasks of a machine, by name; made at first use. */
  readonly shared: <T>(name: string, make: () => T) => T;
  /** Runs `release` once no task of this target is left in this run; a later call under the same name replaces it. */
  readonly lease: (name: string, release: Release<Facts> | undefined) => void;
  /** Makes sure that what was recorded so far survives the end of this machine. */
  readonly commit: () => void;
  readonly random: () => string;
}

export interface Wait<T> {
  /** Completes the sentence "waited for …". */
  readonly what: string;
  /** Milliseconds for all tries together. */
  readonly deadline: number;
  /** Milliseconds between two tries. */
  readonly interval: number;
  /** Pauses double up to this; without it all of them are equal. */
  readonly longest?: number;
  /** What to look at, or to change, when the deadline passed. */
  readonly hint?: string;
  /** An answer ends the wait; a string under `seen` is shown when the deadline passes. */
  readonly look: () => Promise<{ readonly answer: T } | { readonly seen: string }>;
}
