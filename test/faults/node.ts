/** What stands between the engine and the twin: it hears all that is asked, disturbs one of it, and counts what is made. */

import { type Command, type Host, inFrontOf, type Outcome } from '../../src/core/host.ts';
import { sweepMark } from '../../src/proxmox/sweep.ts';
import type { Twin } from '../../src/twin/twin.ts';

/** When a run dies: before the command reaches the node, while it is at work there, or before its end is heard of. */
export const deaths = ['before', 'during', 'after'] as const;
/**
 * What else befalls a command: it is refused, it does its work and then says no, it does not end in time, or it says yes
 * and prints what nobody can read.
 */
export const failures = ['refused', 'done, but exit 1', 'hangs', 'babbles'] as const;
export type Disturbance = (typeof deaths)[number] | (typeof failures)[number];

export function isDeath(what: Disturbance): boolean {
  return deaths.some((death) => death === what);
}

/** What makes a thing that must be made once, and what it makes. */
const making: readonly (readonly [RegExp, (...names: string[]) => string])[] = [
  // A restore over what stands makes nothing.
  [/^(?:pct|qm) (?:create|restore) (\d+)(?!.* --force 1)/, (id) => `guest ${id}`],
  [/^(?:pct|qm) clone \d+ (\d+)/, (id) => `guest ${id}`],
  [/^(?:pct|qm) snapshot (\d+) ([\w-]+)/, (id, name) => `guest ${id} snapshot ${name}`],
  [/^(?:pct|qm) template (\d+)/, (id) => `guest ${id} template`],
  [/^(?:zfs|zpool) create (.*)$/, (all) => `pool or dataset ${all}`],
  [/^zfs snapshot (\S+)/, (name) => `snapshot ${name}`],
  [/^pveum user token add (\S+) (\S+)/, (user, name) => `token ${user} ${name}`],
  [/^pveum (\w+) add (\S+)/, (kind, name) => `${kind} ${name}`],
  [/^(?:user|group)add (.*)$/, (all) => `account ${all}`],
];
/** And what takes it away again: then it may be made anew. */
const unmaking: readonly (readonly [RegExp, (...names: string[]) => string])[] = [
  [/^(?:pct|qm) destroy (\d+)/, (id) => `guest ${id}`],
  [/^(?:pct|qm) delsnapshot (\d+) ([\w-]+)/, (id, name) => `guest ${id} snapshot ${name}`],
  [/^zfs destroy (\S+)/, (name) => `snapshot ${name}`],
  [/^pveum user token (?:remove|delete) (\S+) (\S+)/, (user, name) => `token ${user} ${name}`],
];

function thingIn(rules: typeof making, words: string): string | undefined {
  for (const [pattern, name] of rules) {
    const [found, ...names] = pattern.exec(words) ?? [];
    if (found !== undefined) return name(...names);
  }
  return undefined;
}

/** The thing that a command makes, if it makes one that must be made once. */
export function madeBy(words: string): string | undefined {
  return thingIn(making, words);
}

const babble = 'Segmentation\u0000 fault {"\n=\t: -1\n';

export interface NodeStrike {
  readonly at: number;
  readonly what: Disturbance;
}

/** One life's view of a node. */
export class HeardNode {
  readonly asked: string[] = [];
  /** What stands because a command of this life, or of one before, came to a good end. */
  readonly made: Set<string>;
  /** What was made although it stood. */
  readonly doubled: string[] = [];
  onDeath: () => void = () => {};
  readonly #twin: Twin;
  readonly #strike: NodeStrike | undefined;
  #dead = false;

  constructor(twin: Twin, strike?: NodeStrike, made: Iterable<string> = []) {
    this.made = new Set(made);
    this.#twin = twin;
    this.#strike = strike;
  }

  /** Nothing is heard from this life any more. */
  die(): void {
    this.#dead = true;
  }

  host(): Host {
    const twin = this.#twin;
    return inFrontOf(twin, {
      reach: () => this.#alive(() => twin.reach()),
      readFile: (path) => this.#alive(() => twin.readFile(path)),
      run: (command) =>
        command.stdin?.startsWith(sweepMark)
          ? this.#alive(() => twin.run(command))
          : this.#ask(command.argv.join(' '), () => this.#run(command), command),
      writeFile: (path, text, mode) => this.#ask(`write ${path}`, () => twin.writeFile(path, text, mode)),
      removeFile: (path) => this.#ask(`remove ${path}`, () => twin.removeFile(path)),
    });
  }

  async #run(command: Command): Promise<Outcome> {
    const outcome = await this.#twin.run(command);
    if (outcome.exit !== 0) return outcome;
    const words = command.argv.join(' ');
    const gone = thingIn(unmaking, words);
    for (const thing of this.made)
      if (gone !== undefined && `${thing} `.startsWith(`${gone} `)) this.made.delete(thing);
    const thing = thingIn(making, words);
    if (thing === undefined) return outcome;
    if (this.made.has(thing)) this.doubled.push(thing);
    this.made.add(thing);
    return outcome;
  }

  async #alive<T>(act: () => Promise<T>): Promise<T> {
    if (this.#dead) return new Promise<T>(() => {});
    const answer = await act();
    return this.#dead ? new Promise<T>(() => {}) : answer;
  }

  async #ask<T>(words: string, act: () => Promise<T>, command?: Command): Promise<T> {
    if (this.#dead) return new Promise<T>(() => {});
    const at = this.asked.push(words) - 1;
    const what = at === this.#strike?.at ? this.#strike.what : undefined;
    if (what === undefined) return this.#alive(act);
    if (!isDeath(what)) return this.#fail(what, act, command);
    if (what === 'during' && command) await this.#half(command);
    else if (what !== 'before') await act();
    this.#dead = true;
    this.onDeath();
    return new Promise<T>(() => {});
  }

  async #fail<T>(what: Disturbance, act: () => Promise<T>, command?: Command): Promise<T> {
    if (what === 'done, but exit 1' || what === 'babbles') await act();
    if (!command && what === 'babbles') return act();
    if (!command) throw new Error('EIO: the disk says no');
    if (what === 'babbles') return { exit: 0, stdout: babble, stderr: babble, ms: 1 } satisfies Outcome as T;
    const exit = what === 'hangs' ? 124 : 1;
    return { exit, stdout: '', stderr: 'disturbed', ms: 1 } satisfies Outcome as T;
  }

  async #half(command: Command): Promise<void> {
    this.#twin.addFault({ match: command.argv.slice(0, 3).join(' '), nth: 1, kill: 'during' });
    await this.#twin.run(command);
    this.#twin.clearFaults();
  }
}
