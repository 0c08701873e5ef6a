/** One writer: a lock file with its owner's name, host and start; a dead owner's is taken over. Asks others who is alive. */

import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PhxError } from './error.ts';
import { namesIn } from './retention.ts';

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
  const draft = `${path}.${owner.run}`;
  try {
    writeFileSync(draft, JSON.stringify(owner), { mode: 0o600 });
    let takenOver: Owner | undefined;
    for (let tries = 0; tries < 100; tries++) {
      try {
        linkSync(draft, path);
        dropDrafts(path, owner.since);
        return { takenOver, release: () => releaseLock(path, owner) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = ownerIn(path);
      if (holder && (holder.host !== owner.host || isAlive(holder))) throw lockedBy(holder);
      if (clearDead(path, holder, owner.since)) takenOver = holder;
    }
    throw new PhxError('locked', {
      title: 'The run lock of a dead run is being cleared by another one',
      facts: [['file', path]],
      hint: 'Try again in a moment.',
    });
  } finally {
    removeWherePossible(draft);
  }
}

/** A draft lives for microseconds: of this age, in milliseconds, it was left by somebody who died over it. */
const draftAge = 60_000;

function dropDrafts(path: string, now: number): void {
  for (const name of namesIn(dirname(path)).filter((one) => one.startsWith(`${basename(path)}.`))) {
    const draft = join(dirname(path), name);
    const made = statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (now - made > draftAge) removeWherePossible(draft);
  }
}

/** A takeover lasts microseconds: a guard of this age, in milliseconds, was left by somebody who died in it. */
const guardAge = 10_000;

/**
 * Removes the lock of a dead owner; false when it is another's by now. Two who find the same dead owner must not both
 * remove a lock, since the second one would remove the first one's: only who makes the guard may.
 */
function clearDead(path: string, dead: Owner | undefined, now: number): boolean {
  const guard = `${path}.takeover`;
  try {
    mkdirSync(guard, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const made = statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (now - made > guardAge) rmSync(guard, { recursive: true, force: true });
    return false;
  }
  try {
    if (ownerIn(path)?.run !== dead?.run) return false;
    rmSync(path, { force: true });
    return true;
  } finally {
    removeWherePossible(guard);
  }
}

/** Who holds the lock, or undefined when it is free or unreadable. */
export function readOwner(path: string): Owner | undefined {
  try {
    return ownerIn(path);
  } catch {
    return undefined;
  }
}

/** Whose lock it is; undefined where there is none, or a torn one, as only a machine that lost its power leaves it. */
function ownerIn(path: string): Owner | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // Nobody may take for dead whom he cannot ask.
    throw error;
  }
  return ownerOf(text);
}

/** The owner that a text tells of; undefined of any other text. */
export function ownerOf(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isOwner(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isOwner(value: unknown): value is Owner {
  return typeof value === 'object' && value !== null && 'run' in value && 'host' in value && 'pid' in value;
}

/** What stays behind is that of a dead process as soon as this one has ended: the next one takes it over. */
function releaseLock(path: string, owner: Owner): void {
  if (readOwner(path)?.run === owner.run) removeWherePossible(path);
}

function removeWherePossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    return;
  }
}

/** The lock is another's, who is at work. */
export class LockedError extends PhxError {
  readonly holder: Owner;

  constructor(holder: Owner, problem: ConstructorParameters<typeof PhxError>[1]) {
    super('locked', problem);
    this.holder = holder;
  }
}

const lockHint =
  'With --wait the run begins when that one has ended. If that process is not phx any more, free the lock.';

/** Says who is at work. */
export function lockedBy(holder: Owner, hint?: string): LockedError {
  return new LockedError(holder, {
    title: 'Another run is at work',
    facts: [
      ['owner', `process ${holder.pid} on ${holder.host}`],
      ['run', holder.run],
      ['since', new Date(holder.since).toISOString()],
    ],
    ...(hint === undefined ? { hint: lockHint, command: 'phx cache unlock' } : { hint }),
  });
}
