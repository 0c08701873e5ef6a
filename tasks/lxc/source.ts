/**
 * The source of a clone: how it is cloned from, and how it is made ready for it and given back afterwards, whatever
 * happens in between.
 */

import type { Container, Fleet } from '../../src/config/fleet.ts';
import { PhxError, problemOf } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import { type ContainerCloneMode, cloneMode } from '../../src/proxmox/clone-mode.ts';
import { isRefusal } from '../../src/proxmox/clone-wish.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { confOf, stateOf } from '../guest/conf.ts';
import { leave } from '../guest/leave.ts';
import { clearLeftLock } from '../guest/leftover.ts';
import { newestSeal } from '../guest/seal.ts';
import { refuseUnready } from '../guest/source.ts';
import { LXCContainer } from './container.ts';

/** How a container is cloned from its source; the configuration was checked for what cannot be. */
export function modeOf(ct: Container, source: Container, { hypervisor }: Fleet): ContainerCloneMode {
  const { storage } = source.rootfs;
  const mode = cloneMode({
    full: ct.clone?.full,
    source: {
      template: source.template === true,
      sealed: source.snapshot !== undefined,
      state: source.state,
      storage,
      storageType: hypervisor.storage[storage]?.type,
    },
    storage: ct.rootfs.storage,
  });
  if (!isRefusal(mode)) return mode;
  throw new PhxError('config', {
    title: `container ${ct.id} cannot be cloned from container ${source.id}: ${mode.reason}`,
    facts: [],
    hint: mode.way,
    command: `phx config ctid:${ct.id}`,
  });
}

/** The snapshot of a running source that is taken for one clone: named by it, so that the next run knows it again. */
export function passingSnapshot(clone: number): string {
  return `phx-clone-${clone}`;
}

/** Whether it is one of ours for some clone, and none that a person named so. */
export function isPassing(name: string, description: string): boolean {
  return /^phx-clone-\d+$/.test(name) && description.startsWith('phx: ');
}

/** Makes the source ready, lets `clone` make its clone of the named snapshot, and takes away what was only for that. */
export async function cloneOf(
  source: Container,
  clone: number,
  through: ContainerCloneMode['through'],
  context: TaskContext<Facts>,
  make: (snapshot: string | undefined) => Promise<void>,
): Promise<void> {
  await clearLeftLock(new LXCContainer(source.id, context), context);
  await dropPassing(source.id, clone, context);
  refuseUnready(source, through, context.facts());
  if (through === 'seal') return make(newestSeal(context.facts(), source.id, source.snapshot ?? ''));
  if (stateOf(context.facts(), source.id) !== 'running') return make(undefined);
  if (through === 'stopped') {
    await leave(new LXCContainer(source.id, context), context);
    return make(undefined);
  }
  const snapshot = passingSnapshot(clone);
  try {
    await context.run(pct.snapshot(source.id, snapshot, `phx: for the clone ctid:${clone}`), {
      deadline: 10 * 60_000,
      detached: true,
    });
    await make(snapshot);
  } finally {
    await giveBack(source.id, clone, context);
  }
}

/** What is left of it stays for the next run, when it cannot be taken away now; the first error is the one that counts. */
async function giveBack(source: number, clone: number, context: TaskContext<Facts>): Promise<void> {
  try {
    await new LXCContainer(source, context).look();
    await dropPassing(source, clone, context);
  } catch (error) {
    context.log(`${passingSnapshot(clone)} stays on ${source} until the next run: ${problemOf(error).title}`);
  }
}

/** Removes the passing snapshot of this clone, also one that a dead run left. */
export async function dropPassing(source: number, clone: number, context: TaskContext<Facts>): Promise<void> {
  const name = passingSnapshot(clone);
  const left = () => {
    const guest = context.facts().guests.get(source);
    const snapshot = guest && confOf(guest).snapshots.get(name);
    return snapshot !== undefined && isPassing(name, snapshot.description);
  };
  if (!left()) return;
  // The run that left it may have died while it took it, or took it away.
  await clearLeftLock(new LXCContainer(source, context), context);
  if (!left()) return;
  await context.run(pct.deleteSnapshot(source, name), { deadline: 10 * 60_000 });
  await new LXCContainer(source, context).look();
}
