/**
 * Directories below /etc/pve/priv/lock, as the cluster file system treats them (B113 to B116; who may renew: from its
 * source): made by one, renewed by setting its time, taken away by a time of zero once nobody renewed it for two minutes.
 */

import { dirOf } from './files.ts';
import type { FileEntry, TwinState } from './state.ts';

export const leaseFolder = '/etc/pve/priv/lock';

/** So long after it was made or renewed last a request takes a lease away; milliseconds. */
export const leaseTime = 120_000;

export function isLease(path: string): boolean {
  return dirOf(path) === leaseFolder;
}

/** Notes the age of a directory that was just made there. */
export function beginLease(state: TwinState, path: string, now: number): void {
  const entry = state.files[path];
  if (entry?.dir && isLease(path) && !entry.lease)
    entry.lease = { at: now, mtime: seconds(now), node: state.hardware.node };
}

/** The lease that a file lies in, or that the path is itself. */
export function leaseAround(path: string): string | undefined {
  if (isLease(path)) return path;
  return isLease(dirOf(path)) ? dirOf(path) : undefined;
}

/**
 * utime(2) on something of the cluster file system: undefined when it worked, else the error. A time of zero asks for the
 * lease, older times are refused, and only the node that holds it may renew it.
 */
export function setTime(
  state: TwinState,
  path: string,
  mtime: number,
  now: number,
): 'EACCES' | 'ENOENT' | undefined {
  const entry = state.files[path];
  if (!entry) return 'ENOENT';
  if (!entry.dir || !isLease(path)) return undefined;
  const lease = leaseOf(state, entry);
  if (mtime === 0) {
    const prefix = `${path}/`;
    const empty = !Object.keys(state.files).some((one) => one.startsWith(prefix));
    if (now - lease.at <= leaseTime || !empty) return 'EACCES';
    delete state.files[path];
    // The request was granted, and then there is nothing whose time could be set.
    return 'ENOENT';
  }
  if (mtime < lease.mtime || lease.node !== state.hardware.node) return 'EACCES';
  entry.lease = { at: now, mtime, node: lease.node };
  return undefined;
}

/** One that was there before ages were noted is as old as this boot. */
function leaseOf(state: TwinState, { lease }: FileEntry): NonNullable<FileEntry['lease']> {
  return lease ?? { at: state.bootedAt, mtime: seconds(state.bootedAt), node: state.hardware.node };
}

export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
