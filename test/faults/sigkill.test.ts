/**
 * The built phx as a process, killed by SIGKILL at a line of its output that a seed chooses; the next run ends in the same
 * state of the node. One of them here, about two hundred with `npm run test:faults`.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { Project } from '../scenario/rig.ts';
import { dice, everything, tell } from './seed.ts';

const target = 'ctid:953';
/** Slow enough that what is killed is at work, and not already gone. */
const run = ['run', target, '--json', '--twin-latency', '0.001'];
const calm = Project.known();
const lines = calm.phx('run', target, '--json').out.split('\n').length;
const world = calm.world();
const roll = dice('kills');
const counts = { kills: 0, recovered: 0 };
after(() => tell('real kills', counts));

/** Lines of the whole run. */
const moments = Array.from({ length: everything ? 200 : 1 }, () => 1 + Math.floor(roll() * (lines - 2)));

/** Kills a run at that line, or where it can tell no more. */
async function killed(project: Project, line: number): Promise<void> {
  // The run has no end of its own, however slow the machine is that kills it.
  project.phx('twin', 'fault', 'pct start 953', '--hang');
  const child = project.start(...run);
  let seen = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    seen += String(chunk).split('\n').length - 1;
    if (seen >= line) child.kill('SIGKILL');
  });
  // Beyond the point where it hangs nothing is told any more: it has told all that it could.
  child.stdout?.on('data', (chunk: Buffer) => {
    if (/"started","task":"ctid:953\/start"/.test(String(chunk))) child.kill('SIGKILL');
  });
  await once(child, 'close');
  assert.equal(child.signalCode, 'SIGKILL', `ended after ${seen} of ${line} lines`);
}

test('whatever line it is killed at, the next run ends in the calm world', async () => {
  for (const line of moments) {
    const project = Project.known();
    await killed(project, line);
    counts.kills++;
    project.phx('twin', 'fault', '--clear');
    const next = project.phx('run', target, '--json');
    assert.equal(next.code, 0, `killed at line ${line}: ${next.out.slice(-2000)}${next.err}`);
    assert.deepEqual(project.world(), world, `killed at line ${line}`);
    assert.equal(project.run([target]).summary.done, 0, `killed at line ${line}`);
    counts.recovered++;
  }
});
