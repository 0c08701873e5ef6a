/**
 * A real PostgreSQL server on a unix socket of its own in a temporary folder, without any port, for tests of the history of a
 * team. It refuses root: there it runs as nobody.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { tempFolder } from './temp.ts';

const isRoot = userInfo().uid === 0;
const nobody = 65534;

let started: Promise<Postgres> | undefined;

/** The one of this test process: it takes a second to make, and ends with the process. */
export function postgres(): Promise<Postgres> {
  started ??= Postgres.start();
  return started;
}

/** One server, running or stopped. */
export class Postgres {
  readonly #folder: string;
  #daemon: ReturnType<typeof spawn> | undefined;
  #databases = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** A new server that listens. */
  static async start(): Promise<Postgres> {
    const folder = tempFolder();
    const server = new Postgres(folder);
    for (const part of ['data', 'socket']) mkdirSync(join(folder, part), { mode: 0o700 });
    if (isRoot)
      for (const path of [folder, join(folder, 'data'), join(folder, 'socket')])
        chownSync(path, nobody, nobody);
    const given = ['-D', join(folder, 'data'), '-U', 'phx', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'];
    const [program = '', ...words] = command('initdb', given);
    execFileSync(program, words, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder });
    process.once('exit', () => server.#daemon?.kill('SIGQUIT'));
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const log = openSync(join(this.#folder, 'log'), 'a');
    const settings = { listen_addresses: '', unix_socket_directories: this.#socket, fsync: 'off' };
    const [program = '', ...words] = command('postgres', [
      ...['-D', join(this.#folder, 'data')],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    const daemon = spawn(program, words, { stdio: ['ignore', log, log], cwd: this.#folder });
    this.#daemon = daemon;
    daemon.unref();
    // A socket that answers is no server yet: it may still be starting up.
    const isReady = () => spawnSync('pg_isready', ['-q', '-h', this.#socket]).status === 0;
    while (!(await this.#answers()) || !isReady())
      assert.equal(daemon.exitCode, null, readFileSync(join(this.#folder, 'log'), 'utf8'));
  }

  /** Ends every connection at once. */
  async stop(): Promise<void> {
    const daemon = this.#daemon;
    if (!daemon || daemon.exitCode !== null) return;
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.ref();
    daemon.kill('SIGINT');
    await ended;
  }

  /** Address of a new, empty database. */
  database(): string {
    const name = `test${++this.#databases}`;
    this.sql('postgres', `create database ${name}`);
    return `postgres://phx@${encodeURIComponent(this.#socket)}/${name}`;
  }

  /** What psql answers, without frames; `database` is a name or an address. */
  sql(database: string, text: string): string {
    const at = database.includes('://')
      ? database
      : `postgres://phx@${encodeURIComponent(this.#socket)}/${database}`;
    const words = ['-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', '-c', text, at];
    return execFileSync('psql', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  get #socket(): string {
    return join(this.#folder, 'socket');
  }

  async #answers(): Promise<boolean> {
    await setImmediate();
    return new Promise((resolve) => {
      const socket = connect(join(this.#socket, '.s.PGSQL.5432'));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
    });
  }
}

function command(program: string, words: readonly string[]): readonly string[] {
  const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
  return isRoot ? [...asNobody, program, ...words] : [program, ...words];
}
