/** What stands between the engine and the twin: it hears all that is asked, disturbs one of it, and counts what is made. */

import type { Command, Host, Outcome } from '../../src/core/host.ts';
import { sweepMark } from '../../src/proxmox/sweep.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { type Disturbance, deaths } from '../property/faults.ts';

/** What makes a thing that must be made once: the verb and the names in it, not what it is made with. */
const making =
  /^(?:(?:pct|qm) (?:create|restore) \d+|(?:pct|qm) clone \d+ \d+|(?:pct|qm) (?:snapshot|template) \d+(?: [\w-]+)?|(?:zfs|zpool) create|useradd|groupadd|pveum \w+ (?:token )?add)/;

export interface NodeStrike {
  readonly at: number;
  readonly what: Disturbance;
}

/** One life's view of a node. */
export class HeardNode {
  readonly asked: string[] = [];
  /** What came to a good end and makes something: the words, without what is drawn anew in each run. */
  readonly made: string[] = [];
  onDeath: () => void = () => {};
  readonly #twin: Twin;
  readonly #strike: NodeStrike | undefined;
  #dead = false;

  constructor(twin: Twin, strike?: NodeStrike) {
    this.#twin = twin;
    this.#strike = strike;
  }

  /** Nothing is heard from this life any more. */
  die(): void {
    this.#dead = true;
  }

  host(): Host {
    const twin = this.#twin;
    return {
      ...{ kind: twin.kind, label: twin.label, identity: () => twin.identity(), close: () => twin.close() },
      reach: () => this.#alive(() => twin.reach()),
      readFile: (path) => this.#alive(() => twin.readFile(path)),
      run: (command) =>
        command.stdin?.startsWith(sweepMark)
          ? this.#alive(() => twin.run(command))
          : this.#ask(command.argv.join(' '), () => this.#run(command), command),
      writeFile: (path, text, mode) => this.#ask(`write ${path}`, () => twin.writeFile(path, text, mode)),
      removeFile: (path) => this.#ask(`remove ${path}`, () => twin.removeFile(path)),
    };
  }

  async #run(command: Command): Promise<Outcome> {
    const outcome = await this.#twin.run(command);
    const words = command.argv.join(' ').replace(/incarnation=\w+/, 'incarnation=x');
    const thing = making.exec(words)?.[0];
    if (thing !== undefined && outcome.exit === 0)
      this.made.push(/ create$/.test(thing) || /^(user|group)add/.test(thing) ? words : thing);
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
    if (!deaths.some((death) => death === what)) return this.#fail(what, act, command);
    if (what === 'during' && command) await this.#half(command);
    else if (what !== 'before') await act();
    this.#dead = true;
    this.onDeath();
    return new Promise<T>(() => {});
  }

  async #fail<T>(what: Disturbance, act: () => Promise<T>, command?: Command): Promise<T> {
    if (what === 'done, but exit 1') await act();
    if (!command) throw new Error('EIO: the disk says no');
    const exit = what === 'hangs' ? 124 : 1;
    return { exit, stdout: '', stderr: 'disturbed', ms: 1 } satisfies Outcome as T;
  }

  async #half(command: Command): Promise<void> {
    this.#twin.addFault({ match: command.argv.slice(0, 3).join(' '), nth: 1, kill: 'during' });
    await this.#twin.run(command);
    this.#twin.clearFaults();
  }
}
