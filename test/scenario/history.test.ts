/** Past runs as `phx history` tells them, and one run after the other with `--wait`. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PastRun } from '../../src/core/history.ts';
import type { TwinState } from '../../src/twin/state.ts';
import { Project } from './rig.ts';

/** Of this very process: field 22 of its stat file. */
const started = readFileSync('/proc/self/stat', 'utf8')
  .replace(/^.*\) /, '')
  .split(' ')[19];

function lock(project: Project): string {
  const owner = { pid: process.pid, host: hostname(), started, run: 'other', since: 0 };
  project.write('.cache/run.lock', JSON.stringify(owner));
  return join(project.root, '.cache/run.lock');
}

test('what was run, how it ended and what each task did; a run that died is told as such', () => {
  const project = Project.known();
  assert.equal(project.phx('history').out, 'no run has done anything yet\n');
  project.run(['hypervisor/timezone']);
  project.run(['hypervisor/timezone']);
  project.phx('twin', 'fault', 'zpool create', '--kill', 'after');
  assert.equal(project.phx('run', 'hypervisor/zfs', '-q').code, null);
  const runs: (PastRun & { ending: string })[] = JSON.parse(project.phx('history', '--json').out);
  assert.deepEqual(
    runs.map(({ words, ending }) => [words.join(' '), ending]),
    [
      ['run hypervisor/zfs', 'died'],
      ['run hypervisor/timezone', 'ok'],
    ],
    'a run that did nothing leaves none',
  );
  const [died] = runs;
  assert.match(
    project.phx('history').out,
    new RegExp(`^${died?.run} .* died .* phx run hypervisor/zfs$`, 'm'),
  );
  const shown = project.phx('history', 'show', died?.run ?? '').out;
  assert.match(shown, /died before its end/);
  assert.match(shown, /zpool create .*# no answer/);
  assert.match(shown, /taken up by the next run: phx run hypervisor\/zfs\n$/);
  const unknown = project.phx('history', 'show', 'x');
  assert.deepEqual([unknown.code, /no journal of a run x/.test(unknown.err)], [2, true]);
});

test('the past is told although the configuration has errors', () => {
  const project = Project.known();
  project.run(['hypervisor/timezone']);
  project.write('config/hypervisor.json5', '{ nonsense: }');
  assert.match(project.phx('history').out, /phx run hypervisor\/timezone/);
});

test('a second run is told who is at work; with --wait it begins when that one has ended', async (context) => {
  const project = Project.known();
  project.run(['hypervisor/timezone']);
  const path = lock(project);
  for (const words of [
    ['run', 'hypervisor/timezone'],
    ['start', 'ctid:952', '--yes'],
    ['cache', 'forget', 'hypervisor'],
  ]) {
    const refused = project.phx(...words);
    assert.equal(refused.code, 5, words.join(' '));
    assert.match(refused.err, new RegExp(`process ${process.pid} on ${hostname()}`));
  }
  assert.equal(project.phx('plan', 'hypervisor/timezone').code, 0, 'who only looks waits for nobody');
  const waiting = project.start('run', 'hypervisor/timezone', '--wait', '--plain');
  context.after(() => waiting.kill());
  const [first] = await once(waiting.stderr ?? process.stderr, 'data');
  assert.match(
    String(first),
    /^waiting for the run other of process \d+ on \S+, at work since 1970-01-01 00:00:00 UTC\n$/,
  );
  const ended = project.start('run', 'hypervisor/timezone', '--wait', '--plain');
  context.after(() => ended.kill());
  let said = '';
  ended.stderr?.on('data', (text) => {
    if (said === '') ended.kill('SIGINT');
    said += text;
  });
  const [interrupted] = await once(ended, 'close');
  assert.equal(interrupted, 130);
  assert.match(said, /The wait was ended\n {2}Nothing was changed\./);
  rmSync(path);
  const [code] = await once(waiting, 'exit');
  assert.equal(code, 0);
});

test('a guest that somebody else has locked stops its own tasks, and says who holds it', () => {
  const project = Project.known();
  project.run(['ctid:900/start']);
  const state = JSON.parse(project.read('.cache/twin/state.json')) as TwinState;
  const guest = state.guests['900'];
  assert.ok(guest);
  guest.conf = guest.conf.replace(/^memory: /m, 'lock: backup\nmemory: ');
  const start = Date.UTC(2026, 10, 28, 1, 30);
  state.busy = [{ type: 'vzdump', id: '900', pid: 0x77, pstart: 1, start, until: Number.MAX_SAFE_INTEGER }];
  project.write('.cache/twin/state.json', `${JSON.stringify(state)}\n`);
  const held = project.phx('run', 'ctid:900/configure', '--set', 'guests.900.memory=1024', '--plain');
  assert.equal(held.code, 1);
  assert.match(
    held.out,
    /held by +vzdump of root@pam since 2026-11-28 01:30:00 UTC \(UPID:\S+:vzdump:900:root@pam:\)/,
  );
  delete state.busy;
  project.write('.cache/twin/state.json', `${JSON.stringify(state)}\n`);
  const left = project.phx('run', 'ctid:900/configure', '--set', 'guests.900.memory=1024', '--plain');
  assert.match(left.out, /held by +no task that runs: something that died left the lock backup/);
});
