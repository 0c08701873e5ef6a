/**
 * One command over the connection: sent in its envelope, followed to its end, ended when its time is up, and sent again where
 * the connection was lost and that does no harm.
 */

import { randomBytes } from 'node:crypto';
import { LostError, UnreachableError } from '../../core/error.ts';
import type { Command, Outcome } from '../../core/host.ts';
import { Lines } from '../lines.ts';
import { textOf } from '../start-process.ts';
import type { Connection, Session } from './connection.ts';
import { endGroup, open, seal, untilGone } from './envelope.ts';

export interface RunSetup {
  /** What people call the node. */
  readonly label: string;
  /** All variables that commands on the node see. */
  readonly nodeEnv: Readonly<Record<string, string>>;
  readonly clock: () => number;
}

/** How many times what may be sent again is. */
const tries = 5;

type Ended = Outcome & { readonly bytes: Buffer };

/** `alone`: before it is sent again, the one before is waited for, which must not have its effect later than what follows. */
export async function runOver(
  connection: Connection,
  setup: RunSetup,
  command: Command,
  { alone = false } = {},
): Promise<Ended> {
  for (let left = tries; ; left--) {
    const mark = randomWord();
    const ended = await connection.use(async (session) => {
      const told = await follow(session.start, mark, setup, command);
      if ('why' in told) session.drop();
      return told;
    });
    if (!('why' in ended)) return ended;
    const again = command.repeatable && left > 1;
    if (!again || alone) await settled(connection, mark, setup.clock, command.deadline);
    if (again) continue;
    throw new LostError(setup.label, command.argv, ended.why);
  }
}

/**
 * Waits for the end of a command whose end was not told, for as long as it might have taken: whoever looks at the node now
 * must not see it at its work. Where the node cannot be asked, the next one who asks is told so.
 */
async function settled(
  connection: Connection,
  mark: string,
  clock: () => number,
  deadline = 60_000,
): Promise<void> {
  const end = clock() + deadline;
  do {
    try {
      const gone = await connection.use(async ({ start, drop }) => {
        const { exitCode } = await start(untilGone(mark, 20));
        if (exitCode !== 0 && exitCode !== 1) drop();
        return exitCode === 0;
      });
      if (gone) return;
    } catch (error) {
      if (error instanceof UnreachableError) return;
      throw error;
    }
  } while (clock() < end);
}

/** How long after a command's end those may still write to its output whom it left behind, in milliseconds. */
const grace = 1000;
const beforeKill = 3000;
/** How long a command may take to begin, in milliseconds. */
const toBegin = 30_000;

async function follow(
  start: Session['start'],
  mark: string,
  { nodeEnv, clock }: RunSetup,
  { argv, stdin = '', deadline, signal, onLine }: Command,
): Promise<Ended | { readonly why: string }> {
  const began = clock();
  const { command, head } = seal(argv, nodeEnv, mark);
  const child = start(command, head + stdin);
  const told: { process?: number; exit?: number } = {};
  let ended: Outcome['ended'];
  const timers: NodeJS.Timeout[] = [];
  const later = (ms: number, act: () => void) => timers.push(setTimeout(act, ms));
  const send = async (name: 'TERM' | 'KILL') => {
    if (told.process !== undefined) await start(endGroup(told.process, name));
  };
  const end = (why: 'deadline' | 'aborted') => {
    if (ended) return;
    ended = why;
    void send('TERM');
    later(beforeKill, () => void send('KILL'));
    later(3 * beforeKill, () => child.kill());
  };
  // Its time begins when it does.
  const begun = () => {
    if (ended) void send('TERM');
    else if (deadline !== undefined) later(deadline, () => end('deadline'));
  };
  if (deadline !== undefined) later(deadline + toBegin, () => end('deadline'));
  const abort = () => end('aborted');
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });

  const lines = { stdout: new Lines(), stderr: new Lines() };
  const tell = (stream: 'stdout' | 'stderr', found: readonly string[]) => {
    for (const line of found) onLine?.(stream, line);
  };
  let quiet: NodeJS.Timeout | undefined;
  child.stdout?.on('data', (piece: Buffer) => {
    quiet?.refresh();
    tell('stdout', lines.stdout.take(piece));
  });
  child.stderr?.on('data', (piece: Buffer) => {
    quiet?.refresh();
    for (const line of lines.stderr.take(piece)) {
      const { stderr: own, ...marks } = open(`${line}\n`, mark);
      Object.assign(told, marks);
      if (marks.process !== undefined) begun();
      // A line of marks alone is none of the command's.
      if (own !== '' || line === '') tell('stderr', [own.replace(/\n$/, '')]);
    }
    if (told.exit !== undefined && !quiet) {
      quiet = setTimeout(() => child.kill(), grace);
      timers.push(quiet);
    }
  });
  try {
    const result = await child;
    tell('stdout', lines.stdout.rest());
    tell('stderr', lines.stderr.rest());
    const bytes = Buffer.from(result.stdout ?? []);
    const { stderr, exit } = open(textOf(result.stderr), mark);
    const ms = clock() - began;
    const outputs = { stdout: bytes.toString(), stderr, bytes, ms };
    // Whoever of the group did not listen.
    if (ended) await send('KILL');
    if (ended) return { ...outputs, exit: ended === 'deadline' ? 124 : 130, ended };
    if (exit === undefined)
      return { why: stderr.trim() || `ssh ended with ${result.exitCode ?? result.signal}` };
    return { ...outputs, exit };
  } finally {
    signal?.removeEventListener('abort', abort);
    for (const timer of timers) clearTimeout(timer);
  }
}

/** A word that nobody else has. */
export function randomWord(): string {
  return randomBytes(8).toString('hex');
}
