/**
 * The write-ahead journal of runs: a file a run, a JSON line an entry, each command's intent before its outcome.
 * It answers what an interrupted run meant to do; it decides nothing.
 */

import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExitName, PhxError, whyOf } from './error.ts';
import { keepNewest, namesIn, retention } from './retention.ts';
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
  | Wrote
  | {
      /** How a task came out; a task without one was still at work when the run ended. */
      readonly at: number;
      readonly entry: 'task';
      readonly task: string;
      readonly state: 'done' | 'failed';
      /** What it failed of, in one line. */
      readonly title?: string;
    }
  | { readonly at: number; readonly entry: 'ended'; readonly exit: ExitName };

export interface Journal {
  write(entry: JournalEntry): void;
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

/** Keeps in memory what a run on a stage means to do; `interrupt` makes it the past of the next one. */
export class StageJournal implements Journal {
  readonly #below: Pick<Journal, 'intended'>;
  #entries: JournalEntry[] = [];
  #interrupted: readonly JournalEntry[] = [];
  readonly #cut = new CutOff();

  constructor(below: Pick<Journal, 'intended'>) {
    this.#below = below;
  }

  write(entry: JournalEntry): void {
    this.#entries.push(entry);
    this.#cut.take(entry);
  }

  /** The run died: what it meant is answered from now on, and it says no more. */
  interrupt(): void {
    this.#interrupted = this.#entries;
    this.#entries = [];
  }

  intended(words: readonly string[], settled: (task: string, at: number) => boolean = () => false) {
    const own = lastIntent([...this.#interrupted, ...this.#cut.intents], words, settled);
    const earlier = this.#below.intended(words, settled);
    return own === undefined ? earlier : Math.max(own, earlier ?? own);
  }
}

/** When commands that begin so were meant for the last time. */
function lastIntent(
  entries: readonly JournalEntry[],
  words: readonly string[],
  settled: (task: string, at: number) => boolean,
): number | undefined {
  const meant = entries.flatMap((entry) =>
    entry.entry === 'intent' &&
    words.every((word, at) => entry.argv[at] === word) &&
    !settled(entry.task, entry.at)
      ? [entry.at]
      : [],
  );
  return meant.length === 0 ? undefined : Math.max(...meant);
}

/** Intents of commands that did not end by themselves, among entries in their order. */
class CutOff {
  /** Task → what it is sending: its commands run one after the other. */
  readonly #sending = new Map<string, JournalEntry>();
  readonly intents: JournalEntry[] = [];

  take(entry: JournalEntry): void {
    if (entry.entry === 'intent') this.#sending.set(entry.task, entry);
    if (entry.entry !== 'outcome' || entry.ended === undefined) return;
    const intent = this.#sending.get(entry.task);
    if (intent) this.intents.push(intent);
  }
}

/** What a run left unsettled. */
interface Unsettled {
  readonly host: string | undefined;
  readonly intents: readonly JournalEntry[];
}

/** All that a run meant that never ended; of another one what was cut off; undefined where nothing was. */
function unsettledOf(entries: readonly JournalEntry[]): Unsettled | undefined {
  const host = entries.find((entry) => entry.entry === 'begin')?.host;
  if (entries.at(-1)?.entry !== 'ended')
    return { host, intents: entries.filter(({ entry }) => entry === 'intent') };
  const cut = new CutOff();
  for (const entry of entries) cut.take(entry);
  return cut.intents.length > 0 ? { host, intents: cut.intents } : undefined;
}

/** By the name of the journal's file. */
type Past = ReadonlyMap<string, Unsettled>;

/** A journal in `<folder>/<run>.jsonl`; the file appears with the first entry. */
export class FileJournal implements Journal {
  readonly #folder: string;
  readonly #file: string;
  readonly #host: string;
  #past: Past | undefined;
  #begin: JournalEntry | undefined;
  #open = false;
  #endsClean = true;
  readonly #cut = new CutOff();

  /** `host` is the identity of the one that it is about: what runs meant to do on another one answers nothing here. */
  constructor(folder: string, run: string, host: string) {
    this.#folder = folder;
    this.#file = `${run}.jsonl`;
    this.#host = host;
  }

  /** Throws a `PhxError` when it cannot be written: what is not noted must not be done. */
  write(entry: JournalEntry): void {
    if (entry.entry === 'begin') {
      this.#begin = entry;
      return;
    }
    this.#cut.take(entry);
    // A run that did nothing leaves no journal.
    if (entry.entry === 'ended' && !this.#open) return;
    if (!this.#open) {
      const past = this.#unsettled();
      keepNewest(this.#folder, retention, (name) => !past.has(name));
      keepNewest(this.#folder, retention, (name) => past.has(name));
      if (this.#begin) this.#append(this.#begin);
      this.#open = true;
    }
    this.#append(entry);
  }

  #append(entry: JournalEntry): void {
    const path = join(this.#folder, this.#file);
    try {
      if (!this.#open) mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      // What a full disk took only a part of must not become one line with what follows.
      const begin = this.#endsClean ? '' : '\n';
      this.#endsClean = false;
      appendFileSync(path, `${begin}${JSON.stringify(entry)}\n`, { mode: 0o600 });
      this.#endsClean = true;
    } catch (error) {
      throw new PhxError('failed', {
        title: 'The journal of this run cannot be written',
        facts: [
          ['file', path],
          ['why', whyOf(error)],
        ],
        hint: 'No command is sent that is not noted there before. Make room or make the folder writable, then run again.',
      });
    }
  }

  intended(
    words: readonly string[],
    settled: (task: string, at: number) => boolean = () => false,
  ): number | undefined {
    const here = [...this.#unsettled().values()].filter(({ host }) => host === this.#host);
    return lastIntent([...here.flatMap(({ intents }) => intents), ...this.#cut.intents], words, settled);
  }

  #unsettled(): Past {
    this.#past ??= unsettledIn(this.#folder, this.#file);
    return this.#past;
  }
}

/** Of runs on whichever host; `but` names a file that is none of them. */
function unsettledIn(folder: string, but?: string): Past {
  const past = new Map<string, Unsettled>();
  for (const name of journalNames(folder).filter((one) => one !== but)) {
    const unsettled = unsettledOf(parseJournal(textOf(join(folder, name))));
    if (unsettled) past.set(name, unsettled);
  }
  return past;
}

/**
 * Drops the journals of runs that came to their end, which only tell of the past. Those of interrupted ones tell what on a
 * node is ours, and stay; answers how many of them there are.
 */
export function dropEnded(folder: string): number {
  const past = unsettledIn(folder);
  keepNewest(folder, { count: 0, bytes: 0 }, (name) => !past.has(name));
  return past.size;
}

/** Files of journals in a folder, oldest first. */
function journalNames(folder: string): string[] {
  return namesIn(folder).filter((name) => name.endsWith('.jsonl'));
}

/** Names of the runs that have a journal there, oldest first. */
export function runsIn(folder: string): string[] {
  return journalNames(folder).map((name) => name.slice(0, -'.jsonl'.length));
}

/** What the journal of a run says; undefined when there is none. */
export function readJournal(folder: string, run: string): JournalEntry[] | undefined {
  if (!runsIn(folder).includes(run)) return undefined;
  return parseJournal(textOf(join(folder, `${run}.jsonl`)));
}

/** Empty where another run has just dropped it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new PhxError('failed', {
      title: 'The journal of an earlier run cannot be read',
      facts: [
        ['file', path],
        ['why', whyOf(error)],
      ],
      hint: 'It tells what that run meant to do. Make it readable; where that cannot be, remove the file: what is half made on the node is then left alone and named.',
    });
  }
}

/** The entries of a journal; a torn line is left out. */
export function parseJournal(text: string): JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const entry = parseLine(line);
    if (entry) entries.push(entry);
  }
  return entries;
}

function parseLine(line: string): JournalEntry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'entry' in value
      ? (value as JournalEntry)
      : undefined;
  } catch {
    return undefined;
  }
}
