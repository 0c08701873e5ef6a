/** The run lock of a project on this machine, and whether who holds it still lives. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PhxError, whyOf } from '../core/error.ts';
import { type Lock, type Owner, takeLock } from '../core/lock.ts';
import type { Io } from './io.ts';

/** A name for a run that sorts by its start, to the millisecond: `20261123-214700123-1a2b`. */
export function runName(clock: number, random: string): string {
  const stamp = new Date(clock)
    .toISOString()
    .replace(/[-:.Z]/g, '')
    .replace('T', '-');
  return `${stamp}-${random.slice(0, 4)}`;
}

export function lockPath(cacheDir: string): string {
  return join(cacheDir, 'run.lock');
}

/** Takes the run lock of the project, or says who holds it. */
export function lockProject(io: Io, cacheDir: string, run: string): Lock {
  try {
    return takeLock(lockPath(cacheDir), ownerHere(io, run), (owner) => isAlive(io, owner));
  } catch (error) {
    if (error instanceof PhxError) throw error;
    throw new PhxError('failed', {
      title: 'The run lock cannot be taken',
      facts: [
        ['file', lockPath(cacheDir)],
        ['why', whyOf(error)],
      ],
      hint: 'Nothing was changed. Make room, or make the folder writable and the lock in it readable.',
    });
  }
}

/** Who we are. */
export function ownerHere(io: Io, run: string): Owner {
  return { pid: io.pid, host: io.hostname, started: processStart(io.pid), run, since: io.clock() };
}

/** Whether the owner's process still runs: the pid lives and was started when the lock says. On another machine it is believed to. */
export function isAlive({ hostname }: Pick<Io, 'hostname'>, owner: Owner): boolean {
  if (owner.host !== hostname) return true;
  const started = processStart(owner.pid);
  return started !== '' && started === owner.started;
}

/** Field 22 of /proc/<pid>/stat (proc_pid_stat(5)): start time in clock ticks since boot; empty when there is none. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
