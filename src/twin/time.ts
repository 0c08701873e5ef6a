/**
 * The time of a simulated node. Where nothing takes time, nothing is waited for: a sleep ends at once, and the clock has
 * moved on by as much. Otherwise time passes as that of the process does, or so many times faster. It knows no command.
 */

import { setTimeout as wait } from 'node:timers/promises';
import type { Time } from '../core/time.ts';

export interface TimeSource {
  /** Epoch milliseconds of the process. */
  readonly clock: () => number;
  /** Of the process, too. */
  readonly sleep?: Time['sleep'];
  /** How fast time passes; `skip`: whatever is waited for is there at once. */
  readonly speed: number | 'skip';
}

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** The longest that node's timers can wait; more ends at once. */
const longestTimer = 2 ** 31 - 1;

export class TwinTime implements Time {
  readonly #source: TimeSource;
  readonly #began: number;
  /** By how much this clock is ahead of the process's, apart from its speed. */
  #ahead = 0;
  #sleepers: Sleeper[] = [];
  #turning = false;

  constructor(source: TimeSource) {
    this.#source = source;
    this.#began = source.clock();
  }

  readonly now = (): number => {
    const present = this.#source.clock();
    return present + this.#ahead + this.#gained(present);
  };

  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    const { speed, sleep = processSleep } = this.#source;
    if (speed !== 'skip') return sleep(Math.min(ms / speed, longestTimer), signal);
    return this.#skip(ms, signal);
  };

  /** Milliseconds that this clock is ahead of the process's. */
  get ahead(): number {
    const { speed, clock } = this.#source;
    return speed === 'skip' ? this.#ahead : this.#ahead + this.#gained(clock());
  }

  /** Time that has passed for another process on the same node has passed here, too. */
  catchUp(ahead: number): void {
    const behind = ahead - this.ahead;
    if (behind > 0) this.#ahead += behind;
  }

  /** What a faster pace has brought by then. */
  #gained(present: number): number {
    const { speed } = this.#source;
    return speed === 'skip' ? 0 : (present - this.#began) * (speed - 1);
  }

  #skip(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        until: this.now() + ms,
        wake: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#sleepers.push(sleeper);
      this.#turn();
    });
  }

  /** Wakes the next one, once all who are awake have had their turn: so sleepers wake in the order of their times. */
  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    setImmediate(() => {
      this.#turning = false;
      const next = this.#sleepers.reduce<Sleeper | undefined>(
        (first, one) => (first && first.until <= one.until ? first : one),
        undefined,
      );
      if (!next) return;
      this.#sleepers = this.#sleepers.filter((one) => one !== next);
      this.#ahead += Math.max(0, next.until - this.now());
      next.wake();
      if (this.#sleepers.length > 0) this.#turn();
    });
  }
}

async function processSleep(ms: number, signal?: AbortSignal): Promise<void> {
  await wait(ms, undefined, signal ? { signal } : {});
}
