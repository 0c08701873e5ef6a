/**
 * Commands that go on when phx dies: started in a session of their own, output and exit code in files, and followed.
 * A `pct` whose reader goes away dies half-way and leaves locks and volumes behind (B103 to B109).
 */

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Outcome } from '../core/host.ts';

/** Runs the command given as arguments; its exit code appears whole, by rename, when it has ended. */
const keeper = '"$@"; echo $? >"$PHX_EXIT.new"; mv "$PHX_EXIT.new" "$PHX_EXIT"';
const lookEvery = 100;

export interface DetachedSetup {
  /** Folder for the files of commands that run: /var/lib/phx/run on a node. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: () => number;
}

/** Starts the command and follows it to its end. When this process dies, the command does not. */
export async function runDetached(command: Command, name: string, setup: DetachedSetup): Promise<Outcome> {
  const { clock } = setup;
  const files = join(setup.folder, name);
  mkdirSync(files, { recursive: true, mode: 0o700 });
  const paths = { out: join(files, 'out'), err: join(files, 'err'), exit: join(files, 'exit') };
  const started = clock();
  const child = start(command, paths, setup.env);
  const streams = { stdout: new Follower(paths.out), stderr: new Follower(paths.err) };
  let ended: Outcome['ended'];
  let killed = false;
  for (;;) {
    const exit = readOptional(paths.exit);
    for (const stream of ['stdout', 'stderr'] as const) {
      for (const line of streams[stream].lines(exit !== undefined)) command.onLine?.(stream, line);
    }
    if (exit !== undefined || child.gone()) {
      const { stdout, stderr } = { stdout: streams.stdout.text, stderr: streams.stderr.text };
      rmSync(files, { recursive: true, force: true });
      const code = ended === 'deadline' ? 124 : ended === 'aborted' ? 130 : Number(exit ?? 137);
      return { exit: code, stdout, stderr, ms: clock() - started, ...(ended ? { ended } : {}) };
    }
    if (command.signal?.aborted) ended ??= 'aborted';
    if (command.deadline !== undefined && clock() - started > command.deadline) ended ??= 'deadline';
    if (ended && !killed) {
      killed = true;
      child.end();
    }
    await new Promise((resolve) => setTimeout(resolve, lookEvery));
  }
}

function start(
  command: Command,
  paths: { out: string; err: string; exit: string },
  env: DetachedSetup['env'],
) {
  const out = openSync(paths.out, 'w', 0o600);
  const err = openSync(paths.err, 'w', 0o600);
  const child = spawn('sh', ['-c', keeper, 'sh', ...command.argv], {
    detached: true,
    env: { ...env, PHX_EXIT: paths.exit },
    stdio: ['ignore', out, err],
  });
  closeSync(out);
  closeSync(err);
  let gone = false;
  child.on('exit', () => {
    gone = true;
  });
  child.on('error', () => {
    gone = true;
  });
  child.unref();
  return {
    gone: () => gone && readOptional(paths.exit) === undefined,
    /** Ends the whole group: first politely, for good after three seconds. */
    end: () => {
      signalGroup(child.pid, 'SIGTERM');
      setTimeout(() => signalGroup(child.pid, 'SIGKILL'), 3000).unref();
    },
  };
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    return;
  }
}

/** What a growing file says, line by line. */
class Follower {
  readonly #path: string;
  #told = 0;
  text = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** Complete lines that are new; at the end also one without a line feed. */
  lines(last: boolean): string[] {
    this.text = readOptional(this.#path) ?? '';
    const end = last ? this.text.length : this.text.lastIndexOf('\n') + 1;
    if (end <= this.#told) return [];
    const fresh = this.text.slice(this.#told, end).replace(/\n$/, '').split('\n');
    this.#told = end;
    return fresh;
  }
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
