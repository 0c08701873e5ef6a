/** A run that is disturbed at one of its commands, and the next one: for every command, or a sample of them. */

import assert from 'node:assert/strict';
import type { PhxTask } from '../../src/config/project.ts';
import type { Command, Host, Outcome } from '../../src/core/host.ts';
import { sweepMark } from '../../src/proxmox/sweep.ts';
import type { Bench } from '../bench.ts';
import { worldOf } from '../world.ts';

/** When a run dies: before the command reaches the node, while it is at work there, or before its end is heard of. */
export const deaths = ['before', 'during', 'after'] as const;
/** What else befalls a command: it is refused, it does its work and then says no, or it does not end in time. */
export const failures = ['refused', 'done, but exit 1', 'hangs'] as const;
export type Disturbance = (typeof deaths)[number] | (typeof failures)[number];

const everything = process.env.PHX_FAULTS === 'all';

/**
 * Which of so many commands are disturbed in this way: all of them with `npm run test:faults`; otherwise every command dies in
 * one of the ways and fails in one of them, in turn.
 */
export function hitBy(kind: Disturbance, count: number, everyOne = everything): number[] {
  const group: readonly Disturbance[] = isDeath(kind) ? deaths : failures;
  const all = [...Array(count).keys()];
  return everyOne ? all : all.filter((at) => at % group.length === group.indexOf(kind));
}

export function isDeath(kind: Disturbance): boolean {
  return deaths.some((death) => death === kind);
}

/** Stands between the engine and the twin: counts what is asked of the node, and disturbs one of them. */
export class Disturber {
  /** What was asked so far: commands, and files that were written or removed. */
  readonly asked: string[] = [];
  readonly died: Promise<void>;
  readonly #bench: Bench;
  readonly #at: number;
  readonly #kind: Disturbance;
  #dead = false;
  #die: () => void = () => {};

  constructor(bench: Bench, at: number, kind: Disturbance) {
    this.#bench = bench;
    this.#at = at;
    this.#kind = kind;
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
    if ((failures as readonly string[]).includes(this.#kind)) return this.#fail(act, command);
    if (this.#kind === 'during' && command) await this.#half(command);
    else if (this.#kind !== 'before') await act();
    this.#dead = true;
    this.#die();
    return new Promise<T>(() => {});
  }

  async #fail<T>(act: () => Promise<T>, command?: Command): Promise<T> {
    if (this.#kind === 'done, but exit 1') await act();
    if (!command) throw new Error('EIO: the disk says no');
    const exit = this.#kind === 'hangs' ? 124 : 1;
    return { exit, stdout: '', stderr: 'disturbed', ms: 1 } satisfies Outcome as T;
  }

  /** Half of a command: the twin stops at its first pause. */
  async #half(command: Command): Promise<Outcome> {
    const { twin } = this.#bench;
    twin.addFault({ match: command.argv.slice(0, 3).join(' '), nth: 1, kill: 'during' });
    return twin.run(command);
  }
}

/** What is run, from which node on. */
export interface Story {
  readonly tasks: readonly PhxTask[];
  readonly targets: readonly string[];
  /** A node of its own for every telling; a run on it can be killed. */
  readonly start: () => Bench;
}

export interface Calm {
  readonly world: unknown;
  /** All that was asked of the node, in order. */
  readonly asked: readonly string[];
}

/** The same without any disturbance. */
export async function calmRun({ tasks, targets, start }: Story): Promise<Calm> {
  const bench = start();
  const counter = new Disturber(bench, -1, 'before');
  const { troubles } = await bench.run(tasks, targets, { host: counter.host() });
  assert.deepEqual(troubles, []);
  return { world: worldOf(bench.twin.state()), asked: counter.asked };
}

/** Disturbs one command, runs again, and expects the calm world; a third run has nothing to do. */
export async function disturbed(
  { tasks, targets, start }: Story,
  calm: Calm,
  at: number,
  kind: Disturbance,
): Promise<void> {
  const words = `${kind} ${at}: ${calm.asked[at]}`;
  const bench = start();
  const disturber = new Disturber(bench, at, kind);
  const ended = bench.run(tasks, targets, { host: disturber.host(), stamps: disturber.store() });
  await Promise.race([ended, disturber.died]);
  bench.twin.clearFaults();
  const next = await bench.run(tasks, targets);
  assert.deepEqual(next.troubles, [], words);
  assert.deepEqual(worldOf(bench.twin.state()), calm.world, words);
  const third = await bench.run(tasks, targets);
  assert.deepEqual([third.done, third.troubles], [[], []], words);
}
