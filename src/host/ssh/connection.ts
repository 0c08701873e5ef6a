/**
 * One connection to a node that all commands share (ssh calls it a master). It is opened when it is first needed, and anew
 * when it was lost; it ends with phx, however phx ends. It knows no command of a node.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UnreachableError } from '../../core/error.ts';
import { type Started, startProcess, textOf } from '../start-process.ts';
import { aloneArgs, masterArgs, type SshTarget, sharedArgs } from './arguments.ts';
import { unreachable } from './unreachable.ts';

export interface ConnectionSetup extends SshTarget {
  /** What people call the node. */
  readonly label: string;
  /** Folder of one's own below which the socket is made; its path has to be short. */
  readonly folder: string;
  /** Of the ssh program itself, which asks for the agent's socket there. */
  readonly env: Readonly<Record<string, string>>;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface Session {
  /** Starts a command, which is one line for the login shell. */
  start(command: string, input?: string): Started;
  /** Whoever noticed that this connection is gone says so: the next one opens another. */
  drop(): void;
}

/**
 * Says that it is there, and from which address that is seen; stays for as long as somebody holds its input: it ends with phx,
 * also with one that is killed.
 */
const standing = 'echo "phx stands $SSH_CONNECTION"; exec cat >/dev/null';

/** Pauses before the tries to come back to a node that was there before, in milliseconds: about two minutes. */
const pauses = [0, 500, 1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 30_000];

/** A node's sshd takes ten sessions at once over a connection unless it is told otherwise; one is the connection's own. */
const sessions = 8;

export class Connection {
  readonly #setup: ConnectionSetup;
  #folder: string | undefined;
  #count = 0;
  #stood = false;
  #standing: Promise<Standing> | undefined;
  readonly #slots = new Slots(sessions);

  constructor(setup: ConnectionSetup) {
    this.#setup = setup;
  }

  /** Runs something with a session of the connection; rejects with what a person can act upon when there is none to be had. */
  use<T>(act: (session: Session) => Promise<T>): Promise<T> {
    return this.#slots.within(async () => {
      const opening = this.#open();
      const { socket, end } = await opening;
      return act({
        start: (command, input = '') =>
          start(sharedArgs(this.#setup, socket, command), this.#setup.env, input),
        drop: () => {
          this.#forget(opening);
          end();
        },
      });
    });
  }

  async operator(): Promise<string | undefined> {
    return (await this.#open()).operator || undefined;
  }

  /** Proves that a new connection comes through; rejects with what ssh says. */
  async alone(): Promise<void> {
    const { exitCode, stderr, shortMessage } = await start(
      aloneArgs(this.#setup, 'true'),
      this.#setup.env,
      '',
    );
    if (exitCode !== 0) throw new Error(textOf(stderr).trim() || (shortMessage ?? 'ssh failed'));
  }

  close(): void {
    void this.#standing?.then(
      ({ end }) => end(),
      () => {},
    );
    this.#standing = undefined;
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  #open(): Promise<Standing> {
    if (!this.#standing) {
      const opening = this.#stood ? this.#again() : this.#once();
      this.#standing = opening;
      opening.then(
        (standing) => {
          this.#stood = true;
          void standing.ended.then(() => this.#forget(opening));
        },
        () => this.#forget(opening),
      );
    }
    return this.#standing;
  }

  #forget(opening: Promise<Standing>): void {
    if (this.#standing === opening) this.#standing = undefined;
  }

  /** A node that was there a moment ago may be on its way back: a changed network, a new sshd. */
  async #again(): Promise<Standing> {
    for (const [at, pause] of pauses.entries()) {
      if (pause > 0) await this.#setup.sleep(pause);
      try {
        return await this.#once();
      } catch (error) {
        if (at === pauses.length - 1 || !(error instanceof UnreachableError)) throw error;
      }
    }
    throw new Error('there is at least one try');
  }

  async #once(): Promise<Standing> {
    this.#folder ??= mkdtempSync(join(this.#setup.folder, 'phx-'));
    const socket = join(this.#folder, String(++this.#count));
    const child = start(masterArgs(this.#setup, socket, standing), this.#setup.env);
    const stood = firstLine(child);
    const failed = await Promise.race([stood, child]);
    if (typeof failed !== 'string')
      throw unreachable(this.#setup, textOf(failed.stderr) || (failed.shortMessage ?? ''));
    const [, , operator] = failed.split(' ');
    return { socket, operator, ended: child.then(() => {}), end: () => child.kill() };
  }
}

interface Standing {
  readonly socket: string;
  /** Address that this machine has there. */
  readonly operator: string | undefined;
  readonly ended: Promise<void>;
  end(): void;
}

/** Without `input` its input stays open for as long as this process lives. Ctrl-C is for phx, which ends what runs in its own order. */
function start(args: readonly string[], env: Readonly<Record<string, string>>, input?: string): Started {
  return startProcess('ssh', args, { env, input: input === undefined ? 'open' : { text: input } });
}

function firstLine({ stdout }: Started): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    stdout?.on('data', (piece: Buffer) => {
      said += piece.toString();
      if (said.includes('\n')) resolve(said.slice(0, said.indexOf('\n')));
    });
  });
}

/** As many at once as there are slots; the others wait their turn. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async within<T>(act: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
