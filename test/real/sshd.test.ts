/** A node over ssh, against a real sshd on loopback. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LostError, PhxError } from '../../src/core/error.ts';
import { writeScript } from '../../src/host/ssh/files.ts';
import { type SshSetup, sshHost } from '../../src/host/ssh/ssh.ts';
import { repository } from '../bench.ts';
import { assertGone, behavesAsHost, hostEnv } from '../host/behaviour.ts';
import { sessionsOf, startSshd } from '../sshd.ts';
import { tempFolder } from '../temp.ts';

const sshd = await startSshd();
const runFolder = tempFolder();
const setup: SshSetup = {
  ...{ label: 'pve1', ssh: sshd.ssh, config: sshd.config, folder: tempFolder() },
  // A pause is only as long as others need to get on.
  ...{ clock: Date.now, sleep: () => setImmediate() },
  ...{ env: { PATH: process.env.PATH ?? '' }, nodeEnv: hostEnv, runFolder },
};
const host = sshHost(setup);
after(async () => {
  await host.close();
  await sshd.stop();
});

behavesAsHost(host);

const sh = (script: string, ...words: string[]) => ['sh', '-c', script, 'sh', ...words];

test('it is told by its name and the way there, and known by its machine id', async () => {
  assert.deepEqual([host.kind, host.label], ['ssh', 'pve1 over ssh (node)']);
  const id = existsSync('/etc/machine-id') ? readFileSync('/etc/machine-id', 'utf8').trim() : '';
  assert.equal(await host.identity(), `node-${id || 'pve1'}`);
});

test('the node knows where a person works from', async () => {
  assert.equal(await host.operator?.(), '127.0.0.1');
});

test('a connection ends with phx, also with one that is killed', async () => {
  const others = new Set(sessionsOf(sshd.pid));
  const folder = tempFolder();
  const given = JSON.stringify({ ...setup, clock: undefined, sleep: undefined, folder });
  const script = `
    import { sshHost } from ${JSON.stringify(fileURLToPath(new URL('../../src/host/ssh/ssh.ts', import.meta.url)))};
    const host = sshHost({ ...${given}, clock: Date.now, sleep: async () => {} });
    console.log((await host.run({ argv: ['echo', 'there'] })).stdout);
    process.stdin.resume();
  `;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: repository,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const own = sessionsOf(sshd.pid).filter((pid) => !others.has(pid));
  assert.ok(own.length > 0);
  child.kill('SIGKILL');
  await assertGone(own);
});

test('all commands share one connection, also more at once than a node takes sessions', async () => {
  const connections = () => sshd.log().filter((line) => line.startsWith('Accepted publickey')).length;
  const before = connections();
  const all = await Promise.all(
    Array.from({ length: 24 }, (_, at) => host.run({ argv: ['printf', '%s', String(at)] })),
  );
  assert.deepEqual(
    all.map(({ stdout }) => stdout),
    all.map((_, at) => String(at)),
  );
  assert.equal(connections(), before);
  await host.reach();
  assert.equal(connections(), before + 1, 'what is to be proved is that a new one comes through');
});

test('many long words arrive, though a login shell takes no line of that length', async () => {
  const words = Array.from({ length: 30 }, (_, at) => `${at} it's `.repeat(2000));
  const { stdout, exit } = await host.run({ argv: ['printf', '<%s>', ...words] });
  assert.equal(exit, 0);
  assert.equal(stdout, words.map((word) => `<${word}>`).join(''));
});

test('nothing of the own environment reaches the node, and no terminal is made there', async () => {
  const { stdout } = await host.run({ argv: sh('env; tty || true; ls -l /proc/$$/fd/0') });
  assert.doesNotMatch(stdout, /SSH_AUTH_SOCK|LC_|LANG|\/dev\/pts/);
  assert.match(stdout, /^not a tty$/m);
});

test('an exit code of 255 is the command’s own', async () => {
  const { exit, stderr } = await host.run({ argv: sh('echo unable to create >&2; exit 255') });
  assert.deepEqual([exit, stderr], [255, 'unable to create\n']);
});

test('what a command leaves running behind it does not hold up its end', async () => {
  const { exit, stdout, ended } = await host.run({ argv: sh('sleep 1000 & echo $!; exit 3') });
  assert.deepEqual([exit, ended], [3, undefined]);
  process.kill(Number(stdout), 'SIGKILL');
});

test('a command whose connection is cut is not taken for failed: it is lost, once it has ended', async () => {
  const at = tempFolder();
  const [gate, result] = [join(at, 'gate'), join(at, 'result')];
  const lost: unknown[] = [];
  const argv = sh('echo begun; while [ ! -e "$1" ]; do sleep 0.05; done; echo done >"$2"', gate, result);
  const cut = new Promise<void>((resolve) => {
    void host.run({ argv, onLine: () => resolve(sshd.cut()) }).catch((error: unknown) => lost.push(error));
  });
  await cut;
  // The connection comes back while the command is still at its work.
  assert.equal((await host.run({ argv: ['echo', 'back'], repeatable: true })).stdout, 'back\n');
  assert.equal(lost.length, 0, 'nobody may look at the node while it runs');
  writeFileSync(gate, '');
  for (let turn = 0; lost.length === 0 && turn < 1_000_000; turn++) await setImmediate();
  const [error] = lost;
  assert.ok(error instanceof LostError);
  assert.match(error.message, /^The connection to pve1 was lost while sh -c ran$/);
  assert.equal(readFileSync(result, 'utf8'), 'done\n');
});

test('what only looks is asked again', async () => {
  let cuts = 0;
  const { stdout } = await host.run({
    argv: sh('echo seen; sleep 0.2'),
    repeatable: true,
    onLine: () => {
      if (++cuts < 3) sshd.cut();
    },
  });
  assert.deepEqual([stdout, cuts], ['seen\n', 3]);
});

test('a detached command goes on through cuts, and every line of it is told once', async () => {
  const lines: string[] = [];
  const outcome = await host.run({
    argv: sh('for i in 1 2 3 4 5 6; do echo $i; echo e$i >&2; sleep 0.1; done; printf ä; exit 4'),
    detached: true,
    onLine: (stream, line) => {
      lines.push(line);
      if (stream === 'stdout' && ['2', '4'].includes(line)) sshd.cut();
    },
  });
  assert.deepEqual([outcome.exit, outcome.stdout], [4, '1\n2\n3\n4\n5\n6\nä']);
  assert.equal(outcome.stderr, 'e1\ne2\ne3\ne4\ne5\ne6\n');
  assert.equal(lines.length, 13);
  assert.deepEqual(readdirSync(runFolder), []);
});

test('what another way tells of a detached command is told with its lines, and is none of its output', async () => {
  const go = join(tempFolder(), 'go');
  let pauses = 0;
  const sleep = (_: number, signal: AbortSignal): Promise<void> =>
    pauses++ === 0 ? setImmediate() : once(signal, 'abort').then(() => Promise.reject(signal.reason));
  const told = sshHost({ ...setup, meanwhile: { tell: async ({ argv }) => `at work: ${argv[0]}`, sleep } });
  const lines: string[] = [];
  const outcome = await told.run({
    argv: sh('until [ -e "$1" ]; do sleep 0.02; done; echo went', go),
    detached: true,
    onLine: (stream, line) => {
      lines.push(`${stream} ${line}`);
      writeFileSync(go, '');
    },
  });
  assert.deepEqual(lines, ['stderr at work: sh', 'stdout went']);
  assert.deepEqual([outcome.exit, outcome.stdout, outcome.stderr], [0, 'went\n', '']);
  await told.close();
});

test('a detached command ends at its deadline, with its children', async () => {
  const argv = sh("trap '' TERM; sleep 1000 & echo $$ $!; wait; sleep 1000");
  const outcome = await host.run({ argv, detached: true, deadline: 300 });
  assert.deepEqual([outcome.exit, outcome.ended], [124, 'deadline']);
  await assertGone(outcome.stdout.split(/\s+/).filter(Boolean).map(Number));
});

test('a file that a cluster gives its own mode is written without one, but never a secret', async () => {
  // Only root is refused nothing by a mode: the refusal of pmxcfs is shown by a chmod of our own.
  const bin = tempFolder();
  writeFileSync(join(bin, 'chmod'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const odd = sshHost({ ...setup, nodeEnv: { PATH: `${bin}:${process.env.PATH}` } });
  const path = join(tempFolder(), 'x.fw');
  await odd.writeFile(path, 'new');
  assert.equal(readFileSync(path, 'utf8'), 'new');
  await assert.rejects(odd.writeFile(path, 'secret', { mode: 0o600 }), /the mode 600 cannot be set there/);
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.deepEqual(readdirSync(join(path, '..')), ['x.fw']);
  await odd.close();
});

test('of a file whose text did not all arrive, since the connection was cut, the former one stays', async () => {
  const path = join(tempFolder(), 'x.conf');
  writeFileSync(path, 'old');
  const { exit, stderr } = await host.run({ argv: sh(writeScript, path, '644', '8'), stdin: 'new' });
  assert.deepEqual([exit, stderr], [1, 'not all of it arrived\n']);
  assert.equal(readFileSync(path, 'utf8'), 'old');
  assert.deepEqual(readdirSync(join(path, '..')), ['x.conf']);
});

test('what is no readable file is an error, not a missing one', async () => {
  await assert.rejects(host.readFile(runFolder), /on pve1 cannot be read: .*Is a directory/);
});

const refusals: Readonly<Record<string, readonly [Partial<SshSetup>, hint: RegExp]>> = {
  'a host key that nobody has seen': [
    { config: changed('UserKnownHostsFile', join(tempFolder(), 'none')) },
    /not among the known hosts/,
  ],
  'a key that the node does not know': [
    { config: changed('IdentityFile', join(tempFolder(), 'none')) },
    /needs a key that ssh-agent holds/,
  ],
  'a name that nobody knows': [{ ssh: 'no.such.host.invalid' }, /knows this name/],
  'a port where nobody listens': [{ config: changed('Port', '1') }, /Is the node up/],
  'a machine without ssh': [{ env: { PATH: tempFolder() } }, /install OpenSSH/],
};

/** The ssh_config with one value otherwise. */
function changed(name: string, value: string): string {
  const path = join(tempFolder(), 'ssh_config');
  const text = readFileSync(sshd.config, 'utf8').replace(new RegExp(`( ${name}) .*`), `$1 ${value}`);
  writeFileSync(path, text);
  return path;
}

for (const [name, [other, hint]] of Object.entries(refusals)) {
  test(`${name} is told with the way out`, async () => {
    const odd = sshHost({ ...setup, ...other });
    await assert.rejects(odd.run({ argv: ['true'] }), (error) => {
      assert.ok(error instanceof PhxError);
      assert.equal(error.message, 'pve1 cannot be reached');
      assert.match(error.problem.hint ?? '', hint);
      return true;
    });
    await odd.close();
  });
}
