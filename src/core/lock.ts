/** One writer: a lock file with its owner's name, host and start; a dead owner's is taken over. Asks others who is alive. */

import { linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PhxError } from './error.ts';

export interface Owner {
  readonly pid: number;
  /** Name of the machine that runs phx. */
  readonly host: string;
  /** Distinguishes two processes that had the same pid: what the system says of the process's start. */
  readonly started: string;
  readonly run: string;
  /** Epoch milliseconds. */
  readonly since: number;
}

export interface Lock {
  /** The dead owner that was taken over, if any. */
  readonly takenOver: Owner | undefined;
  release(): void;
}

/**
 * Takes the lock or throws who holds it (exit `locked`). `isAlive` is asked only about owners on this very machine;
 * one on another machine is believed to live.
 */
export function takeLock(path: string, owner: Owner, isAlive: (owner: Owner) => boolean): Lock {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${owner.pid}`;
  writeFileSync(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    let takenOver: Owner | undefined;
    for (let tries = 0; tries < 5; tries++) {
      try {
        linkSync(draft, path);
        return { takenOver, release: () => releaseLock(path, owner) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readOwner(path);
      if (holder && (holder.host !== owner.host || isAlive(holder))) throw lockedBy(holder);
      takenOver = holder;
      rmSync(path, { force: true });
    }
    throw new PhxError('locked', { title: 'The run lock changes hands too fast', facts: [['file', path]] });
  } finally {
    unlinkSync(draft);
  }
}

/** Who holds the lock, or undefined when it is free or unreadable. */
export function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

function releaseLock(path: string, owner: Owner): void {
  if (readOwner(path)?.run === owner.run) rmSync(path, { force: true });
}

function lockedBy(holder: Owner): PhxError {
  return new PhxError('locked', {
    title: 'Another run is at work',
    facts: [
      ['owner', `process ${holder.pid} on ${holder.host}`],
      ['run', holder.run],
      ['since', new Date(holder.since).toISOString()],
    ],
    hint: 'Wait until it has ended. If that process is not phx any more, free the lock.',
    command: 'phx cache unlock',
  });
}
