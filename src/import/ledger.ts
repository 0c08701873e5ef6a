/** The account of an import: what became of every value of the old files. It knows no key of theirs and none of ours. */

import { formatPath, type Path } from '../config/path.ts';
import type { Json } from '../core/json.ts';
import type { Target } from './draft.ts';

/** What became of a value, the weightiest last. `added` has no old place. */
export const fates = ['added', 'dropped', 'carried', 'repaired', 'doubtful'] as const;
export type Fate = (typeof fates)[number];

/** What became of one value of the old files, or what was added to them. */
export interface Entry {
  fate: Fate;
  readonly file?: string;
  readonly path?: Path;
  /** The old value; a secret is never shown. */
  readonly value?: Json;
  readonly to: Target[];
  readonly why: string[];
}

/** A place in an old file with what stands there. Whoever reads a value says what became of it. */
export class Old {
  readonly ledger: Ledger;
  readonly file: string;
  readonly path: Path;
  readonly value: Json;

  constructor(ledger: Ledger, file: string, path: Path, value: Json) {
    this.ledger = ledger;
    this.file = file;
    this.path = path;
    this.value = value;
  }

  /** The member of an object; undefined where there is none, or null. */
  at(key: string): Old | undefined {
    const { value } = this;
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    const child = value[key] as Json;
    const old = new Old(this.ledger, this.file, [...this.path, key], child);
    if (child !== null) return old;
    old.drop('null says nothing');
    return undefined;
  }

  /** Members of an object, or elements of a list. */
  each(): (readonly [key: string, old: Old])[] {
    const { value } = this;
    if (value === null || typeof value !== 'object') return [];
    const list = Array.isArray(value);
    return Object.entries(value).map(([key, child]) => {
      const path = [...this.path, list ? Number(key) : key];
      return [key, new Old(this.ledger, this.file, path, child as Json)] as const;
    });
  }

  /** Elements of a list; a single value where a list is wanted counts as one of one. */
  items(): Old[] {
    return Array.isArray(this.value) ? this.each().map(([, old]) => old) : [this];
  }

  get isEmpty(): boolean {
    return typeof this.value === 'object' && this.value !== null && Object.keys(this.value).length === 0;
  }

  /** All values below that hold no further ones. */
  leaves(): Old[] {
    const below = this.each();
    return below.length === 0 ? [this] : below.flatMap(([, old]) => old.leaves());
  }

  /** It stands there with the same meaning. */
  carry(to: Target, why?: string): void {
    this.mark('carried', to, why);
  }

  /** It stands there, but not as it was. */
  repair(to: Target, why: string): void {
    this.mark('repaired', to, why);
  }

  /** It stands there, and a person has to look whether that is right; the file says so, too. */
  doubt(to: Target, why: string): void {
    this.mark('doubtful', to, why);
    to.draft.note(to.path, why);
  }

  /** It is not carried. */
  drop(why: string): void {
    this.mark('dropped', undefined, why);
  }

  /** It is not carried, and not shown: something secret is in it. */
  conceal(why: string): void {
    for (const leaf of this.leaves()) this.ledger.hide(leaf);
    this.drop(why);
  }

  /** Whether anything was said of all values below. */
  get isSettled(): boolean {
    return this.leaves().every((leaf) => this.ledger.knows(leaf));
  }

  private mark(fate: Fate, to: Target | undefined, why: string | undefined): void {
    for (const leaf of this.leaves()) this.ledger.mark(leaf, fate, to, why);
  }
}

const withheld = '(not shown)';

/** What became of every value; a value that nobody said anything of is unknown to it. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #added: Entry[] = [];
  readonly #hidden = new Set<string>();

  /** Its value is not shown, whatever its name. */
  hide(leaf: Old): void {
    this.#hidden.add(keyOf(leaf));
  }

  /** Notes a fate; of several the weightiest counts, and all places and reasons are kept. */
  mark(leaf: Old, fate: Fate, to: Target | undefined, why: string | undefined): void {
    const key = keyOf(leaf);
    const value = isSecret(leaf) || this.#hidden.has(key) ? withheld : leaf.value;
    const entry = this.#entries.get(key) ?? {
      fate,
      file: leaf.file,
      path: leaf.path,
      value,
      to: [],
      why: [],
    };
    this.#entries.set(key, entry);
    if (fates.indexOf(fate) > fates.indexOf(entry.fate)) entry.fate = fate;
    if (to !== undefined) entry.to.push(to);
    if (why !== undefined && !entry.why.includes(why)) entry.why.push(why);
  }

  /** Notes what the new files say without an old value behind it. */
  add(to: Target, why: string): void {
    this.#added.push({ fate: 'added', to: [to], why: [why] });
  }

  /** The same where it is a guess, which the file says as well. */
  guess(to: Target, why: string): void {
    this.#added.push({ fate: 'doubtful', to: [to], why: [why] });
    to.draft.note(to.path, why);
  }

  /** A value that stands twice under one name: the reader of JSON keeps the last one only. */
  lost(file: string, path: Path, why: string): void {
    this.#added.push({ fate: 'dropped', file, path, to: [], why: [why] });
  }

  knows(leaf: Old): boolean {
    return this.#entries.has(keyOf(leaf));
  }

  /** Everything, in the order of the old files. */
  entries(roots: readonly Old[]): Entry[] {
    const own = roots
      .flatMap((root) => root.leaves())
      .flatMap((leaf) => this.#entries.get(keyOf(leaf)) ?? []);
    return [...own, ...this.#added];
  }
}

function keyOf({ file, path }: Old): string {
  return `${file}\0${JSON.stringify(path)}`;
}

/** Whether a name says that a secret stands there; `tokenizer` and `max_tokens` do not. */
export function isSecretKey(name: string): boolean {
  return /passw(or)?d|passphrase|secret|api[_-]?key|private_?key|credential|(^|_)(pwd|token)$/i.test(name);
}

/** Whether the name of a value, or what it looks like, says that it is a secret. Names of files are none. */
export function isSecret({ path, value }: Old): boolean {
  if (typeof value !== 'string') return false;
  if (/PRIVATE KEY-----|^\$(1|2[aby]|5|6|7|y)\$|^[a-z+]+:\/\/[^\s/@:]*:[^\s/@]+@/.test(value)) return true;
  // What a stack is given may be anything, and its names are of its own making.
  if (path.includes('variables') && path.at(-1) === 'value') return true;
  const name = path.findLast((part) => typeof part === 'string') ?? '';
  return isSecretKey(name) && !/_(file|path)$/.test(name);
}

/** Whether words of a command line hand a secret over: a password beside a name, a token, an address with a password. */
export function handsSecret(words: readonly string[]): boolean {
  return words.some(
    (word, at) =>
      /^[a-z+]+:\/\/[^\s/@]*:[^\s/@]+@/i.test(word) ||
      (/^(-u|--user|--proxy-user|-p|--pass)$/.test(word) && words[at + 1] !== undefined) ||
      /(passw(or)?d|secret|token|api[_-]?key|authorization|bearer)["']?(=|:|\s*$)/i.test(word),
  );
}

/** A JSON object, and no list. */
export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How an old place is named: `phoenix_lxc_configs.json lxc_configs.950.memory_mb`. */
export function placeOf({ file, path }: Pick<Old, 'file' | 'path'>): string {
  return path.length === 0 ? file : `${file} ${formatPath(path)}`;
}
