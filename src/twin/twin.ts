/**
 * The twin: a simulated Proxmox node behind the Host port. It executes the argv it is sent and answers as Proxmox VE
 * does; it never touches a real machine, except its own state file.
 */

import { LostError } from '../core/error.ts';
import type { Command, FileMode, Host, Outcome } from '../core/host.ts';
import type { Time } from '../core/time.ts';
import { type Call, Interrupted, Refusal } from './call.ts';
import { silentCall } from './cluster-call.ts';
import { type DiskWish, signDisk } from './disk-sign.ts';
import { strike } from './faults.ts';
import { FileLocks } from './file-locks.ts';
import { normalPath } from './files.ts';
import { freshState } from './fresh.ts';
import type { Keeper } from './keeper.ts';
import { startTime } from './latency.ts';
import { beginLease, leaseAround } from './leases.ts';
import { onlyLooks } from './looks.ts';
import { nodeFile, removeNodeFile, writeNodeFile } from './node-files.ts';
import type { ForkOptions, NodePlace } from './place.ts';
import { runProgram } from './programs.ts';
import { checkWritable } from './quorum.ts';
import type { Random } from './random.ts';
import { reachProblem } from './reach.ts';
import { Run } from './run.ts';
import { settle } from './settle.ts';
import { copyState, type Fault, type PveVersion, type TwinHardware, type TwinState } from './state.ts';
import { stateCodec } from './state-file.ts';
import { Store } from './store.ts';
import { summarise, type TwinSummary } from './summary.ts';
import { rebootNode } from './systemctl.ts';
import { orphanTasks } from './task-log.ts';
import { TwinTime } from './time.ts';
import { orphanWorkers } from './workers.ts';

export type { Fault, TwinHardware } from './state.ts';
export { TwinStateError } from './store.ts';
export type { TwinSummary } from './summary.ts';

export interface TwinOptions {
  /** Where the state is kept; without it only in memory. */
  readonly stateFile?: string;
  readonly hardware: TwinHardware;
  /** What people read in the place of "twin (simulated node)". */
  readonly label?: string;
  /** `real`: commands take as long as on a node; `none` (the default): they are done at once. */
  readonly latency?: 'none' | 'real';
  /** How many times faster than the process's its time passes, with latency `real`; `skip`: at once. Default 1. */
  readonly speed?: number | 'skip';
  /** Epoch milliseconds of the process. */
  readonly clock?: () => number;
  /** Of the process, too; ends early, by rejecting, when the signal is aborted. */
  readonly sleep?: Time['sleep'];
  readonly random?: Random;
  /** Ends phx's own run as SIGKILL does, for faults with `kill`. */
  readonly killRun?: () => void;
}

/** The time that passes for a node, or for all nodes of a cluster. */
export function timeOf(options: Pick<TwinOptions, 'clock' | 'latency' | 'speed' | 'sleep'>): TwinTime {
  return new TwinTime({
    clock: options.clock ?? Date.now,
    speed: options.latency === 'real' ? (options.speed ?? 1) : 'skip',
    ...(options.sleep ? { sleep: options.sleep } : {}),
  });
}

export function openTwin(options: TwinOptions): Twin {
  return new Twin(options);
}

export class Twin implements Host {
  readonly kind = 'twin';
  readonly label: string;
  readonly #options: TwinOptions;
  readonly #store: Keeper;
  readonly #place: NodePlace<Twin> | undefined;
  /** What passes on this node. */
  readonly time: TwinTime;
  readonly #clock: () => number;
  readonly #random: Random;
  readonly #locks = new FileLocks();

  /** `place`: what it has from its cluster; without it the node stands alone. */
  constructor(options: TwinOptions, state?: TwinState, place?: NodePlace<Twin>) {
    this.#options = options;
    this.label = options.label ?? 'twin (simulated node)';
    this.#place = place;
    this.#store = place?.keeper ?? new Store(options.stateFile, stateCodec);
    this.time = place?.time ?? timeOf(options);
    this.#clock = this.time.now;
    this.#random = options.random ?? Math.random;
    if (state) this.#store.write(state);
  }

  async identity(): Promise<string> {
    return this.#state().id;
  }

  async run(command: Command): Promise<Outcome> {
    this.#checkUp();
    this.#settle();
    const run = new Run(this.#clock(), command);
    const fault = strike(this.#state(), command.argv);
    if (fault) this.#save();
    if (fault?.kill === 'before') return this.#killed(run);
    if (fault?.hang) {
      await this.#pass(run, Number.POSITIVE_INFINITY);
      this.#save();
      return run.end(this.#clock());
    }
    if (fault && fault.kill === undefined) {
      run.printer.err(fault.stderr ?? '');
      run.exit = fault.exit ?? 1;
      return run.end(this.#clock());
    }
    const killed = await this.#execute(run, fault?.kill === 'during');
    this.#locks.release(run);
    if (killed || fault?.kill === 'after') return this.#killed(run);
    return run.end(this.#clock());
  }

  async readFile(path: string): Promise<string | undefined> {
    this.#checkUp();
    this.#settle();
    return nodeFile(this.#state(), path);
  }

  async writeFile(path: string, text: string, mode?: FileMode): Promise<void> {
    this.#checkUp();
    if (/^\/(sys|proc)\//.test(normalPath(path)))
      throw new Error(`EACCES: permission denied, open '${path}' (write there with tee)`);
    this.#settle();
    checkWritable(this.#state(), normalPath(path), 'open');
    writeNodeFile(this.#state(), path, text, mode?.mode ?? 0o644);
    const lease = leaseAround(normalPath(path));
    if (lease !== undefined) beginLease(this.#state(), lease, this.#clock());
    this.#save();
  }

  async removeFile(path: string): Promise<void> {
    this.#checkUp();
    checkWritable(this.#state(), normalPath(path), 'unlink');
    removeNodeFile(this.#state(), path);
    this.#save();
  }

  async reach(): Promise<void> {
    this.#checkUp();
    this.#settle();
    const problem = reachProblem(this.#state());
    if (problem !== undefined) throw new Error(problem);
  }

  async close(): Promise<void> {}

  /** An independent copy in memory: same state and identity, no file, no faults; no latency unless it is asked for. */
  fork(more: ForkOptions = {}): Twin {
    if (this.#place) return this.#place.fork(more);
    const { stateFile: _, ...own } = this.#options;
    const options: TwinOptions = { ...own, latency: 'none', ...more };
    return new Twin(options, { ...copyState(this.#state()), ahead: this.time.ahead, faults: [] });
  }

  /** Starts over with a fresh node and a new identity; also the way out of a damaged state file. */
  reset(pve?: PveVersion): void {
    const hardware = { ...this.#options.hardware, ...(pve === undefined ? {} : { pve }) };
    if (this.#place) this.#place.reset(pve);
    else this.#store.write(freshState(hardware, this.#clock(), this.#random));
  }

  /** Boots it, as when it is switched on. */
  boot(): void {
    rebootNode(silentCall(() => this.#state(), this.#clock, this.#random));
    this.#save();
  }

  /** Whether there is no node yet: the next process would begin another one. */
  isNew(): boolean {
    this.#state();
    return this.#store.isUnsaved;
  }

  /** Becomes a copy of that node, under an identity of its own: what is recorded of the node says nothing of it. */
  become(node: Twin): void {
    const { id } = this.#place
      ? this.#state()
      : freshState(this.#options.hardware, this.#clock(), this.#random);
    this.#store.write({ ...node.state(), id });
  }

  /** A copy of the whole state. */
  state(): TwinState {
    return copyState(this.#state());
  }

  /** What `phx twin show` tells. */
  describe(): TwinSummary {
    return summarise(this.#state());
  }

  /** Puts a signature on a disk, as if it had been used elsewhere. Throws `PhxError` when that disk cannot have it. */
  signDisk(path: string, wish: DiskWish): void {
    signDisk(this.#state(), path, wish);
    this.#save();
  }

  addFault(fault: Fault): void {
    this.#state().faults.push({ ...fault, seen: 0 });
    this.#save();
  }

  clearFaults(): void {
    this.#state().faults = [];
    this.#save();
  }

  faults(): readonly Fault[] {
    return this.#state().faults.map(({ seen: _, ...fault }) => fault);
  }

  #state(): TwinState {
    const known = this.#store.read();
    if (known) {
      this.time.catchUp(known.ahead ?? 0);
      return known;
    }
    const fresh = freshState(this.#options.hardware, this.#clock(), this.#random);
    this.#store.begin(fresh);
    return fresh;
  }

  #checkUp(): void {
    const problem = this.#place?.problem();
    if (problem) throw problem;
  }

  /** Lets timers fire that are due by now. */
  #settle(): void {
    this.#place?.settle();
    if (settle(() => this.#state(), this.#clock, this.#random)) this.#save();
  }

  #save(): void {
    const state = this.#store.read();
    if (state) this.#keep(state);
  }

  /** Runs the program from pause to pause. True when it was killed at its first pause. */
  async #execute(run: Run, kill: boolean): Promise<boolean> {
    const { command, printer } = run;
    const state = () => this.#state();
    const call: Call = {
      program: command.argv[0] ?? '',
      args: command.argv.slice(1),
      stdin: command.stdin ?? '',
      get state() {
        return state();
      },
      now: () => this.#clock(),
      random: this.#random,
      out: (text) => printer.out(text),
      err: (text) => printer.err(text),
      lock: (path) => this.#locks.take(path, run),
      exit: (code) => {
        run.exit = code;
        run.answered = run.ended !== undefined;
      },
    };
    if (this.#options.latency === 'real' || command.signal?.aborted)
      await this.#pass(run, startTime(call.program));
    if (run.ended) return false;
    const { argv } = command;
    const place = this.#place;
    const take = <T>(step: () => T): T => (place ? place.step(argv, step) : step());
    try {
      const work = take(() => runProgram(call));
      let step = work && take(() => work.next());
      while (work && step && !step.done) {
        await this.#write(run);
        if (kill) return true;
        await this.#pass(run, step.value, true);
        if (run.ended && command.signal?.reason === 'SIGKILL') return true;
        if (place?.problem()) throw new LostError(this.label, argv, 'the node was switched off');
        step = take(() => (run.ended ? work.throw(new Interrupted()) : work.next()));
      }
    } catch (error) {
      if (error instanceof Refusal) {
        printer.err(error.message);
        run.exit = error.exit;
      } else if (!(error instanceof Interrupted)) throw error;
    }
    await this.#write(run);
    return false;
  }

  /** Writes the state, with the time that has passed on this node. */
  #keep(state: TwinState): void {
    this.#store.write(this.#stamped(state));
  }

  #stamped(state: TwinState): TwinState {
    const { ahead } = this.time;
    if (ahead > 0) state.ahead = ahead;
    return state;
  }

  /** Nobody hears of a change before it is on disk. */
  async #write(run: Run): Promise<void> {
    const state = () => this.#stamped(this.#state());
    const { argv, stdin } = run.command;
    // Among many nodes that share much, finding out that nothing has changed is most of the work.
    const hasPassed = () => this.time.ahead > (this.#state().ahead ?? 0);
    if (this.#place && onlyLooks(argv, stdin) && !hasPassed()) return run.printer.flush();
    if (this.#store.isVolatile) this.#store.write(state());
    else await this.#store.commit(state);
    run.printer.flush();
  }

  /** Lets time pass until the command's deadline or signal; notes in `run` when one of them ended it. */
  async #pass(run: Run, ms: number, always = false): Promise<void> {
    const { signal, deadline } = run.command;
    const scaled = this.#options.latency === 'real' || ms === Number.POSITIVE_INFINITY ? ms : 0;
    if (signal?.aborted) run.ended = 'aborted';
    if (run.ended || (scaled === 0 && !always)) return;
    const left = deadline === undefined ? Number.POSITIVE_INFINITY : deadline - run.passed;
    const time = Math.min(scaled, left);
    if (time > 0)
      await (time === Number.POSITIVE_INFINITY ? untilAborted(signal) : this.#sleep(time, signal));
    else await Promise.resolve();
    run.passed += time;
    if (signal?.aborted) run.ended = 'aborted';
    else if (scaled > left) run.ended = 'deadline';
  }

  async #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.time.sleep(ms, signal);
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  }

  /** phx's own process is killed here; where `killRun` is injected and returns, the command ends as if it was killed. */
  #killed(run: Run): Outcome {
    for (const state of this.#place?.states() ?? [this.#state()]) {
      orphanWorkers(state, this.#clock());
      orphanTasks(state, this.#clock());
    }
    this.#save();
    const kill = this.#options.killRun ?? (() => process.kill(process.pid, 'SIGKILL'));
    kill();
    run.exit = 137;
    return run.end(this.#clock());
  }
}

function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}
