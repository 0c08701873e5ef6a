/**
 * Keeps a simulated world in one file: read anew when another process changed it, written whole by rename. It knows
 * nothing of what it keeps.
 */

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PhxError, whyOf } from '../core/error.ts';

/** The state file cannot be used: what is wrong with it and the way out. */
export class TwinStateError extends PhxError {
  override readonly name = 'TwinStateError';

  constructor(file: string, reason: string) {
    super('failed', {
      title: "The twin's state cannot be used",
      facts: [
        ['file', file],
        ['why', `it ${reason}`],
      ],
      hint: 'Nothing was changed. Start over with a fresh simulated node, or put the file back.',
      command: 'phx twin reset',
    });
  }
}

/** How what is kept becomes text and is read again. */
export interface Codec<T> {
  print(value: T): string;
  /** `damaged` makes the error of a text that is none of these. */
  parse(text: string, damaged: (reason: string) => TwinStateError): T;
}

/** Where a state lives: a file, or only memory when there is no path. */
export class Store<T> {
  readonly #file: string | undefined;
  readonly #codec: Codec<T>;
  #current: T | undefined;
  #written = '';
  #seen = '';
  #unsaved = false;
  /** The write that those who changed something in this turn of the event loop wait for together. */
  #commit: Promise<void> | undefined;

  constructor(file: string | undefined, codec: Codec<T>) {
    this.#file = file;
    this.#codec = codec;
  }

  /** Holds a state that is not written before something changes: looking at a fresh node leaves no trace. */
  begin(state: T): void {
    this.#current = state;
    this.#unsaved = true;
    this.#written = this.#codec.print(state);
    this.#seen = '';
  }

  /** Whether what is held would be another one in the next process: nothing was written yet. */
  get isUnsaved(): boolean {
    return this.#unsaved;
  }

  /** The present state; undefined when there is none yet. Throws `TwinStateError` when the file is damaged. */
  read(): T | undefined {
    const file = this.#file;
    if (file === undefined) return this.#current;
    const mark = this.#mark();
    if (mark === undefined) {
      if (this.#unsaved) return this.#current;
      if (this.#current) this.#seen = '';
      return undefined;
    }
    // What is about to be written was answered already: it is not given up for another process's change.
    if (this.#current && (mark === this.#seen || this.#commit)) return this.#current;
    const text = this.#text(file);
    this.#current = this.#codec.parse(text, (reason) => new TwinStateError(file, reason));
    this.#written = text;
    this.#seen = mark;
    return this.#current;
  }

  /** Keeps the state; writes the file only when something changed. */
  write(state: T): void {
    this.#current = state;
    if (this.#file === undefined) return;
    const text = this.#codec.print(state);
    if (text === this.#written && (this.#mark() ?? '') === this.#seen) return;
    this.#replace(this.#file, text);
    this.#unsaved = false;
    this.#written = text;
    this.#seen = this.#mark() ?? '';
  }

  /** Where that fails, what was changed in memory has not happened: the node is what its file says. */
  #replace(file: string, text: string): void {
    const fresh = `${file}.${process.pid}.new`;
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(fresh, text, { mode: 0o600 });
      renameSync(fresh, file);
    } catch (error) {
      removeWherePossible(fresh);
      if (this.#unsaved)
        this.#current = this.#codec.parse(this.#written, (reason) => new TwinStateError(file, reason));
      else this.#seen = '';
      throw new PhxError('failed', {
        title: "The twin's state cannot be written",
        facts: [
          ['file', file],
          ['why', whyOf(error)],
        ],
        hint: 'The simulated node is as it was before this command. Make room or make the folder writable, then run again.',
      });
    }
  }

  #text(file: string): string {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw new TwinStateError(file, `cannot be read (${whyOf(error)})`);
    }
  }

  /**
   * Keeps the state as it is at the end of this turn, and is done when it is written: who runs beside others shares one
   * write with them, since a large node takes long to write.
   */
  commit(prepare: () => T): Promise<void> {
    this.#commit ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          this.write(prepare());
          resolve();
        } catch (error) {
          reject(error);
        } finally {
          this.#commit = undefined;
        }
      });
    });
    return this.#commit;
  }

  /** Whether it is kept in memory alone. */
  get isVolatile(): boolean {
    return this.#file === undefined;
  }

  /** What tells one version of the file from another. */
  #mark(): string | undefined {
    if (this.#file === undefined) return undefined;
    const found = statSync(this.#file, { bigint: true, throwIfNoEntry: false });
    return found && `${found.ino}:${found.mtimeNs}:${found.size}`;
  }
}

function removeWherePossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    return;
  }
}
