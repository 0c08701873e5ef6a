/** What runs left unsettled: commands that were meant, and of which nobody knows that they came to their end. Pure. */

import type { Journal, JournalEntry } from './journal.ts';

/** When commands that begin so were meant for the last time. */
export function lastIntent(
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

/** Whether a command did not end by itself. A signal may have ended it on the node: somebody else's, or for want of memory. */
function isCut(entry: JournalEntry): entry is JournalEntry & { readonly entry: 'lost' | 'outcome' } {
  if (entry.entry !== 'outcome') return entry.entry === 'lost';
  return entry.ended !== undefined || (entry.exit > 128 && entry.exit <= 128 + signals);
}

/** How many there are; the exit code of what one of them ended is 128 and its number. */
const signals = 64;

/** Intents of commands that did not end by themselves, among entries in their order. */
export class CutOff {
  /** Task → what it is sending: its commands run one after the other. */
  readonly #sending = new Map<string, JournalEntry>();
  readonly intents: JournalEntry[] = [];

  take(entry: JournalEntry): void {
    if (entry.entry === 'intent') this.#sending.set(entry.task, entry);
    const intent = isCut(entry) ? this.#sending.get(entry.task) : undefined;
    if (intent) this.intents.push(intent);
  }
}

/** What a run left unsettled. */
export interface Unsettled {
  readonly host: string | undefined;
  readonly intents: readonly JournalEntry[];
}

/** All that a run meant that never ended; of another one what was cut off; undefined where nothing was. */
export function unsettledOf(entries: readonly JournalEntry[]): Unsettled | undefined {
  const host = entries.find((entry) => entry.entry === 'begin')?.host;
  if (entries.at(-1)?.entry !== 'ended')
    return { host, intents: entries.filter(({ entry }) => entry === 'intent') };
  const cut = new CutOff();
  for (const entry of entries) cut.take(entry);
  return cut.intents.length > 0 ? { host, intents: cut.intents } : undefined;
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
