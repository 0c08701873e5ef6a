/** This very machine as a host: commands through execa, files through node:fs. It knows no Proxmox. */

import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { constants, networkInterfaces } from 'node:os';
import type { Command, FileMode, Host, Outcome } from '../core/host.ts';
import { runDetached } from './detached.ts';
import { Lines } from './lines.ts';
import { startProcess, textOf } from './start-process.ts';
import { writeWhole } from './write-file.ts';

/** What is asked of the machine; `env` is handed to every command. */
export interface LocalSetup {
  readonly hostname: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: () => number;
  /** Where detached commands keep their output; default /var/lib/phx/run. */
  readonly runFolder?: string;
  /** The operator's session as sshd tells of it: his address, his port, the own address, the own port; undefined at the console. */
  readonly session?: string | undefined;
}

export function localHost({
  hostname,
  env,
  clock,
  runFolder = '/var/lib/phx/run',
  session,
}: LocalSetup): Host {
  const [operator, , sessionAddress] = session?.split(' ') ?? [];
  return {
    kind: 'local',
    label: `local node ${hostname}`,
    identity: async () => `node-${(await readOptional('/etc/machine-id'))?.trim() || hostname}`,
    run: (command) =>
      command.detached
        ? runDetached(command, randomName(), { folder: runFolder, env, clock })
        : runLocally(command, env, clock),
    readFile: readOptional,
    writeFile: (path: string, text: string, mode?: FileMode) => writeWhole(path, text, mode?.mode ?? 0o644),
    removeFile: (path) => rm(path, { force: true }),
    // phx runs on the node itself: what can be cut is the way by which its operator came in.
    reach: async () => {
      const own = Object.values(networkInterfaces()).flatMap((faces) => faces ?? []);
      if (sessionAddress === undefined || own.some(({ address }) => address === sessionAddress)) return;
      throw new Error(`the address ${sessionAddress}, which your session came in by, is gone`);
    },
    operator: async () => operator || undefined,
    close: async () => {},
  };
}

/** Runs the command to its end, or to that of its time. */
async function runLocally(
  { argv, stdin, deadline, signal, onLine }: Command,
  env: Readonly<Record<string, string>>,
  clock: () => number,
): Promise<Outcome> {
  const [program = '', ...args] = argv;
  const started = clock();
  const child = startProcess(program, args, { env, input: stdin === undefined ? 'closed' : { text: stdin } });
  let ended: Outcome['ended'];
  const end = (why: 'deadline' | 'aborted') => {
    ended ??= why;
    killGroup(child.pid, 'SIGTERM');
    hard ??= setTimeout(() => killGroup(child.pid, 'SIGKILL'), 3000);
  };
  let hard: NodeJS.Timeout | undefined;
  const timer = deadline === undefined ? undefined : setTimeout(() => end('deadline'), deadline);
  const abort = () => end('aborted');
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  if (onLine) {
    forwardLines(child.stdout, (line) => onLine('stdout', line));
    forwardLines(child.stderr, (line) => onLine('stderr', line));
  }
  const result = await child;
  clearTimeout(timer);
  clearTimeout(hard);
  // Its leader has ended and all output is closed: whatever of the group still heeds nothing goes now.
  if (ended) killGroup(child.pid, 'SIGKILL');
  signal?.removeEventListener('abort', abort);
  const exit = ended === 'deadline' ? 124 : ended === 'aborted' ? 130 : exitOf(result);
  const missing = result.failed && result.exitCode === undefined && !result.isTerminated;
  const stderr = missing ? `${program}: ${result.shortMessage}\n` : textOf(result.stderr);
  return {
    exit,
    stdout: textOf(result.stdout),
    stderr,
    ms: clock() - started,
    ...(ended ? { ended } : {}),
  };
}

const signalNumbers: Readonly<Record<string, number>> = constants.signals;

function exitOf(result: { exitCode?: number | undefined; signal?: string | undefined }): number {
  if (result.exitCode !== undefined) return result.exitCode;
  return result.signal ? 128 + (signalNumbers[result.signal] ?? 0) : 127;
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    return;
  }
}

function forwardLines(stream: NodeJS.ReadableStream | null, tell: (text: string) => void): void {
  const lines = new Lines();
  stream?.on('data', (piece: Buffer) => {
    for (const line of lines.take(piece)) tell(line);
  });
  stream?.on('end', () => {
    for (const line of lines.rest()) tell(line);
  });
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A name that nobody else has. */
function randomName(): string {
  return randomBytes(6).toString('hex');
}
