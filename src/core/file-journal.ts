/** The journal in a folder: a file a run, a JSON line an entry; the file appears with the first entry that says something. */

import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PhxError, whyOf } from './error.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { keepNewest, namesIn, retention } from './retention.ts';
import { CutOff, lastIntent, type Unsettled, unsettledOf } from './unsettled.ts';

/** By the name of the journal's file. */
type Past = ReadonlyMap<string, Unsettled>;

/** A journal in `<folder>/<run>.jsonl`; the file appears with the first entry. */
export class FileJournal implements Journal {
  readonly #folder: string;
  readonly #file: string;
  readonly #host: string;
  readonly #noted: (entry: JournalEntry) => void;
  #past: Past | undefined;
  #begin: JournalEntry | undefined;
  #open = false;
  #endsClean = true;
  readonly #cut = new CutOff();

  /**
   * `host` is the identity of the one that it is about: what runs meant to do on another one answers nothing here. `noted` is
   * told of each entry that stands in the file.
   */
  constructor(folder: string, run: string, host: string, noted: (entry: JournalEntry) => void = () => {}) {
    this.#folder = folder;
    this.#file = `${run}.jsonl`;
    this.#host = host;
    this.#noted = noted;
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
      this.#noted(entry);
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
