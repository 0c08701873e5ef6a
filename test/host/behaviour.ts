/** What every host that runs real processes has to show: exit codes, standard input, deadlines, process groups, files. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Command, Host, Outcome } from '../../src/core/host.ts';
import { tempFolder } from '../temp.ts';

/** All that commands on the host see. */
export const hostEnv = { PATH: process.env.PATH ?? '', GIVEN: 'yes' };

/** Whether a process is gone; one that only waits for its parent to ask after it counts as gone. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return /^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

export async function assertGone(pids: readonly number[]): Promise<void> {
  assert.ok(pids.length > 0);
  for (let turn = 0; turn < 100_000 && !pids.every(isGone); turn++) await setImmediate();
  assert.deepEqual(
    pids.filter((pid) => !isGone(pid)),
    [],
  );
}

/** Declares the tests; the host has the variables of `hostEnv`, and its processes and files are those of this machine. */
export function behavesAsHost(host: Host): void {
  const dir = tempFolder();

  function sh(script: string, more: Partial<Command> = {}): Promise<Outcome> {
    return host.run({ argv: ['sh', '-c', script], deadline: 60_000, ...more });
  }

  test('exit codes are those of a shell', async () => {
    for (const code of [0, 3, 255]) assert.equal((await sh(`exit ${code}`)).exit, code);
    for (const [signal, code] of [
      ['HUP', 129],
      ['ABRT', 134],
      ['KILL', 137],
      ['USR1', 138],
      ['PIPE', 141],
      ['TERM', 143],
    ] as const) {
      const outcome = await sh(`kill -${signal} $$`);
      assert.equal(outcome.exit, code, signal);
      assert.equal(outcome.ended, undefined);
    }
  });

  test('a program that does not exist is 127 and says so', async () => {
    const outcome = await host.run({ argv: ['phx-no-such-program', 'x'] });
    assert.equal(outcome.exit, 127);
    assert.match(outcome.stderr, /phx-no-such-program/);
  });

  test('argv is handed over word for word, output comes back as it was printed', async () => {
    const words = ['a b', '', '$HOME', "it's", '*', 'ä\n'];
    const outcome = await host.run({ argv: ['printf', '<%s>', ...words] });
    assert.equal(outcome.stdout, words.map((word) => `<${word}>`).join(''));
    const both = await sh('echo out; echo err >&2; printf tail');
    assert.deepEqual([both.stdout, both.stderr], ['out\ntail', 'err\n']);
  });

  test('the environment is the one that the host was given, and nothing else', async () => {
    const { stdout } = await host.run({ argv: ['env'] });
    const names = stdout.split('\n').flatMap((line) => (line.includes('=') ? [line.replace(/=.*/, '')] : []));
    assert.deepEqual(names.sort(), ['GIVEN', 'PATH']);
  });

  test('standard input is the text that is given, and closed without one', async () => {
    const text = `${'line ä\n'.repeat(50_000)}end`;
    assert.equal((await host.run({ argv: ['cat'], stdin: text })).stdout, text);
    assert.deepEqual((await host.run({ argv: ['cat'], deadline: 60_000 })).stdout, '');
    assert.equal((await host.run({ argv: ['cat'], stdin: '' })).exit, 0);
  });

  test('a program that does not read what it is given is no failure', async () => {
    const outcome = await host.run({ argv: ['true'], stdin: 'x'.repeat(4_000_000) });
    assert.deepEqual([outcome.exit, outcome.stderr], [0, '']);
  });

  test('lines come as they are printed, the last one without a line break too', async () => {
    const lines: string[] = [];
    const outcome = await sh('echo one; echo two >&2; printf three', {
      onLine: (stream, line) => lines.push(`${stream} ${line}`),
    });
    assert.equal(outcome.exit, 0);
    assert.deepEqual(lines.sort(), ['stderr two', 'stdout one', 'stdout three']);
  });

  test('a letter whose bytes come apart is one letter', async () => {
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const lines: string[] = [];
    // The second byte is printed only after the first line, and the first byte behind it, were seen here.
    await sh(`printf 'first\\n\\303'; cat '${pipe}'; printf '\\244\\n'`, {
      onLine: (_, line) => {
        lines.push(line);
        if (line === 'first') writeFileSync(pipe, '');
      },
    });
    assert.deepEqual(lines, ['first', 'ä']);
  });

  test('at the deadline the whole process group ends, grandchildren included', async () => {
    const pids: number[] = [];
    const outcome = await sh('sh -c "sleep 1000 & echo \\$\\$ \\$!; wait" & echo $$ $!; wait', {
      deadline: 500,
      onLine: (_, line) => pids.push(...line.split(' ').map(Number)),
    });
    assert.deepEqual([outcome.exit, outcome.ended], [124, 'deadline']);
    assert.equal(new Set(pids).size, 3);
    await assertGone(pids);
  });

  test('a command is asked to end before it is killed: its last words come back', async () => {
    const polite = "trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 1000 & wait; done";
    const outcome = await sh(polite, { deadline: 500 });
    assert.deepEqual([outcome.exit, outcome.ended, outcome.stdout], [124, 'deadline', 'ready\nbye\n']);
  });

  test('what does not heed the request to end is killed', async () => {
    const outcome = await sh("trap '' TERM; echo $$; while :; do sleep 1000; done", { deadline: 300 });
    assert.deepEqual([outcome.exit, outcome.ended], [124, 'deadline']);
    await assertGone([Number(outcome.stdout)]);
  });

  test('a grandchild that heeds nothing and lets go of the output is killed all the same', async () => {
    const quiet = "(trap '' TERM; exec sleep 1000 >/dev/null 2>&1) & echo $!; wait";
    const outcome = await sh(quiet, { deadline: 500 });
    assert.equal(outcome.ended, 'deadline');
    await assertGone([Number(outcome.stdout)]);
  });

  test('an abort ends the command and its children; one that came before ends it at once', async () => {
    const aborting = new AbortController();
    const pids: number[] = [];
    const outcome = await sh('sleep 1000 & echo $$ $!; wait', {
      signal: aborting.signal,
      onLine: (_, line) => {
        pids.push(...line.split(' ').map(Number));
        aborting.abort();
      },
    });
    assert.deepEqual([outcome.exit, outcome.ended], [130, 'aborted']);
    assert.equal(pids.length, 2);
    await assertGone(pids);
    const late = await sh('sleep 1000', { signal: aborting.signal });
    assert.deepEqual([late.exit, late.ended], [130, 'aborted']);
  });

  test("a link is written through, and stays a link: root's keys are one into /etc/pve", async () => {
    const real = join(dir, 'real');
    const link = join(dir, 'link');
    writeFileSync(real, 'one\n', { mode: 0o600 });
    symlinkSync(real, link);
    await host.writeFile(link, 'two\n', { mode: 0o600 });
    assert.equal(readFileSync(real, 'utf8'), 'two\n');
    assert.ok(lstatSync(link).isSymbolicLink());
  });

  test('files are written whole, with their mode, and their folder with them', async () => {
    const path = join(dir, 'deep', 'er', 'file');
    assert.equal(await host.readFile(path), undefined);
    await host.writeFile(path, 'one\n');
    assert.equal(statSync(path).mode & 0o777, 0o644);
    const reader = openSync(path, 'r');
    await host.writeFile(path, 'two\n', { mode: 0o600 });
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(readFileSync(reader, 'utf8'), 'one\n', 'a reader of the former file saw it change');
    assert.equal(await host.readFile(path), 'two\n');
    assert.deepEqual(readdirSync(join(dir, 'deep', 'er')), ['file']);
    await host.removeFile(path);
    await host.removeFile(path);
    assert.equal(await host.readFile(path), undefined);
  });
}
