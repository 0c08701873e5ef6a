/** The errors of phx: each carries what a person reads and the exit code that a script sees. Knows no Proxmox. */

import type { Problem } from './event.ts';
import type { Outcome } from './host.ts';
import { shellWord } from './quote.ts';

/** Exit codes, documented in docs/design.md; they never change meaning. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  config: 3,
  graph: 4,
  locked: 5,
  changes: 6,
  gate: 7,
  blocked: 8,
  deadline: 124,
  interrupted: 130,
} as const;

export type ExitName = keyof typeof exitCodes;

/** Any error that phx explains to a person. */
export class PhxError extends Error {
  override readonly name: string = 'PhxError';
  readonly problem: Problem;
  readonly exit: ExitName;

  constructor(
    exit: ExitName,
    problem: Omit<Problem, 'facts'> & { facts?: Problem['facts'] },
    cause?: unknown,
  ) {
    super(problem.title, cause === undefined ? undefined : { cause });
    this.exit = exit;
    this.problem = { facts: [], ...problem };
  }
}

/** A task cannot go on without a person: identity changed, not ours, or data would be lost. Nothing was changed. */
export class BlockedError extends PhxError {
  override readonly name = 'BlockedError';

  constructor(problem: Omit<Problem, 'facts'> & { facts?: Problem['facts'] }) {
    super('blocked', problem);
  }
}

/** A run has to stop here until the node was rebooted (or a like event); a later run goes on. */
export class GateError extends PhxError {
  override readonly name = 'GateError';

  constructor(problem: Omit<Problem, 'facts'> & { facts?: Problem['facts'] }) {
    super('gate', problem);
  }
}

/** A command of a task ended with a non-zero exit. */
export class CommandError extends PhxError {
  override readonly name = 'CommandError';
  readonly argv: readonly string[];
  readonly outcome: Outcome;

  constructor(argv: readonly string[], outcome: Outcome) {
    const last = lastLines(outcome.stderr || outcome.stdout, 8);
    super(outcome.ended === 'deadline' ? 'deadline' : 'failed', {
      title:
        outcome.ended === 'deadline'
          ? `${argv[0]} did not end within its deadline`
          : outcome.ended === 'aborted'
            ? `${argv[0]} was interrupted`
            : `${argv.slice(0, 2).join(' ')} failed with exit code ${outcome.exit}`,
      facts: [
        ['command', printArgv(argv)],
        ['exit', `${outcome.exit} after ${(outcome.ms / 1000).toFixed(1)}s`],
        ...(last ? ([['said', last]] as const) : []),
      ],
    });
    this.argv = argv;
    this.outcome = outcome;
  }
}

/** A command ended well, and printed what nobody can read: nothing is concluded from it. */
export function unreadable(argv: readonly string[], { stdout, stderr }: Outcome): PhxError {
  const said = lastLines(stdout || stderr, 8);
  return new PhxError('failed', {
    title: `${argv.slice(0, 2).join(' ')} ended well, but what it printed is not what it prints`,
    facts: [['command', printArgv(argv)], ...(said ? ([['said', said]] as const) : [])],
    hint: 'Nothing was concluded from it. Run it by hand on the node, and look.',
  });
}

/** Nothing can be asked of a host now: it is down, or no connection comes through. */
export class UnreachableError extends PhxError {
  override readonly name = 'UnreachableError';

  constructor(problem: Omit<Problem, 'facts'> & { facts?: Problem['facts'] }) {
    super('failed', problem);
  }
}

/** The connection was lost while a command ran: whether it did its work is known only to who looks at the node again. */
export class LostError extends PhxError {
  override readonly name = 'LostError';
  readonly argv: readonly string[];

  constructor(label: string, argv: readonly string[], why: string) {
    super('failed', {
      title: `The connection to ${label} was lost while ${argv.slice(0, 2).join(' ')} ran`,
      facts: [
        ['command', printArgv(argv)],
        ['why', why],
      ],
      hint: 'What came of it is looked at before anything else is done: run again.',
    });
    this.argv = argv;
  }
}

/** Turns whatever was thrown into a problem a person can read; unknown errors keep only their message. */
export function problemOf(error: unknown): Problem {
  if (error instanceof PhxError) return error.problem;
  const message = error instanceof Error ? error.message : String(error);
  return { title: message, facts: [] };
}

/** The last `count` lines that are not empty. */
export function lastLines(text: string, count: number): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n');
}

/** What another program's or library's error says, for a fact `why`. */
export function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An argv as a person could paste it: words that a shell would touch are quoted. */
export function printArgv(argv: readonly string[]): string {
  return argv.map(shellWord).join(' ');
}
