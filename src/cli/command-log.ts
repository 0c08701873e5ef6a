/**
 * Writes what every task's commands printed to `.cache/log/<run>/<task>.log`, and drops the logs of old runs. Nothing
 * depends on it: where it cannot be written a run goes on, and is told so once.
 */

import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { printArgv, problemOf } from '../core/error.ts';
import type { RunEvent } from '../core/event.ts';
import { keepNewest, retention } from '../core/retention.ts';

/** Lines of a log that are shown where a task is. */
const shownLines = 40;

/** The end of what a task's log says, in the folder of its run; nothing where it was dropped, as logs are with time. */
export function endOfLog(folder: string, task: string): string[] {
  try {
    return readFileSync(join(folder, logFile(task)), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-shownLines);
  } catch {
    return [];
  }
}

/** The file of a task's log, in the folder of its run. */
function logFile(task: string): string {
  return `${task.replace(/[^\w.-]+/g, '_')}.log`;
}

export class CommandLog {
  readonly #parent: string;
  readonly #folder: string;
  readonly #missed: (why: string) => void;
  #made = false;
  #told = false;

  /** `missed` is told of the first line that could not be written, and why. */
  constructor(parent: string, run: string, missed: (why: string) => void = () => {}) {
    this.#parent = parent;
    this.#folder = join(parent, run);
    this.#missed = missed;
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
    const file = logFile(task);
    try {
      if (!this.#made) mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      this.#made = true;
      appendFileSync(join(this.#folder, file), `${line}\n`, { mode: 0o600 });
    } catch (error) {
      if (this.#told) return;
      this.#told = true;
      this.#missed(problemOf(error).title);
    }
  }
}
