/**
 * The one class that knows a container: its state is observed from the facts, never assumed, and each method issues
 * only the commands that are still needed. It touches the world through the context that it is handed.
 */

import { CommandError, PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import { type GuestConf, parseConf } from '../../src/proxmox/conf.ts';
import { digestToSend } from '../../src/proxmox/conf-digest.ts';
import { type CtKeys, effectiveKey, valueToSend } from '../../src/proxmox/ct-keys.ts';
import type { Facts, GuestFacts } from '../../src/proxmox/facts.ts';
import { type Mark, readMark } from '../../src/proxmox/mark.ts';
import { diagnose } from '../../src/proxmox/messages.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { hasTemplateFlag, unconverted } from '../../src/proxmox/template-conf.ts';

/** `half-made`: a create, a clone or a destroy that never ended left its lock behind. */
export type ContainerState = 'absent' | 'half-made' | 'stopped' | 'running';

const minutes = 60_000;
const startTries = 3;

export class LXCContainer {
  readonly id: number;
  readonly #context: TaskContext<Facts>;

  constructor(id: number, context: TaskContext<Facts>) {
    this.id = id;
    this.#context = context;
  }

  get state(): ContainerState {
    return stateOf(this.#context.facts(), this.id);
  }

  get #facts(): GuestFacts {
    const guest = this.#context.facts().guests.get(this.id);
    if (!guest) throw new Error(`container ${this.id} is not there`);
    return guest;
  }

  get conf(): GuestConf {
    return confOf(this.#facts);
  }

  /** Its conf file, byte by byte. */
  get text(): string {
    return this.#facts.conf;
  }

  /** Goes with every change, so that nothing is changed that somebody else changed since it was looked at (B22). */
  get digest(): string | undefined {
    return digestToSend(this.text);
  }

  /** Which of its starts this is; undefined when it does not run. */
  get startedAs(): string | undefined {
    return this.#facts.start;
  }

  get mark(): Mark | undefined {
    return markOf(this.#context.facts(), this.id);
  }

  /** Facts of this container as they are now. */
  async look(): Promise<ContainerState> {
    await this.#context.refresh([`guest:${this.id}`]);
    return this.state;
  }

  /** Runs `make` (a create or a clone) unless the container stands. */
  async define(make: readonly string[]): Promise<void> {
    if (this.state !== 'absent') return;
    await this.#context.run(make, { deadline: 60 * minutes, detached: true });
    const state = await this.look();
    this.prove(state === 'stopped', make.slice(0, 4).join(' '), `it is ${state}`);
  }

  /** Sends the keys that differ and deletes those in `remove` that are set; nothing when all is as wanted. */
  async configure(wanted: CtKeys, remove: readonly string[]): Promise<void> {
    const { conf } = this;
    const differing = Object.entries(wanted).filter(
      ([key, value]) => effectiveKey(conf, key, value) !== value,
    );
    const keys = Object.fromEntries(differing.map(([key, value]) => [key, this.#toSend(conf, key, value)]));
    const set = remove.filter((key) => effectiveKey(conf, key, undefined) !== undefined);
    // A value that only waits for the next start is not there to be deleted: it is taken back.
    const waiting = set.filter((key) => key !== 'description' && !conf.keys.has(key));
    if (waiting.length > 0) {
      await this.#context.run(pct.revert(this.id, waiting, this.digest));
      await this.look();
    }
    const surplus = set.filter((key) => !waiting.includes(key));
    if (differing.length === 0 && surplus.length === 0) return;
    // The description is also where our mark stands: what a person wrote goes, the mark stays.
    const mark = surplus.includes('description') ? markLine(conf) : undefined;
    const cleared = mark === undefined ? {} : { description: mark };
    const gone = mark === undefined ? surplus : surplus.filter((key) => key !== 'description');
    await this.#context.run(pct.set(this.id, { ...keys, ...cleared }, gone, this.digest));
    await this.look();
    const wrong = Object.keys(wanted).filter(
      (key) => effectiveKey(this.conf, key, wanted[key]) !== wanted[key],
    );
    this.prove(
      wrong.length === 0,
      `pct set ${this.id}`,
      wrong.map((key) => `${key} is not as it was set`).join(', '),
    );
  }

  /** Starts it unless it runs; what fails is tried again, after a look whether it runs by now (B31). */
  async start(): Promise<void> {
    for (let tries = 1; this.state !== 'running'; tries++) {
      try {
        await this.#context.run(pct.start(this.id), { deadline: 5 * minutes });
      } catch (error) {
        if (!(error instanceof CommandError) || isTransient(error)) throw error;
        if ((await this.look()) === 'running') return;
        if (tries === startTries) throw wholeAnswer(error);
        await this.#pause(5000 * tries);
        await this.look();
        continue;
      }
      const state = await this.look();
      this.prove(state === 'running', `pct start ${this.id}`, `it is ${state}`);
    }
  }

  /** Starts it anew, so that what was pending holds; the guest gets a minute to shut down, then it is ended (B61). */
  async restart(): Promise<void> {
    const before = this.startedAs;
    await this.#context.run(pct.reboot(this.id, 60), { deadline: 5 * minutes });
    // The command ends when the container has; Proxmox starts it again by itself.
    await this.#context.until({
      what: `container ${this.id} to come back from its restart`,
      deadline: 2 * minutes,
      interval: 2000,
      look: async () => {
        const state = await this.look();
        const { pending, pendingDelete } = this.conf;
        const left = [...pending.keys.keys(), ...pendingDelete];
        if (state !== 'running') return { seen: `it is ${state}` };
        if (before !== undefined && this.startedAs === before) return { seen: 'it has not gone down yet' };
        return left.length > 0 ? { seen: `still pending: ${left.join(', ')}` } : { answer: true };
      },
    });
  }

  async stop(): Promise<void> {
    if (this.state !== 'running') return;
    await this.#context.run(pct.shutdown(this.id, 60), { deadline: 5 * minutes });
    const state = await this.look();
    this.prove(state === 'stopped', `pct shutdown ${this.id}`, `it is ${state}`);
  }

  /** An exit code of zero is no proof (B3 to B6): what was asked for has to be seen. */
  prove(seen: boolean, command: string, instead: string): void {
    if (seen) return;
    throw new PhxError('failed', {
      title: `${command} ended well, but did not do it`,
      facts: [['seen', instead]],
      hint: "Look at the container's task log on the node, then run again.",
    });
  }

  /** Lets time pass between two tries. */
  async #pause(ms: number): Promise<void> {
    let passed = false;
    await this.#context.until({
      what: `container ${this.id}`,
      deadline: 2 * ms,
      interval: ms,
      look: async () => {
        if (passed) return { answer: true };
        passed = true;
        return { seen: 'nothing yet' };
      },
    });
  }

  #toSend(conf: GuestConf, key: string, value: string): string {
    if (key !== 'description') return valueToSend(conf, key, value);
    const mark = markLine(conf);
    return mark ? `${mark}\n${value}` : value;
  }
}

/** A lock that will go away is waited for by the engine, with all its patience. */
function isTransient({ outcome }: CommandError): boolean {
  return diagnose(`${outcome.stderr}\n${outcome.stdout}`)?.transient === true;
}

/** What lxc says about a start that fails stands on standard output, before Proxmox's own word (B60). */
function wholeAnswer({ argv, outcome }: CommandError): CommandError {
  return new CommandError(argv, { ...outcome, stderr: `${outcome.stdout}\n${outcome.stderr}` });
}

function markLine(conf: GuestConf): string | undefined {
  return conf.description.split('\n').find((line) => line.startsWith('phx: '));
}

export function stateOf(facts: Facts, id: number): ContainerState {
  const guest = facts.guests.get(id);
  if (!guest) return 'absent';
  const lock = confOf(guest).keys.get('lock');
  if (lock === 'create' || lock === 'destroyed') return 'half-made';
  return guest.running ? 'running' : 'stopped';
}

/** Flag and volumes: what was only half converted is none. */
export function isTemplate(facts: Facts, id: number): boolean {
  const guest = facts.guests.get(id);
  return guest !== undefined && hasTemplateFlag(confOf(guest)) && unconverted(confOf(guest)).length === 0;
}

export function markOf(facts: Facts, id: number): Mark | undefined {
  const guest = facts.guests.get(id);
  return guest && readMark(confOf(guest).description, id);
}

const parsed = new WeakMap<GuestFacts, GuestConf>();

/** The parsed conf of a guest; parsed once for each look at it. */
export function confOf(guest: GuestFacts): GuestConf {
  let conf = parsed.get(guest);
  if (!conf) {
    conf = parseConf(guest.conf);
    parsed.set(guest, conf);
  }
  return conf;
}
