/** Writes what every task's commands printed to `.cache/log/<run>/<task>.log`, and drops the logs of old runs. */

import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { printArgv } from '../core/error.ts';
import type { RunEvent } from '../core/event.ts';
import { keepNewest, retention } from '../core/retention.ts';

export class CommandLog {
  readonly #parent: string;
  readonly #folder: string;
  #made = false;

  constructor(parent: string, run: string) {
    this.#parent = parent;
    this.#folder = join(parent, run);
  }

  event(event: RunEvent): void {
    if (event.type === 'line')
      this.#write(event.task, `${event.stream === 'stdout' ? '' : `${event.stream}: `}${event.text}`);
    else if (event.type === 'started') this.#write(event.task, `== started, attempt ${event.attempt}`);
    else if (event.type === 'done' || event.type === 'failed') {
      for (const { argv, exit, ms } of event.commands)
        this.#write(event.task, `$ ${printArgv(argv)}  # exit ${exit}, ${ms} ms`);
      this.#write(event.task, `== ${event.type} after ${event.ms} ms`);
    }
  }

  close(): void {
    if (!this.#made) return;
    keepNewest(this.#parent, retention);
  }

  #write(task: string, line: string): void {
    if (!this.#made) mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#made = true;
    const file = `${task.replace(/[^\w.-]+/g, '_')}.log`;
    appendFileSync(join(this.#folder, file), `${line}\n`, { mode: 0o600 });
  }
}
