/** A command that a person wants run in a VM: its own end is what is told, and where there is no agent one clear word. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attempt } from '../../src/core/attempt.ts';
import type { Outcome } from '../../src/core/host.ts';
import { vm } from '../../tasks/vm/index.ts';
import { scopeFor } from './cases.ts';
import type { Scripted } from './fake-node.ts';
import { fleetOf, type Over } from './fleet.ts';

type Answers = NonNullable<Scripted['answers']>;

/** What is told of `docker ps` in VM 950: its end, or the title of what refused it. */
async function told(answers: Answers, own: Over = {}): Promise<Partial<Outcome> | string> {
  const scope = await scopeFor({ kind: 'vm', running: true }, answers);
  const ends: Outcome[] = [];
  const ended = (outcome: Outcome) => void ends.push(outcome);
  const request = { kind: 'vm' as const, guest: 950, argv: ['docker', 'ps'], ended };
  const task = vm().inside?.({ fleet: fleetOf({ vm: own }) }, request);
  assert.ok(task);
  const setup = { run: 'now', scope, started: () => {}, diagnose: () => undefined };
  const ending = await attempt(task, { because: [], fingerprint: {} }, setup);
  assert.deepEqual(ending.commands, [], 'nothing of it is recorded');
  if (ending.state !== 'done') return `${ending.state}: ${ending.problem.title}`;
  const [{ exit, stdout, stderr } = { exit: -1, stdout: '', stderr: '' }] = ends;
  return { exit, stdout, stderr };
}

const exec = 'qm guest exec 950';
const says = (answer: object) => ({ stdout: JSON.stringify(answer) });

test('its output and exit code are those of the command itself', async () => {
  const answer = { exited: 1, exitcode: 3, 'out-data': 'a\n', 'err-data': 'b\n' };
  assert.deepEqual(await told({ [exec]: says(answer) }), { exit: 3, stdout: 'a\n', stderr: 'b\n' });
  assert.deepEqual(await told({ [exec]: says({ exited: 1, signal: 9 }) }), {
    ...{ exit: 137, stdout: '', stderr: '' },
  });
});

test('one that takes long is waited for', async () => {
  const answers = {
    'qm guest exec 950': says({ pid: 7 }),
    'qm guest exec-status 950 7': [
      says({ exited: 0 }),
      says({ exited: 1, exitcode: 0, 'out-data': 'late\n' }),
    ],
  };
  assert.deepEqual(await told(answers), { exit: 0, stdout: 'late\n', stderr: '' });
});

test('a program that is not there, or is none: 127 and 126, as a shell has it', async () => {
  const refused = (why: string) => ({
    ...{ exit: 29, stdout: '' },
    stderr: `Agent error: Guest agent command failed, error was 'Failed to execute child process “docker” (${why})'\n`,
  });
  assert.deepEqual(await told({ [exec]: refused('No such file or directory') }), {
    ...{ exit: 127, stdout: '', stderr: 'docker: No such file or directory\n' },
  });
  assert.deepEqual(await told({ [exec]: refused('Permission denied') }), {
    ...{ exit: 126, stdout: '', stderr: 'docker: Permission denied\n' },
  });
});

test('without an agent: one word, and nothing is asked of it', async () => {
  const silent = { 'qm agent 950 ping': { exit: 255, stderr: 'QEMU guest agent is not running\n' } };
  assert.equal(await told(silent), 'blocked: The guest agent of vmid:950 does not answer');
  assert.equal(await told({}, { agent: false }), 'blocked: vmid:950 has no guest agent to go in by');
});
