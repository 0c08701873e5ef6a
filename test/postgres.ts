/**
 * A real PostgreSQL server on a unix socket of its own in a temporary folder, without any port, for tests of the history of a
 * team; for tests of TLS on loopback beside it. It refuses root: there it runs as nobody.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, chownSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Made } from './certificate.ts';
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
  #settings: Readonly<Record<string, string>> = { listen_addresses: '' };

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** A new server that listens; with a certificate on 127.0.0.1 and 127.0.0.2, too, for whoever speaks TLS and has a password. */
  static async start(made?: Made): Promise<Postgres> {
    const folder = tempFolder();
    const server = new Postgres(folder);
    for (const part of ['data', 'socket']) mkdirSync(join(folder, part), { mode: 0o700 });
    if (isRoot)
      for (const path of [folder, join(folder, 'data'), join(folder, 'socket')])
        chownSync(path, nobody, nobody);
    const given = ['-D', join(folder, 'data'), '-U', 'phx', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'];
    const [program = '', ...words] = command('initdb', given);
    execFileSync(program, words, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder });
    if (made) await server.#encrypt(made);
    process.once('exit', () => server.#daemon?.kill('SIGQUIT'));
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const log = openSync(join(this.#folder, 'log'), 'a');
    const settings = { ...this.#settings, unix_socket_directories: this.#socket, fsync: 'off' };
    const [program = '', ...words] = command('postgres', [
      ...['-D', join(this.#folder, 'data')],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    const daemon = spawn(program, words, { stdio: ['ignore', log, log], cwd: this.#folder });
    this.#daemon = daemon;
    daemon.unref();
    // A socket that answers is no server yet: it may still be starting up.
    const isReady = () => spawnSync('pg_isready', ['-q', '-h', this.#socket, '-p', this.port]).status === 0;
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

  get port(): string {
    return this.#settings.port ?? '5432';
  }

  /** Address of a new, empty database. */
  database(): string {
    const name = `test${++this.#databases}`;
    this.sql('postgres', `create database ${name}`);
    return this.#at(name);
  }

  #at(name: string): string {
    const port = this.#settings.port === undefined ? '' : `:${this.port}`;
    return `postgres://phx@${encodeURIComponent(this.#socket)}${port}/${name}`;
  }

  /** Before its first start. */
  async #encrypt({ cert, key }: Made): Promise<void> {
    const files = { ssl_cert_file: 'server.crt', ssl_key_file: 'server.key' };
    const texts = {
      [files.ssl_cert_file]: cert,
      [files.ssl_key_file]: key,
      'pg_hba.conf': 'local all all trust\nhostssl all all 127.0.0.0/8 scram-sha-256\n',
    };
    for (const [name, text] of Object.entries(texts)) {
      const path = join(this.#folder, 'data', name);
      writeFileSync(path, text, { mode: 0o600 });
      if (isRoot) chownSync(path, nobody, nobody);
    }
    const port = String(await freePort());
    this.#settings = { listen_addresses: '127.0.0.1,127.0.0.2', port, ...files };
    appendFileSync(join(this.#folder, 'data', 'postgresql.conf'), 'ssl = on\n');
  }

  /** Whether connections that begin from now on may be encrypted. */
  setTls(to: 'on' | 'off'): void {
    this.sql('postgres', `alter system set ssl = ${to}`);
    this.sql('postgres', 'select pg_reload_conf()');
    while (this.sql('postgres', 'show ssl') !== to);
  }

  /** What psql answers, without frames; `database` is a name or an address. */
  sql(database: string, text: string): string {
    const at = database.includes('://') ? database : this.#at(database);
    const words = ['-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', '-c', text, at];
    return execFileSync('psql', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  get #socket(): string {
    return join(this.#folder, 'socket');
  }

  async #answers(): Promise<boolean> {
    await setImmediate();
    return new Promise((resolve) => {
      const socket = connect(join(this.#socket, `.s.PGSQL.${this.port}`));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
    });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

function command(program: string, words: readonly string[]): readonly string[] {
  const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
  return isRoot ? [...asNobody, program, ...words] : [program, ...words];
}
