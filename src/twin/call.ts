/** What a program of the twin gets and gives: its arguments, the state, its output. It knows no program. */

import type { Random } from './random.ts';
import type { TwinState } from './state.ts';

/**
 * The course of a program: it runs synchronously from `yield` to `yield`; a yielded number is how many milliseconds pass
 * there on a real node. The state is saved before and may have changed after (read `call.state` anew). When the command
 * is ended there (SIGTERM: deadline or abort), `Interrupted` is thrown at the `yield`.
 */
export type Work = Generator<number, void, void>;

/** A program of the node. Returns nothing when it is done at once. */
export type Program = (call: Call) => Work | undefined;

/** Thrown at a `yield` when the command is ended by a signal. */
export class Interrupted extends Error {}

/** Ends the program with a message on standard error. */
export class Refusal extends Error {
  readonly exit: number;
  constructor(message: string, exit: number) {
    super(message);
    this.exit = exit;
  }
}

/** Refuses: `text` (a line break is added when missing) on standard error, non-zero exit (B1: only zero or not counts). */
export function refuse(text: string, exit = 255): never {
  throw new Refusal(text.endsWith('\n') ? text : `${text}\n`, exit);
}

/** One command on the node. */
export interface Call {
  /** The program's name as it was given. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  readonly stdin: string;
  /** The node's state; a getter, since it may have been read anew after a `yield`. */
  readonly state: TwinState;
  /** Epoch milliseconds. */
  now(): number;
  readonly random: Random;
  /** Prints on standard output; the text says its own line breaks. */
  out(text: string): void;
  err(text: string): void;
  /** Takes a file's lock until this command ends; false where another command has it. */
  lock(path: string): boolean;
  /** Sets the exit code (0 when never called). */
  exit(code: number): void;
}
