/** A container's later life, by the built program: what waits for a restart, raw lines, a change by another hand, old nodes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtFleet, type Project } from './rig.ts';

const conf = (project: Project, id: number) =>
  project.phx('twin', 'exec', '--', 'pct', 'config', String(id)).out;

test('what waits for a restart is told until it gets one, and it gets one only where it is asked for', () => {
  const project = builtFleet();
  project.edit(
    project.guest(953),
    'clone: { from: 900 },',
    "clone: { from: 900 }, timezone: 'host', lxc: ['lxc.cap.drop = sys_time'],",
  );
  const first = project.run(['ctid:953']);
  assert.deepEqual(first.tasks('done'), ['ctid:953/configure']);
  assert.match(conf(project, 953), /^lxc\.cap\.drop: sys_time$/m);
  const said = 'raw lines, timezone hold from the next start: phx run ctid:953 --restart';
  assert.ok(first.of('line').some(({ text }) => text === said));

  const again = project.run(['ctid:953']);
  assert.deepEqual([again.tasks('done'), again.tasks('outdated')], [[], ['ctid:953/configure']]);
  assert.match(project.phx('plan', 'ctid:953').out, /raw lines, timezone hold from the next start/);

  const plan = project.plan('ctid:953', '--restart');
  assert.deepEqual(
    plan.tasks.filter(({ verdict }) => verdict === 'stale').map(({ task }) => task),
    ['ctid:953/start', 'ctid:953/health'],
    'health was told by a start that is over',
  );
  assert.deepEqual(project.run(['ctid:950', '--restart']).commands, [], 'another guest was named');
  const restarted = project.run(['ctid:953', '--restart']);
  assert.deepEqual(restarted.commands, ['pct reboot 953 --timeout 60']);
  assert.deepEqual(restarted.tasks('outdated'), []);
  const last = project.run(['ctid:953', '--restart']);
  assert.deepEqual([last.commands, last.tasks('outdated')], [[], []]);

  project.edit(
    project.guest(953),
    " timezone: 'host', lxc: ['lxc.cap.drop = sys_time'],",
    " restart: 'auto',",
  );
  const back = project.run(['ctid:953']).commands;
  assert.equal(back[0], 'pct set 953 --delete timezone');
  assert.match(back[1] ?? '', /^flock /);
  assert.equal(back[2], 'pct reboot 953 --timeout 60');
  assert.doesNotMatch(conf(project, 953), /cap\.drop|timezone/);
  assert.deepEqual(project.run(['ctid:953']).commands, []);
});

test('keys of 9.2 block a container of an older node; on a node of 9.2 they are set, and set once', () => {
  const project = builtFleet();
  const keys = "entrypoint: '/sbin/init --x', env: { A: '1', B: 'two words' },";
  project.edit(project.guest(953), 'clone: { from: 900 },', `clone: { from: 900 }, ${keys}`);
  const blocked = project.run(['ctid:953'], 8);
  assert.deepEqual([blocked.tasks('blocked'), blocked.commands], [['ctid:953/configure'], []]);

  assert.equal(project.phx('twin', 'reset', '--pve', '10.0').code, 2);
  assert.equal(project.phx('twin', 'reset', '--pve', '9.2').code, 0);
  project.run(['ctid:953/volumes', '-j', '8']);
  const text = conf(project, 953);
  assert.match(text, /^entrypoint: \/sbin\/init --x$/m);
  assert.match(text, /^env: A=1\0B=two words$/m);
  assert.deepEqual(project.run(['ctid:953/volumes']).commands, []);
});
