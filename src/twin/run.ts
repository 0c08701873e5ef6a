/** One running command: its output, exit code, elapsed time and how it ended. It knows no program. */

import type { Command, Outcome } from '../core/host.ts';
import { Printer } from './printer.ts';

/** One running command. */
export class Run {
  readonly command: Command;
  readonly printer: Printer;
  readonly #began: number;
  exit = 0;
  /** Whether the program itself said how it ended, after a signal had told it to end. */
  answered = false;
  /** Simulated milliseconds since its start. */
  passed = 0;
  ended: Outcome['ended'];

  constructor(began: number, command: Command) {
    this.#began = began;
    this.command = command;
    this.printer = new Printer(command.onLine);
  }

  end(now: number): Outcome {
    this.printer.end();
    const exit =
      this.ended === 'deadline' ? 124 : this.ended === 'aborted' && !this.answered ? 130 : this.exit;
    const { stdout, stderr } = this.printer;
    return {
      exit,
      stdout,
      stderr,
      ms: Math.max(0, now - this.#began),
      ...(this.ended ? { ended: this.ended } : {}),
    };
  }
}
