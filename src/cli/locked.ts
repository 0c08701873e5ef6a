/**
 * Opens a node as the only one who changes it: the run lock is taken before anything is looked at, so that nobody else's
 * run ends between the look and what is made of it.
 */

import { PhxError } from '../core/error.ts';
import type { Host } from '../core/host.ts';
import { type Lock, LockedError, type Owner } from '../core/lock.ts';
import { Lease } from '../host/lease.ts';
import type { GlobalOptions, Io } from './io.ts';
import type { Guard } from './nodes.ts';
import { type Alone, type Opened, openNode, openProject } from './open.ts';
import { historyToWrite, takeHistory } from './open-history.ts';
import { isAlive, lockProject, ownerHere, runName } from './run-lock.ts';
import type { SelectOptions } from './select.ts';
import type { TermOptions } from './terms.ts';

export interface LockOptions {
  /** Where another run is at work, wait for its end instead of refusing. */
  readonly wait?: boolean;
}

export interface OpenedAlone extends Opened {
  /** Name of the run that the lock was taken for. */
  readonly run: string;
  readonly lock: Lock;
  /** Of the node, or of the cluster; a simulated one belongs to its project alone. */
  readonly lease: Lease | undefined;
}

/** How often somebody else's lock is looked at, in milliseconds; a lease less often, since that asks all nodes of a cluster. */
const pause = 500;
const leasePause = 2000;

/** What was opened must be given to `closeNode`. */
export async function openAlone(
  io: Io,
  options: GlobalOptions & TermOptions & LockOptions & Pick<Partial<SelectOptions>, 'except'>,
  targets: readonly string[] = [],
): Promise<OpenedAlone> {
  const project = await openProject(io, options);
  const run = runName(io.clock(), crypto.randomUUID());
  const lock = await takeTurn(io, () => lockProject(io, project.cacheDir, run), options);
  let lease: Lease | undefined;
  let history: Alone['history'] | undefined;
  try {
    const store = await historyToWrite(io, project, options);
    history = store;
    const guard: Guard = async (hosts, identity) => {
      lease = await leaseOf(io, hosts, project.phoenix.name, run, options);
      await takeTurn(io, () => takeHistory(store, identity, ownerHere(io, run)), options);
    };
    const opened = await openNode(io, options, targets, project, { history: store, guard });
    return { ...opened, run, lock: { ...lock, takenOver: lock.takenOver ?? lease?.takenOver }, lease };
  } catch (error) {
    await history?.close();
    await lease?.release();
    lock.release();
    throw error;
  }
}

/** From the first node that can give it: of a cluster all nodes know of it. */
async function leaseOf(
  io: Io,
  hosts: readonly Host[],
  name: string,
  run: string,
  options: LockOptions,
): Promise<Lease | undefined> {
  const wish = { name, owner: ownerHere(io, run), isAlive: (owner: Owner) => isAlive(io, owner) };
  for (const host of hosts) {
    if (host.kind === 'twin') return undefined;
    const lease = await takeTurn(io, () => Lease.take(host, wish), options, leasePause);
    if (lease) return lease;
  }
  return undefined;
}

/** The lock now, or, where that was asked for, when it is free. Ctrl-C ends the wait. */
async function takeTurn<T>(
  io: Io,
  take: () => T | Promise<T>,
  { wait = false }: LockOptions,
  every = pause,
): Promise<T> {
  for (let told = ''; ; await pauseOrEnd(io, every)) {
    try {
      return await take();
    } catch (error) {
      if (!wait || !(error instanceof LockedError)) throw error;
      const { holder } = error;
      const since = new Date(holder.since).toISOString().slice(0, 19).replace('T', ' ');
      if (told !== holder.run)
        io.err.write(
          `waiting for the run ${holder.run} of process ${holder.pid} on ${holder.host}, at work since ${since} UTC\n`,
        );
      told = holder.run;
    }
  }
}

async function pauseOrEnd(io: Io, every: number): Promise<void> {
  try {
    await io.sleep(every, io.stop.drain);
  } catch (error) {
    if (!io.stop.drain.aborted) throw error;
    throw new PhxError('interrupted', { title: 'The wait was ended', hint: 'Nothing was changed.' });
  }
}

/** Lets go of everything, the lock last. */
export async function closeNode(
  opened: Pick<Opened, 'stamps' | 'host' | 'history'> & Partial<Pick<OpenedAlone, 'lease'>>,
  lock?: Lock,
): Promise<void> {
  try {
    opened.stamps.close();
    await opened.history.close();
    await opened.lease?.release();
    await opened.host.close();
  } finally {
    lock?.release();
  }
}
