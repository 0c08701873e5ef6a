/**
 * A real sshd on loopback with a configuration, a port and throw-away keys of its own, for tests that go over ssh. As root it
 * runs in a mount namespace where the user that it wants is there, so that nothing is changed on the machine.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { tempFolder } from './temp.ts';

/** One sshd. */
export interface Sshd {
  /** What is typed after `ssh`: a name that `config` knows. */
  readonly ssh: string;
  /** Path of the ssh_config that leads there. */
  readonly config: string;
  /** Lines that it has logged so far. */
  log(): readonly string[];
  readonly pid: number;
  /** Ends every connection at once, as a cut cable would be noticed; new ones are taken. */
  cut(): void;
  /** Ends it. */
  stop(): Promise<void>;
}

function pathOf(program: string): string {
  const found = (process.env.PATH ?? '').split(delimiter).find((folder) => existsSync(join(folder, program)));
  assert.ok(found, `there is no ${program} on this machine`);
  return join(found, program);
}

/** A port that nobody listens on just now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(typeof address === 'object' && address);
  return address.port;
}

/** Whether somebody listens there. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function key(path: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'throw-away', '-f', path]);
  return readFileSync(`${path}.pub`, 'utf8').trim();
}

/** sshd of Debian 13 consists of three programs; the others lie where this one was unpacked. */
function parts(sshd: string): string[] {
  const folder = join(sshd, '..', '..', 'lib', 'openssh');
  const named = { SshdSessionPath: 'sshd-session', SshdAuthPath: 'sshd-auth' };
  return Object.entries(named).flatMap(([name, file]) =>
    existsSync(join(folder, file)) ? [`${name} ${join(folder, file)}`] : [],
  );
}

/** Where root needs an account that there may not be, on a machine that is to stay as it is. */
function launch(folder: string, argv: readonly string[]): readonly string[] {
  if (userInfo().uid !== 0) return argv;
  const accounts = join(folder, 'passwd');
  copyFileSync('/etc/passwd', accounts);
  if (!/^sshd:/m.test(readFileSync(accounts, 'utf8')))
    writeFileSync(accounts, 'sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n', { flag: 'a' });
  const script =
    'mount --bind "$1" /etc/passwd && mount -t tmpfs tmpfs /run && mkdir /run/sshd && shift && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', accounts, ...argv];
}

/** `environment`: of all that is run there; `more`: further lines of sshd_config. */
export async function startSshd(
  environment: Readonly<Record<string, string>> = {},
  more: readonly string[] = [],
): Promise<Sshd> {
  const folder = tempFolder();
  const sshd = pathOf('sshd');
  const port = await freePort();
  const host = key(join(folder, 'host'));
  writeFileSync(join(folder, 'authorized'), `${key(join(folder, 'user'))}\n`);
  const { username } = userInfo();
  // What a person's login shell reads at each start is none of this, and may take long.
  const home = join(folder, 'home');
  mkdirSync(home);
  const settings = Object.entries({ HOME: home, ...environment }).map(([name, value]) => `${name}=${value}`);
  const lines = [
    ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${join(folder, 'host')}`, 'PidFile none'],
    ...[`AuthorizedKeysFile ${join(folder, 'authorized')}`, 'StrictModes no', 'UsePAM no'],
    ...['PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PermitRootLogin prohibit-password'],
    ...['AcceptEnv *', 'LogLevel VERBOSE', `SetEnv ${settings.join(' ')}`],
    ...[...parts(sshd), ...more],
  ];
  writeFileSync(join(folder, 'sshd_config'), lines.map((line) => `${line}\n`).join(''));
  writeFileSync(join(folder, 'known'), `[127.0.0.1]:${port} ${host}\n`);
  const config = join(folder, 'ssh_config');
  const client = [
    ...['Host node', '  HostName 127.0.0.1', `  Port ${port}`, `  User ${username}`],
    ...[`  IdentityFile ${join(folder, 'user')}`, '  IdentitiesOnly yes', '  IdentityAgent none'],
    ...[`  UserKnownHostsFile ${join(folder, 'known')}`, '  GlobalKnownHostsFile none', '  SendEnv *'],
  ];
  writeFileSync(config, client.map((line) => `${line}\n`).join(''));

  const log = join(folder, 'log');
  // It ends with this process, also with one that is killed. Its log goes into a file: a pipe that nobody reads, while a test waits for phx, would hold it up.
  const words = ['setpriv', '--pdeathsig', 'TERM', sshd, '-D', '-E', log, '-f', join(folder, 'sshd_config')];
  const [program = '', ...args] = launch(folder, words);
  const daemon = spawn(program, args, { stdio: 'ignore' });
  process.once('exit', () => daemon.kill());
  // Nobody waits for it when the tests are over.
  daemon.unref();
  for (let tries = 0; !(await answers(port)); tries++)
    assert.ok(daemon.exitCode === null && tries < 100_000, `sshd does not listen: ${textOf(log)}`);
  return {
    ...{ ssh: 'node', config, pid: daemon.pid ?? 0 },
    log: () => textOf(log).split('\n'),
    cut: () => {
      for (const session of sessionsOf(daemon.pid)) process.kill(session, 'SIGKILL');
    },
    stop: async () => {
      if (daemon.exitCode !== null) return;
      const ended = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.ref();
      daemon.kill();
      await ended;
    },
  };
}

/** What the system says of a process; empty when it is gone. */
function statOf(pid: string): string {
  try {
    return /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
  } catch {
    return '';
  }
}

/** Processes of the connections, of which this sshd is the parent. */
export function sessionsOf(daemon: number | undefined): number[] {
  if (daemon === undefined) return [];
  const own = readdirSync('/proc').flatMap((name) => {
    const [, comm = '', parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(statOf(name)) ?? [];
    return comm.startsWith('sshd') && Number(parent) === daemon ? [Number(name)] : [];
  });
  return own.flatMap((pid) => [...sessionsOf(pid), pid]);
}
