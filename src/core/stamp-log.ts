/**
 * Stamps in one append-only file: a line a record, each with its checksum. A torn last line is ignored, an old log is
 * compacted. Opening only reads; the file is first touched when a stamp is put.
 */

import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { PhxError, whyOf } from './error.ts';
import type { Stamp, StampStore } from './stamp.ts';

const header = 'phx-stamps 1';
/** A log is rewritten when it holds this many lines for each stamp that still counts. */
const slack = 4;

export class StampLog implements StampStore {
  readonly path: string;
  /** Lines that could not be read, the torn last one not counted. */
  readonly damaged: number;
  readonly #stamps = new Map<string, Stamp>();
  /** Lines of the file that arrived whole, the header among them; 0 where there is no log yet, or only a part of its header. */
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
    if (this.#lines > 1000 && this.#lines > slack * this.#stamps.size) this.#compactWherePossible();
  }

  /** Drops the records of these tasks; the things that they made stay. */
  forget(tasks: Iterable<string>): void {
    for (const task of tasks) this.#stamps.delete(task);
    this.#compact();
  }

  /** Makes sure that all records are on the disk, then lets go of the file. */
  commit(): void {
    try {
      if (this.#fd !== undefined) fsyncSync(this.#fd);
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }

  close(): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#fd = undefined;
    try {
      withFile(fd, fsyncSync);
    } catch (error) {
      throw unwritable(this.path, error);
    }
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
    if (last === header || decode(last)) lines.push(last);
    const begun = lines[0] ?? last;
    // Whoever began it died within its first line: there is no log yet.
    if (lines.length === 0 && header.startsWith(last)) return 0;
    if (begun !== header) throw unreadable(this.path, `its first line is not "${header}"`);
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
        this.#fd = openSync(this.path, 'a', 0o600);
      }
      if (this.#lines === 0) {
        ftruncateSync(this.#fd, 0);
        this.#endsClean = true;
        writeFileSync(this.#fd, `${header}\n`);
        this.#lines = 1;
      }
      // What a full disk took only a part of must not become one line with what follows.
      const begin = this.#endsClean ? '' : '\n';
      this.#endsClean = false;
      writeFileSync(this.#fd, `${begin}${line}\n`);
      this.#endsClean = true;
      this.#lines++;
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }

  /** Every stamp is in the log as it is: one that stays long for want of room is no reason to stop. */
  #compactWherePossible(): void {
    try {
      this.#compact();
    } catch {
      return;
    }
  }

  #compact(): void {
    this.close();
    const temporary = `${this.path}.new`;
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      withFile(openSync(temporary, 'w', 0o600), (fd) => {
        writeFileSync(fd, `${[header, ...[...this.#stamps.values()].map(encode)].join('\n')}\n`);
        fsyncSync(fd);
      });
      renameSync(temporary, this.path);
    } catch (error) {
      throw unwritable(this.path, error);
    }
    this.#lines = this.#stamps.size + 1;
    this.#endsClean = true;
  }
}

/** Closed whatever happens. */
function withFile(fd: number, act: (fd: number) => void): void {
  try {
    act(fd);
  } finally {
    closeSync(fd);
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
      ['why', whyOf(why)],
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
      ['why', whyOf(error)],
    ],
    hint: 'What was done so far is recorded. Make room or make the folder writable, then run again.',
  });
}
