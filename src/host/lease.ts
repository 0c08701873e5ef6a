/**
 * One run at a time on a node, or on a cluster, whichever machine it is started on: a directory that the cluster file system
 * gives to one, which is renewed while the run is at work, and which nobody has to wait for longer than two minutes once
 * its holder is gone (F26, B113 to B116). Who holds it is told by a file of its own: a directory that is not empty ends
 * for nobody.
 */

import type { Host } from '../core/host.ts';
import { lockedBy, type Owner, ownerOf } from '../core/lock.ts';

const folder = '/etc/pve/priv/lock';

/** Milliseconds between two signs of life; Proxmox VE gives a lease away when there was none for two minutes. */
const renewal = 30_000;

const seconds = 1000;

export interface LeaseWish {
  /** What it is for: a project. */
  readonly name: string;
  readonly owner: Owner;
  /** Whether an owner on this very machine is at work. */
  readonly isAlive: (owner: Owner) => boolean;
}

export class Lease {
  readonly #host: Host;
  readonly #wish: LeaseWish;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  /** The dead owner that was taken over, if any. */
  readonly takenOver: Owner | undefined;

  private constructor(host: Host, wish: LeaseWish, takenOver: Owner | undefined) {
    this.#host = host;
    this.#wish = wish;
    this.takenOver = takenOver;
    this.#timer = setInterval(() => void this.#renew(), renewal);
    this.#timer.unref();
  }

  /** Takes it, or throws a LockedError that says who has it. Undefined where the node cannot give any (no quorum). */
  static async take(host: Host, wish: LeaseWish): Promise<Lease | undefined> {
    const path = pathOf(wish);
    let takenOver: Owner | undefined;
    for (let tries = 0; ; tries++) {
      const made = await host.run({ argv: ['mkdir', path], deadline: 20 * seconds });
      if (made.exit === 0) break;
      if (!/File exists/.test(made.stderr)) return undefined;
      const holder = ownerOf((await host.readFile(noteOf(wish))) ?? '');
      if (tries > 0 && holder?.run === wish.owner.run) break;
      // Who just got it is about to say so.
      if (holder === undefined && tries < 5) continue;
      const isDead = holder?.host === wish.owner.host && !wish.isAlive(holder);
      if ((!isDead && !(await asksForIt(host, path))) || tries > 20)
        throw lockedBy(holder ?? unknownOwner, leaseHint(holder));
      if (holder && (await clearDead(host, wish, holder, isDead))) takenOver = holder;
    }
    await host.writeFile(noteOf(wish), `${JSON.stringify(wish.owner)}\n`, { mode: 0o640, shown: 'nothing' });
    return new Lease(host, wish, takenOver);
  }

  /** Aborted when another run has it: whoever still works stops. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** A node that cannot be reached for a while is no reason to stop: nobody else can have it before two minutes are over. */
  async #renew(): Promise<void> {
    try {
      const holder = ownerOf((await this.#host.readFile(noteOf(this.#wish))) ?? '');
      const path = pathOf(this.#wish);
      const isOurs = holder?.run === this.#wish.owner.run;
      const renewed =
        isOurs && (await this.#host.run({ argv: ['touch', '-c', path], deadline: 20 * seconds })).exit === 0;
      if (!renewed) this.#lost.abort();
    } catch {
      // It is tried again; a run that cannot reach its node changes nothing meanwhile.
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#lost.signal.aborted) return;
    try {
      await this.#host.removeFile(noteOf(this.#wish), { shown: 'nothing' });
      await this.#host.run({ argv: ['rmdir', pathOf(this.#wish)], deadline: 20 * seconds });
    } catch {
      // A node that has gone away meanwhile: nobody renews it, so the next run gets it two minutes later.
    }
  }
}

/** Asks for a lease whose holder gave no sign of life for two minutes; whether it is free now (B115). */
async function asksForIt(host: Host, path: string): Promise<boolean> {
  await host.run({ argv: ['touch', '-c', '-d', '@0', path], deadline: 20 * seconds });
  return (await host.run({ argv: ['test', '-d', path], deadline: 20 * seconds })).exit !== 0;
}

/**
 * Takes away what a dead run left, unless somebody else has done so by now: two who found the same dead run must not both,
 * since the second one would take away what the first one has got meanwhile. Only who makes the guard may.
 */
async function clearDead(host: Host, wish: LeaseWish, dead: Owner, holds: boolean): Promise<boolean> {
  const guard = `${pathOf(wish)}.takeover`;
  const made = await host.run({ argv: ['mkdir', guard], deadline: 20 * seconds });
  if (made.exit !== 0) {
    await asksForIt(host, guard);
    return false;
  }
  try {
    if (ownerOf((await host.readFile(noteOf(wish))) ?? '')?.run !== dead.run) return false;
    await host.removeFile(noteOf(wish), { shown: 'nothing' });
    if (holds) await host.run({ argv: ['rmdir', pathOf(wish)], deadline: 20 * seconds });
    return true;
  } finally {
    await host.run({ argv: ['rmdir', guard], deadline: 20 * seconds });
  }
}

function pathOf({ name }: LeaseWish): string {
  return `${folder}/phx-${name}`;
}

function noteOf({ name }: LeaseWish): string {
  return `/etc/pve/priv/phx/${name}.holder`;
}

const unknownOwner: Owner = {
  pid: 0,
  host: 'a machine that is not known',
  started: '',
  run: 'unknown',
  since: 0,
};

function leaseHint(holder: Owner | undefined): string {
  const who = holder ? `${holder.host} ` : 'its machine ';
  return `With --wait the run begins when that one has ended. If ${who}is gone for good, its lease ends two minutes after its last sign of life.`;
}
