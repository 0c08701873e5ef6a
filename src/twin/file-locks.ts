/** Locks on files of the node, as flock(2) gives them: held by a running command, gone with it. It knows no command. */

import { type Call, refuse, type Work } from './call.ts';

/** In memory only: no lock outlives the process that simulates the node. */
export class FileLocks {
  readonly #holders = new Map<string, object>();

  /** False where another one holds it. */
  take(path: string, owner: object): boolean {
    const holder = this.#holders.get(path);
    if (holder !== undefined && holder !== owner) return false;
    this.#holders.set(path, owner);
    return true;
  }

  /** All that this one holds. */
  release(owner: object): void {
    for (const [path, holder] of this.#holders) if (holder === owner) this.#holders.delete(path);
  }
}

const patience = 10_000;
const step = 200;

export function containerLock(id: number | string): string {
  return `/run/lock/lxc/pve-config-${id}.lock`;
}

export function vmLock(id: number | string): string {
  return `/var/lock/qemu-server/lock-${id}.conf`;
}

/** Waits for a lock as Proxmox does, ten seconds at most, and says so where `tell` goes (B21, lock-file-held). */
export function* takeLock(call: Call, path: string, tell: (text: string) => void = call.err): Work {
  if (call.lock(path)) return;
  tell('trying to acquire lock...\n');
  for (let waited = 0; waited < patience; waited += step) {
    yield step;
    if (!call.lock(path)) continue;
    tell(' OK\n');
    return;
  }
  refuse(`can't lock file '${path}' - got timeout`);
}

/** The work of a verb, with the lock of its guest held until its end. */
export function* underLock(call: Call, path: string, verb: () => Work | undefined): Work {
  yield* takeLock(call, path);
  const work = verb();
  if (work) yield* work;
}
