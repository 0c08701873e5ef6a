import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, utimesSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { localHost } from '../../src/host/local.ts';
import { tempFolder } from '../temp.ts';

const env = { PATH: process.env.PATH ?? '' };
const hostIn = (runFolder: string) => localHost({ hostname: 'here', env, clock: Date.now, runFolder });

/** Whether a process that was told to end has ended; one that only waits for its parent counts. */
async function isGone(pid: string): Promise<boolean> {
  for (let look = 0; look < 300_000; look++) {
    if (!existsSync(`/proc/${pid}`) || / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return true;
    await new Promise(setImmediate);
  }
  return false;
}

test('a detached command answers as any other: exit code, both outputs, each line as it comes', async () => {
  const runFolder = tempFolder();
  const lines: string[] = [];
  const outcome = await hostIn(runFolder).run({
    argv: ['sh', '-c', 'echo one; echo two >&2; printf three; exit 3'],
    detached: true,
    onLine: (stream, line) => lines.push(`${stream} ${line}`),
  });
  assert.deepEqual([outcome.exit, outcome.stdout, outcome.stderr], [3, 'one\nthree', 'two\n']);
  assert.deepEqual(lines.sort(), ['stderr two', 'stdout one', 'stdout three']);
  assert.deepEqual(readdirSync(runFolder), [], 'nothing is left behind');
});

test('words are handed on as they are, whatever a shell would make of them', async () => {
  const words = ['$(touch /tmp/never)', 'a b', "it's", '"; exit 9', '*'];
  const { stdout, exit } = await hostIn(tempFolder()).run({
    argv: ['printf', '%s\\n', ...words],
    detached: true,
  });
  assert.equal(exit, 0);
  assert.deepEqual(stdout.trimEnd().split('\n'), words);
});

test('a deadline ends the command and its children', async () => {
  const at = tempFolder();
  const pipe = join(at, 'never');
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
  const outcome = await hostIn(at).run({
    argv: ['sh', '-c', `echo $$; sh -c 'echo $$; read x <${pipe}'`],
    detached: true,
    deadline: 300,
  });
  assert.deepEqual([outcome.exit, outcome.ended], [124, 'deadline']);
  for (const pid of outcome.stdout.trim().split('\n')) assert.ok(await isGone(pid), `${pid} is alive`);
});

test('when phx is killed, the command goes on to its end', async () => {
  const at = tempFolder();
  const pipe = join(at, 'gate');
  const result = join(at, 'result');
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
  const script = `
    import { localHost } from ${JSON.stringify(fileURLToPath(new URL('../../src/host/local.ts', import.meta.url)))};
    const host = localHost({ hostname: 'x', env: { PATH: process.env.PATH }, clock: Date.now, runFolder: ${JSON.stringify(at)} });
    await host.run({ argv: ['sh', '-c', 'echo begun; read x <"$1"; echo "$x" >"$2.new"; mv "$2.new" "$2"', 'sh', ${JSON.stringify(pipe)}, ${JSON.stringify(result)}],
      detached: true, onLine: (_, line) => console.log(line) });
  `;
  writeFileSync(join(at, 'phx.mts'), script);
  const phx = spawn(process.execPath, ['--import', 'tsx', join(at, 'phx.mts')], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(phx.stdout, 'data');
  phx.kill('SIGKILL');
  await once(phx, 'close');
  const appears = new Promise<void>((resolve) => {
    const watcher = watch(at, () => {
      if (!existsSync(result)) return;
      watcher.close();
      resolve();
    });
  });
  writeFileSync(pipe, 'it went on\n');
  await appears;
  assert.equal(readFileSync(result, 'utf8'), 'it went on\n');
  const left = () => readdirSync(at).filter((name) => existsSync(join(at, name, 'out')));
  const ended = () => left().every((name) => existsSync(join(at, name, 'exit')));
  for (let look = 0; !ended() && look < 300_000; look++) await new Promise(setImmediate);
  await hostIn(at).run({ argv: ['true'], detached: true });
  assert.equal(left().length, 1, 'another run may still be reading it');
  for (const name of left()) utimesSync(join(at, name, 'exit'), 0, 0);
  await hostIn(at).run({ argv: ['true'], detached: true });
  assert.deepEqual(left(), [], 'the next command clears what has ended');
});
