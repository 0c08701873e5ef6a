/** Plans that are kept, plans for a node that is elsewhere, and the prompt of the twin. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PlanDocument } from '../../src/cli/plan-document.ts';
import { host, ofTheTwin } from './over-ssh.ts';
import { builtFleet, Project } from './rig.ts';

test('a plan that was kept is run as it stands, or refused with what differs', () => {
  const project = builtFleet();
  project.edit(project.guest(953), 'memory: 4096', 'memory: 2048');
  assert.equal(project.phx('plan', 'all', '-o', 'plan.json').code, 0);
  project.phx('twin', 'exec', '--', 'pct', 'set', '953', '--cores', '2');
  const moved = project.phx('run', 'plan.json');
  assert.equal(moved.code, 8);
  assert.match(
    moved.err,
    /ctid:953\/configure +planned: pct set 953 --memory 2048; now: pct set 953 --memory 2048 --cores 4\n/,
  );
  assert.match(moved.err, /Nothing was done[\s\S]*phx plan all -o plan\.json/);
  project.phx('twin', 'exec', '--', 'pct', 'set', '953', '--cores', '4');
  assert.deepEqual(project.run(['plan.json']).commands, ['pct set 953 --memory 2048']);
  assert.match(project.phx('run', 'plan.json').err, /ctid:953\/configure +was stale, is fresh/);
});

test('a plan for a node that does not exist yet holds, since what is made up is made up alike', () => {
  const project = Project.fleet();
  const plan = project.phx('plan', 'vmid:8001', 'ctid:900', '-o', 'plan.json', '--json');
  assert.equal(plan.code, 0, plan.err);
  assert.ok(!existsSync(join(project.root, '.cache', 'twin')), 'looking leaves no node behind');
  const { tasks } = JSON.parse(plan.out) as PlanDocument;
  assert.equal(project.run(['plan.json']).tasks('done').length, tasks.length);
});

test('a plan tells on top what the node has against it, --check answers 8, and a run does not begin', () => {
  const project = builtFleet();
  const pct = (...words: string[]) => project.phx('twin', 'exec', '--', 'pct', ...words);
  assert.deepEqual(
    [project.plan('all').preflight, project.run(['all']).of('notice').length > 1],
    [[], false],
  );
  const template = 'fastData-shared-iso:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst';
  const net = 'name=eth0,bridge=vmbr0,ip=10.0.0.153/24';
  const size = ['--rootfs', 'quickOS-lxc-disks:4', '--hostname', 'nginx-vscoderag', '--net0', net];
  assert.equal(pct('destroy', '960', '--force').code, 0);
  for (const id of ['960', '970']) assert.equal(pct('create', id, template, ...size).code, 0);
  pct('start', '970');
  project.edit(project.guest(953), 'memory: 4096', 'memory: 2048');
  const before = project.world();
  const plan = project.phx('plan', 'all', '--check');
  assert.equal(plan.code, 8);
  assert.match(plan.out, /^phx · plan for .*\n\n\d+ conflicts with the node, 2 would stop a run\n✗ /);
  const words = [
    'ctid:960: container 960 exists, but phx did not make it',
    'ctid:953: the address 10.0.0.153 of its net0 is in use',
  ];
  const { conflicts, preflight } = JSON.parse(project.phx('plan', 'all', '--json').out) as PlanDocument;
  for (const one of words) assert.ok(conflicts.includes(one), conflicts.join('\n'));
  assert.equal(preflight.filter(({ severity }) => severity === 'blocks').length, 2);
  const refused = project.phx('run', 'all');
  assert.equal(refused.code, 8);
  for (const one of words) assert.ok(refused.err.includes(one.slice(one.indexOf(': ') + 2)), refused.err);
  assert.deepEqual(project.world(), before);
  assert.equal(project.phx('run', 'ctid:900').code, 0, 'what is not asked for stops nobody');
  const going = project.run(['all', '--keep-going'], 8);
  assert.deepEqual(going.commands, ['pct set 953 --memory 2048']);
});

test('what a plan was made with cannot be said again, and what is no plan is told', () => {
  const project = builtFleet();
  project.phx('plan', 'ctid:953', '-o', 'plan.json');
  const said = project.phx('run', 'plan.json', '--force');
  assert.deepEqual([said.code, said.err.split('\n')[0]], [2, '✗ --force is not for a plan that was saved']);
  project.write('other.json', '{}');
  for (const name of ['other.json', 'missing.json'])
    assert.match(project.phx('run', name).err, new RegExp(`✗ ${name} holds no plan[\\s\\S]*-o ${name}`));
});

test('facts of a built node plan empty, also elsewhere, and an edit plans just what follows from it', () => {
  const project = builtFleet();
  const facts = project.phx('facts');
  assert.equal(facts.code, 0, facts.err);
  project.write('node.json', facts.out);
  project.remove('.cache/twin');
  const empty = project.phx('plan', 'all', '--facts', 'node.json');
  assert.ok(empty.out.includes(`plan for ${host.label}, as it was at 20`), empty.out);
  assert.match(empty.out, /\n0 to run · \d+ fresh\n/);
  project.edit(project.guest(953), 'memory: 4096', 'memory: 2048');
  const edited = JSON.parse(project.phx('plan', 'all', '--facts', 'node.json', '--json').out) as PlanDocument;
  const stale = edited.tasks.filter(({ verdict }) => verdict !== 'fresh');
  assert.deepEqual(
    stale.map(({ task, commands }) => [task, commands.map(({ argv }) => argv.slice(0, 5).join(' '))]),
    [['ctid:953/configure', ['pct set 953 --memory 2048']]],
  );
  assert.ok(!existsSync(join(project.root, '.cache', 'twin')));
  project.write('broken.json', facts.out.replace('@end', ''));
  assert.match(
    project.phx('plan', 'all', '--facts', 'broken.json').err,
    /✗ broken\.json holds no facts of a node/,
  );
});

ofTheTwin('the twin becomes a copy of a node, under an identity of its own', 'its identity', () => {
  const project = builtFleet();
  project.write('node.json', project.phx('facts').out);
  const { out } = project.phx('twin', 'reset', '--facts', 'node.json');
  assert.ok(out.includes(`is as ${host.label} was at`), out);
  assert.match(project.phx('twin', 'exec', '--', 'pct', 'list').out, /^953 +running +Nginx-VscodeRag/m);
  assert.match(project.phx('why', 'ctid:953/configure').out, /never ran/);
  assert.deepEqual(project.run(['ctid:900/configure']).commands, []);
});

test('the prompt of the twin runs what is typed, says what a node says, and ends as the last command did', () => {
  const project = builtFleet();
  const typed = project.phxTyping(
    'pct status 953\npct set 953 --memory 1\nexit\npct list\n',
    'twin',
    'shell',
  );
  assert.equal(typed.out, 'status: running\n');
  assert.match(typed.err, /memory: value must have a minimum value of 16/);
  assert.equal(typed.code, 1);
  assert.equal(project.phxTyping(`pct set 953 --tags 'web;edge'\n`, 'twin', 'shell').code, 0);
  assert.match(project.phx('twin', 'exec', '--', 'pct', 'config', '953').out, /^tags: edge;web$/m);
});
