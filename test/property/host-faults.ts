/** A run of all host steps that dies at one of its commands, and the next one: for every command, or a sample of them. */

import assert from 'node:assert/strict';
import type { Fleet } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Command, Host, Outcome } from '../../src/core/host.ts';
import { sweepMark } from '../../src/proxmox/sweep.ts';
import { Bench } from '../bench.ts';
import { worldOf } from '../world.ts';

/** When it dies: before the command reaches the node, while it is at work there, or before its end is heard of. */
export const moments = ['before', 'during', 'after'] as const;
export type Moment = (typeof moments)[number];

/** Stands between the engine and the twin: counts what is asked of the node, and dies at one of them. */
class Mortal {
  /** What was asked so far: commands, and files that were written or removed. */
  readonly asked: string[] = [];
  readonly died: Promise<void>;
  readonly #bench: Bench;
  readonly #at: number;
  readonly #moment: Moment;
  #dead = false;
  #die: () => void = () => {};

  constructor(bench: Bench, at: number, moment: Moment) {
    this.#bench = bench;
    this.#at = at;
    this.#moment = moment;
    this.died = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  host(): Host {
    const { twin } = this.#bench;
    return {
      ...{ kind: twin.kind, label: twin.label, identity: () => twin.identity(), close: () => twin.close() },
      reach: () => this.#unless(() => twin.reach()),
      readFile: (path) => this.#unless(() => twin.readFile(path)),
      run: (command) =>
        command.stdin?.startsWith(sweepMark)
          ? this.#unless(() => twin.run(command))
          : this.#at1(command.argv.join(' '), () => twin.run(command), command),
      writeFile: (path, text, mode) => this.#at1(`write ${path}`, () => twin.writeFile(path, text, mode)),
      removeFile: (path) => this.#at1(`remove ${path}`, () => twin.removeFile(path)),
    };
  }

  /** Stamps of a dead run are not written any more. */
  store(): ReturnType<Bench['store']> {
    const store = this.#bench.store();
    return { ...store, put: (stamp) => (this.#dead ? undefined : store.put(stamp)) };
  }

  async #unless<T>(act: () => Promise<T>): Promise<T> {
    return this.#dead ? new Promise<T>(() => {}) : act();
  }

  async #at1<T>(words: string, act: () => Promise<T>, command?: Command): Promise<T> {
    if (this.#dead) return new Promise<T>(() => {});
    this.asked.push(words);
    if (this.asked.length - 1 !== this.#at) return act();
    if (this.#moment === 'during' && command) await this.#half(command);
    else if (this.#moment !== 'before') await act();
    this.#dead = true;
    this.#die();
    return new Promise<T>(() => {});
  }

  /** Half of a command: the twin stops at its first pause. */
  async #half(command: Command): Promise<Outcome> {
    const { twin } = this.#bench;
    twin.addFault({ match: command.argv.slice(0, 3).join(' '), nth: 1, kill: 'during' });
    return twin.run(command);
  }
}

export interface Calm {
  readonly world: unknown;
  /** All that was asked of the node, in order. */
  readonly asked: readonly string[];
}

const target = ['hypervisor'];

/** The same without any disturbance. */
export async function calmRun(fleet: Fleet, tasks: readonly PhxTask[]): Promise<Calm> {
  const bench = Bench.fresh(fleet);
  const mortal = new Mortal(bench, -1, 'before');
  const { troubles } = await bench.run(tasks, target, { host: mortal.host() });
  assert.deepEqual(troubles, []);
  return { world: worldOf(bench.twin.state()), asked: mortal.asked };
}

/** Dies at one command, runs again, and expects the calm world; a third run has nothing to do. */
export async function disturbed(
  fleet: Fleet,
  tasks: readonly PhxTask[],
  calm: Calm,
  at: number,
  moment: Moment,
): Promise<void> {
  const words = `killed ${moment} ${at}: ${calm.asked[at]}`;
  const bench = Bench.fresh(fleet, {}, () => {});
  const mortal = new Mortal(bench, at, moment);
  const ended = bench.run(tasks, target, { host: mortal.host(), stamps: mortal.store() });
  await Promise.race([ended, mortal.died]);
  bench.twin.clearFaults();
  const next = await bench.run(tasks, target);
  assert.deepEqual(next.troubles, [], words);
  assert.deepEqual(worldOf(bench.twin.state()), calm.world, words);
  const third = await bench.run(tasks, target);
  assert.deepEqual([third.done, third.troubles], [[], []], words);
}
