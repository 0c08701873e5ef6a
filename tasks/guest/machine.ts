/**
 * What containers and VMs have in common: a state that is observed from the facts, never assumed, and methods that issue
 * only the commands that are still needed. It touches the world through the context that it is handed.
 */

import { BlockedError, CommandError, PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { GuestConf } from '../../src/proxmox/conf.ts';
import { digestToSend } from '../../src/proxmox/conf-digest.ts';
import type { CtKeys } from '../../src/proxmox/ct-keys.ts';
import type { Facts, GuestFacts } from '../../src/proxmox/facts.ts';
import type { GuestTool } from '../../src/proxmox/guest-tool.ts';
import { haManager, haResourcesCfg, haScopes, haSid, isHaError, isHaRequest } from '../../src/proxmox/ha.ts';
import type { Mark } from '../../src/proxmox/mark.ts';
import { diagnose } from '../../src/proxmox/messages.ts';
import { confOf, type GuestState, markOf, stateOf } from './conf.ts';
import { haResource } from './ha.ts';
import { givenUp, haStartTime, haStatus, haStopTime, untilKept } from './ha-wait.ts';
import { forgetMaking, runNoted } from './making.ts';

const minutes = 60_000;
const startTries = 3;

export abstract class Machine {
  readonly id: number;
  protected readonly context: TaskContext<Facts>;
  abstract readonly tool: GuestTool;
  /** For messages. */
  abstract readonly noun: 'container' | 'VM';
  /** Seconds that it gets for a shutdown before it is ended. */
  protected abstract readonly patience: number;

  constructor(id: number, context: TaskContext<Facts>) {
    this.id = id;
    this.context = context;
  }

  get state(): GuestState {
    return stateOf(this.context.facts(), this.id);
  }

  /** As a person names it. */
  get target(): string {
    return `${this.noun === 'container' ? 'ctid' : 'vmid'}:${this.id}`;
  }

  get #facts(): GuestFacts {
    const guest = this.context.facts().guests.get(this.id);
    if (!guest) throw new Error(`${this.noun} ${this.id} is not there`);
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
    return markOf(this.context.facts(), this.id);
  }

  /** Facts of this guest as they are now. */
  async look(): Promise<GuestState> {
    await this.context.refresh([`guest:${this.id}`]);
    return this.state;
  }

  /** Runs `make` (a create or a clone) unless it stands; `by`: where that is done, if not where it is to live. */
  async define(make: readonly string[], by: TaskContext<Facts> = this.context): Promise<void> {
    if (this.state !== 'absent') return;
    await runNoted(this.id, make, by, { deadline: 60 * minutes, detached: true });
    const state = await this.look();
    this.prove(state === 'stopped', make.slice(0, 4).join(' '), `it is ${state}`);
    await forgetMaking(this.id, by);
  }

  /** The value of a key that holds from the next start on, in the normal form of `wanted`. */
  protected abstract effective(key: string, wanted: string | undefined): string | undefined;

  /** The value to send for a wish in normal form. */
  protected abstract toSend(key: string, wanted: string): string;

  /** Sends keys and deletions. */
  protected async set(keys: CtKeys, remove: readonly string[]): Promise<void> {
    await this.context.run(this.tool.set(this.id, keys, remove, this.digest));
  }

  /** Sends the keys that differ and deletes those in `remove` that are set; nothing when all is as wanted. */
  async configure(wanted: CtKeys, remove: readonly string[]): Promise<void> {
    const { conf } = this;
    const differing = Object.entries(wanted).filter(([key, value]) => this.effective(key, value) !== value);
    const keys = Object.fromEntries(differing.map(([key, value]) => [key, this.#toSend(key, value)]));
    const set = remove.filter((key) => this.effective(key, undefined) !== undefined);
    // A value that only waits for the next start is not there to be deleted: it is taken back.
    const waiting = set.filter((key) => key !== 'description' && !conf.keys.has(key));
    if (waiting.length > 0) {
      await this.context.run(this.tool.revert(this.id, waiting, this.digest));
      await this.look();
    }
    const surplus = set.filter((key) => !waiting.includes(key));
    if (differing.length === 0 && surplus.length === 0) return;
    // The description is also where our mark stands: what a person wrote goes, the mark stays.
    const mark = surplus.includes('description') ? markLine(conf) : undefined;
    const cleared = mark === undefined ? {} : { description: mark };
    const gone = mark === undefined ? surplus : surplus.filter((key) => key !== 'description');
    await this.set({ ...keys, ...cleared }, gone);
    await this.look();
    const wrong = Object.keys(wanted).filter((key) => this.effective(key, wanted[key]) !== wanted[key]);
    this.prove(
      wrong.length === 0,
      `${this.tool.program} set ${this.id}`,
      wrong.map((key) => `${key} is not as it was set`).join(', '),
    );
  }

  /** Starts it unless it runs; what fails is tried again, after a look whether it runs by now (B31). */
  async start(): Promise<void> {
    for (let tries = 1; this.state !== 'running'; tries++) {
      try {
        if (await this.#requests(this.tool.start(this.id))) return await this.#until('running', haStartTime);
      } catch (error) {
        if (!(error instanceof CommandError) || isTransient(error)) throw error;
        if ((await this.look()) === 'running') return;
        if (tries === startTries) throw wholeAnswer(error);
        await this.#pause(5000 * tries);
        await this.look();
        continue;
      }
      const state = await this.look();
      this.prove(state === 'running', `${this.tool.program} start ${this.id}`, `it is ${state}`);
    }
  }

  /** Starts it anew, so that what was pending holds. */
  abstract restart(): Promise<void>;

  /** Shuts it down; one that does not listen is ended after its time. */
  async stop(): Promise<void> {
    if (this.state !== 'running') return this.#keepDown();
    if (await this.#requests(this.tool.shutdown(this.id, this.patience)))
      return this.#until('stopped', haStopTime(this.patience));
    const state = await this.look();
    this.prove(state === 'stopped', `${this.tool.program} shutdown ${this.id}`, `it is ${state}`);
  }

  /** An exit code of zero is no proof (B3 to B6): what was asked for has to be seen. */
  prove(seen: boolean, command: string, instead: string): void {
    if (seen) return;
    throw new PhxError('failed', {
      title: `${command} ended well, but did not do it`,
      facts: [['seen', instead]],
      hint: `Look at the ${this.noun}'s task log on the node, then run again.`,
    });
  }

  /** Runs what starts or stops it; true when the HA manager was only asked to. */
  async #requests(argv: readonly string[]): Promise<boolean> {
    try {
      return isHaRequest(await this.context.run(argv, { deadline: 5 * minutes }));
    } catch (error) {
      if (!(error instanceof CommandError) || !isHaError(`${error.outcome.stderr}\n${error.outcome.stdout}`))
        throw error;
      throw new BlockedError(givenUp(this, await haStatus(this, this.context)));
    }
  }

  /** One that the HA manager is about to start again is not to be started. */
  async #keepDown(): Promise<void> {
    const { context, id } = this;
    if (!context.facts().files.has(haResourcesCfg)) return;
    const { state = 'started' } = haResource(await context.refresh(haScopes), id) ?? { state: 'none' };
    if (!/^(started|enabled)$/.test(state)) return;
    const sid = haSid({ id, kind: this.noun === 'VM' ? 'vm' : 'ct' });
    await this.#requests(haManager.set(sid, { set: { state: 'stopped' }, gone: [] }));
    await this.#until('stopped', haStopTime(this.patience));
  }

  /** The HA manager does it some time after it was asked to, perhaps on another node. */
  async #until(wanted: 'running' | 'stopped', deadline: number): Promise<void> {
    const missing = () => (this.state === wanted ? undefined : `it is ${this.state}`);
    const what = wanted === 'running' ? 'to run' : 'to stop';
    await untilKept(this, { what, deadline, missing }, this.context);
  }

  /** Lets time pass between two tries. */
  async #pause(ms: number): Promise<void> {
    let passed = false;
    await this.context.until({
      what: `${this.noun} ${this.id}`,
      deadline: 2 * ms,
      interval: ms,
      look: async () => {
        if (passed) return { answer: true };
        passed = true;
        return { seen: 'nothing yet' };
      },
    });
  }

  #toSend(key: string, value: string): string {
    if (key !== 'description') return this.toSend(key, value);
    const mark = markLine(this.conf);
    return mark ? `${mark}\n${value}` : value;
  }
}

/** A lock that will go away is waited for by the engine, with all its patience. */
function isTransient({ outcome }: CommandError): boolean {
  return diagnose(`${outcome.stderr}\n${outcome.stdout}`)?.transient === true;
}

/** What lxc and QEMU say about a start that fails stands on standard output, before Proxmox's own word (B60). */
function wholeAnswer({ argv, outcome }: CommandError): CommandError {
  return new CommandError(argv, { ...outcome, stderr: `${outcome.stdout}\n${outcome.stderr}` });
}

function markLine(conf: GuestConf): string | undefined {
  return conf.description.split('\n').find((line) => line.startsWith('phx: '));
}
