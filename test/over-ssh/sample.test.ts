/**
 * What a person does with a node, over a real sshd: the main job, an edit, a command that fails, a run that is killed, a
 * connection that is cut. All scenarios go that way with `npm run over-ssh`.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

process.env.PHX_OVER = 'ssh';
const { Project } = await import('../scenario/rig.ts');
const { host } = await import('../scenario/over-ssh.ts');

const target = 'ctid:900';

test('a container and what it rests on are built over ssh; a run that failed, died or was cut ends the same', () => {
  const project = Project.known();
  const calm = Project.known();
  const built = calm.phx('run', target, '--plain');
  assert.equal(built.code, 0, built.out);
  assert.ok(built.out.startsWith(`phx · ${host.label} · `), built.out);
  assert.deepEqual(calm.run([target]).commands, []);

  project.phx('twin', 'fault', 'pct create 900', '--kill', 'after');
  assert.equal(project.phx('run', target).code, null, 'killed');
  const refusal = ['--exit', '255', '--stderr', "bridge 'vmbr0' does not exist"];
  for (const nth of ['1', '2', '3']) project.phx('twin', 'fault', 'pct start 900', '--nth', nth, ...refusal);
  const failed = project.phx('run', target, '--plain');
  assert.equal(failed.code, 1, failed.out);
  assert.match(failed.out, /took over the lock/);
  assert.match(failed.out, /said +bridge 'vmbr0' does not exist/);
  // A fault that kills is one for a process: where phx runs in that of the tests, its connection is cut.
  project.phxWith({}, 'twin', 'fault', 'pct exec 900', '--kill', 'after');
  const cut = project.run([target]);
  assert.ok(cut.tasks('done').includes('ctid:900/snapshot:sealed'));
  assert.deepEqual(project.world(), calm.world());

  project.edit(project.guest(900), 'memory: 2048', 'memory: 3072');
  assert.deepEqual(project.run([target]).commands, ['pct set 900 --memory 3072']);
});
