/**
 * Stamps in one append-only file: a line a record, each with its checksum. A torn last line is ignored, an old log is
 * compacted. Opening only reads; the file is first touched when a stamp is put.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { PhxError } from './error.ts';
import type { Stamp, StampStore } from './stamp.ts';

const header = 'phx-stamps 1';
/** A log is rewritten when it holds this many lines for each stamp that still counts. */
const slack = 4;

export class StampLog implements StampStore {
  readonly path: string;
  /** Lines that could not be read, the torn last one not counted. */
  readonly damaged: number;
  readonly #stamps = new Map<string, Stamp>();
  #lines = 0;
  #endsClean = true;
  #fd: number | undefined;

  constructor(path: string) {
    this.path = path;
    this.damaged = this.#read();
  }

  get(task: string): Stamp | undefined {
    return this.#stamps.get(task);
  }

  all(): Iterable<Stamp> {
    return this.#stamps.values();
  }

  put(stamp: Stamp): void {
    this.#append(encode(stamp));
    this.#stamps.set(stamp.task, stamp);
    if (this.#lines > 1000 && this.#lines > slack * this.#stamps.size) this.#compact();
  }

  /** Drops the records of these tasks; the things that they made stay. */
  forget(tasks: Iterable<string>): void {
    for (const task of tasks) this.#stamps.delete(task);
    this.#compact();
  }

  /** Makes sure that all records are on the disk, then lets go of the file. */
  commit(): void {
    if (this.#fd !== undefined) fsyncSync(this.#fd);
  }

  close(): void {
    if (this.#fd === undefined) return;
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  #read(): number {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw unreadable(this.path, error);
    }
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    this.#endsClean = last === '';
    // Only its line feed is missing: the record itself arrived whole.
    if (decode(last)) lines.push(last);
    if (lines.length > 0 && lines[0] !== header)
      throw unreadable(this.path, `its first line is not "${header}"`);
    let damaged = 0;
    for (const line of lines.slice(1)) {
      const stamp = decode(line);
      if (stamp) this.#stamps.set(stamp.task, stamp);
      else damaged++;
    }
    this.#lines = lines.length;
    return damaged;
  }

  #append(line: string): void {
    try {
      if (this.#fd === undefined) {
        mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
        const fresh = !existsSync(this.path);
        this.#fd = openSync(this.path, 'a', 0o600);
        if (fresh) writeSync(this.#fd, `${header}\n`);
        else if (!this.#endsClean) writeSync(this.#fd, '\n');
        this.#endsClean = true;
      }
      writeSync(this.#fd, `${line}\n`);
      this.#lines++;
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }

  #compact(): void {
    this.close();
    const temporary = `${this.path}.new`;
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      const fd = openSync(temporary, 'w', 0o600);
      writeSync(fd, `${[header, ...[...this.#stamps.values()].map(encode)].join('\n')}\n`);
      fsyncSync(fd);
      closeSync(fd);
      renameSync(temporary, this.path);
    } catch (error) {
      throw unwritable(this.path, error);
    }
    this.#lines = this.#stamps.size + 1;
    this.#endsClean = true;
  }
}

function encode(stamp: Stamp): string {
  const json = JSON.stringify(stamp);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}`;
}

function decode(line: string): Stamp | undefined {
  const json = line.slice(9);
  if (line[8] !== ' ' || crc32(json).toString(16).padStart(8, '0') !== line.slice(0, 8)) return undefined;
  return JSON.parse(json) as Stamp;
}

function unreadable(path: string, why: unknown): PhxError {
  return new PhxError('failed', {
    title: 'The stamp log cannot be read',
    facts: [
      ['file', path],
      ['why', why instanceof Error ? why.message : String(why)],
    ],
    hint: 'It holds only history: removing it loses no truth, the next run looks at the host instead.',
    command: 'phx cache prune',
  });
}

function unwritable(path: string, error: unknown): PhxError {
  return new PhxError('failed', {
    title: 'The stamp log cannot be written',
    facts: [
      ['file', path],
      ['why', error instanceof Error ? error.message : String(error)],
    ],
    hint: 'What was done so far is recorded. Make room or make the folder writable, then run again.',
  });
}
