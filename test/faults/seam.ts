/**
 * The seam below phx's own files: node:fs as the program sees it, for one folder. It counts every write, and at one of them
 * the engine stops dead, the disk is full or may not be written, or a file cannot be read. It knows nothing of phx.
 */

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

/** At which write, counted from 0, what happens. */
export interface Strike {
  readonly at: number;
  /**
   * `before`, `during` (half of the bytes reach the file) and `after`: the engine is dead. A code: this write and every
   * later one fail with it; with ENOSPC half of the bytes reach the file.
   */
  readonly what: Death | 'ENOSPC' | 'EROFS' | 'EACCES';
}

export type Death = 'before' | 'during' | 'after';

/** Nobody sees it: who runs on after the end of the world is told this, and nothing he does has an effect. */
export class Dead extends Error {}

type Any = (...args: never[]) => unknown;
type Content = string | Uint8Array;

const real = { ...fs };
/** Which of node's functions change something, and which of their arguments is the content. */
const changing: readonly (readonly [name: keyof typeof fs, content?: number])[] = [
  ['mkdirSync'],
  ['openSync'],
  ['writeSync', 1],
  ['writeFileSync', 1],
  ['appendFileSync', 1],
  ['renameSync'],
  ['linkSync'],
  ['unlinkSync'],
  ['rmSync'],
  ['ftruncateSync'],
  ['fsyncSync'],
];

/** One for a process: it stands in the place of node:fs until it is let go of. */
export class FileSeam {
  readonly root: string;
  /** What was written so far in this life: `name file`. */
  asked: string[] = [];
  /** Told when the engine dies at a write. */
  onDeath: () => void = () => {};
  #lives = 0;
  #strike: Strike | undefined;
  #unreadable: string | undefined;
  #failing: string | undefined;
  #dead = false;
  /** Open files of this folder, with the life that opened them. */
  readonly #open = new Map<number, string>();
  #depth = 0;

  constructor(root: string) {
    this.root = root;
    for (const [name, content] of changing) this.#replace(name, content);
    this.#guardReading();
    syncBuiltinESMExports();
  }

  /** Where the present life keeps its files. */
  get folder(): string {
    return join(this.root, `life-${this.#lives}`);
  }

  /**
   * A new life over the files that the one before has left; whoever still runs there reaches nothing any more. `fresh`: over
   * no files at all.
   */
  begin(strike?: Strike, fresh = false): string {
    const former = this.folder;
    this.#lives++;
    if (fresh) {
      this.#quietly(() => real.rmSync(former, { recursive: true, force: true }));
      real.mkdirSync(this.folder, { recursive: true });
    } else if (real.existsSync(former)) real.renameSync(former, this.folder);
    else real.mkdirSync(this.folder, { recursive: true });
    this.#strike = strike;
    this.#failing = undefined;
    this.#unreadable = undefined;
    this.#dead = false;
    this.asked = [];
    return this.folder;
  }

  /** Nothing of this life reaches the disk any more. */
  die(): void {
    this.#dead = true;
  }

  /** From now on, until the next life, a file cannot be read. */
  forbid(path: string): void {
    this.#unreadable = path;
  }

  release(): void {
    for (const name of [...changing.map(([one]) => one), 'readFileSync' as const])
      (fs as unknown as Record<string, unknown>)[name] = real[name];
    syncBuiltinESMExports();
    real.rmSync(this.root, { recursive: true, force: true });
  }

  #replace(name: keyof typeof fs, content?: number): void {
    const original = real[name] as (...args: unknown[]) => unknown;
    const replaced = (...args: unknown[]): unknown => {
      const path = this.#pathOf(args[0]);
      const reads = name === 'openSync' && !/[wa+]/.test(String(args[1] ?? 'r'));
      // What node's own function calls in turn is a part of it.
      if (path === undefined || reads || this.#depth > 0) return original(...args);
      return this.#change(name, path, args, content);
    };
    (fs as unknown as Record<string, Any>)[name] = replaced;
  }

  #change(name: keyof typeof fs, path: string, args: unknown[], content?: number): unknown {
    if (this.#dead || !`${path}/`.startsWith(`${this.folder}/`)) throw new Dead();
    const act = (given = args) => this.#really(name, path, given);
    const at = this.asked.push(`${name} ${path.slice(this.folder.length + 1)}`) - 1;
    if (this.#failing !== undefined) return this.#fail(name, path, this.#failing);
    if (at !== this.#strike?.at) return act();
    const { what } = this.#strike;
    const half = () => {
      if (content !== undefined) act(args.map((arg, at) => (at === content ? halfOf(arg as Content) : arg)));
    };
    if (what === 'before' || what === 'during' || what === 'after') {
      if (what === 'after') act();
      if (what === 'during') half();
      this.#dead = true;
      this.onDeath();
      throw new Dead();
    }
    this.#failing = what;
    if (what === 'ENOSPC') half();
    return this.#fail(name, path, what);
  }

  /** Full and read-only disks refuse what makes files or makes them longer; nobody is refused what changes nothing. */
  #fail(name: keyof typeof fs, path: string, code: string): unknown {
    if (name === 'mkdirSync' && real.existsSync(path)) return undefined;
    if (code === 'ENOSPC' && /^(rm|unlink|ftruncate)/.test(name))
      return this.#quietly(() => real.rmSync(path, { force: true }));
    if (name === 'rmSync' && !real.existsSync(path)) return undefined;
    throw refusal(code, name, path);
  }

  #really(name: keyof typeof fs, path: string, args: unknown[]): unknown {
    // No power is lost here: waiting for the disk would prove nothing.
    if (name === 'fsyncSync') return undefined;
    const answer = this.#quietly(() => (real[name] as (...given: unknown[]) => unknown)(...args));
    if (name === 'openSync') this.#open.set(answer as number, path);
    return answer;
  }

  #quietly<T>(act: () => T): T {
    this.#depth++;
    try {
      return act();
    } finally {
      this.#depth--;
    }
  }

  /** The file below this folder that a path or an open file means. */
  #pathOf(target: unknown): string | undefined {
    const path = typeof target === 'number' ? this.#open.get(target) : target;
    return typeof path === 'string' && path.startsWith(`${this.root}/`) ? path : undefined;
  }

  #guardReading(): void {
    const original = real.readFileSync as (...args: unknown[]) => unknown;
    (fs as unknown as Record<string, Any>).readFileSync = (...args: unknown[]): unknown => {
      if (this.#unreadable !== undefined && args[0] === this.#unreadable)
        throw refusal('EACCES', 'open', this.#unreadable);
      return original(...args);
    };
  }
}

function halfOf(content: Content): Uint8Array {
  const bytes = Buffer.from(content as string);
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

const words: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EACCES: 'permission denied',
};

function refusal(code: string, name: string, path: string): Error {
  const error = new Error(`${code}: ${words[code]}, ${name.replace('Sync', '')} '${path}'`);
  return Object.assign(error, { code, path });
}
