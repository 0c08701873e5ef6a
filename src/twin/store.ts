/** Keeps the twin's state in one JSON file: read anew when another process changed it, written whole by rename. */

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PhxError, whyOf } from '../core/error.ts';
import { stateVersion, type TwinState } from './state.ts';

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

/** Where a twin's state lives: a file, or only memory when there is no path. */
export class Store {
  readonly #file: string | undefined;
  #current: TwinState | undefined;
  #written = '';
  #seen = '';
  #unsaved = false;
  /** The write that those who changed something in this turn of the event loop wait for together. */
  #commit: Promise<void> | undefined;

  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** Holds a state that is not written before something changes: looking at a fresh node leaves no trace. */
  begin(state: TwinState): void {
    this.#current = state;
    this.#unsaved = true;
    this.#written = `${JSON.stringify(state)}\n`;
    this.#seen = '';
  }

  /** Whether what is held would be another one in the next process: nothing was written yet. */
  get isUnsaved(): boolean {
    return this.#unsaved;
  }

  /** The present state; undefined when there is none yet. Throws `TwinStateError` when the file is damaged. */
  read(): TwinState | undefined {
    if (this.#file === undefined) return this.#current;
    const mark = this.#mark();
    if (mark === undefined) {
      if (this.#unsaved) return this.#current;
      if (this.#current) this.#seen = '';
      return undefined;
    }
    // What is about to be written was answered already: it is not given up for another process's change.
    if (this.#current && (mark === this.#seen || this.#commit)) return this.#current;
    const text = this.#text(this.#file);
    this.#current = this.#parse(text);
    this.#written = text;
    this.#seen = mark;
    return this.#current;
  }

  /** Keeps the state; writes the file only when something changed. */
  write(state: TwinState): void {
    this.#current = state;
    if (this.#file === undefined) return;
    const text = `${JSON.stringify(state)}\n`;
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
      if (this.#unsaved) this.#current = JSON.parse(this.#written) as TwinState;
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
  commit(prepare: () => TwinState): Promise<void> {
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

  #parse(text: string): TwinState {
    const file = this.#file ?? '';
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new TwinStateError(file, `is damaged (${whyOf(error)})`);
    }
    if (typeof value !== 'object' || value === null)
      throw new TwinStateError(file, 'is damaged (it holds no object)');
    const version = 'version' in value ? value.version : undefined;
    if (version !== stateVersion)
      throw new TwinStateError(
        file,
        `has version ${JSON.stringify(version)}, this phx knows version ${stateVersion}`,
      );
    if (!isState(value)) throw new TwinStateError(file, 'is damaged (parts of it are missing)');
    return value;
  }
}

function removeWherePossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    return;
  }
}

const objects = [
  'hardware',
  'guests',
  'volumes',
  'pools',
  'datasets',
  'files',
  'packages',
  'units',
  'nvidia',
  'sysctl',
];
const lists = ['storages', 'modules', 'bridges', 'events', 'faults'];
const texts = ['id', 'machineId', 'bootId', 'timezone'];

function isState(value: object): value is TwinState {
  const parts = new Map<string, unknown>(Object.entries(value));
  const object = (name: string) => typeof parts.get(name) === 'object' && parts.get(name) !== null;
  return (
    objects.every(object) &&
    lists.every((name) => Array.isArray(parts.get(name))) &&
    texts.every((name) => typeof parts.get(name) === 'string')
  );
}
