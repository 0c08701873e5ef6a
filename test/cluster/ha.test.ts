/** Guests that the HA manager keeps, on three simulated nodes: starts and stops through it, a node that is lost, rules, what leaves it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterProject } from './project.ts';

const proxy = 'guests/103-proxy.json5';
const resources = '/etc/pve/ha/resources.cfg';

function built(): ClusterProject {
  const project = new ClusterProject();
  project.run(['ctid:103']);
  return project;
}

const listed = (project: ClusterProject, file = resources) => project.on('pve1', 'cat', file);
const stateOf = (project: ClusterProject) => project.states()['ctid:103'];
/** What a verb sends, or what blocks it. */
const told = (project: ClusterProject, ...words: string[]) => {
  const { code, out, err } = project.phx(...words);
  return { code, text: out + err };
};

test('a guest is put into the hands of the HA manager and started through it; the next run does nothing', () => {
  const project = new ClusterProject();
  const sent = project.sent(['ctid:103']).filter((line) => !/^pct (create|set)/.test(line));
  assert.deepEqual(sent.slice(-2), [
    'ha-manager add ct:103 --state stopped --max_restart 2 --comment (phx: lab)',
    'pct start 103',
  ]);
  assert.match(project.on('pve2', 'ha-manager', 'status'), /^service ct:103 \(pve3, started\)$/m);
  assert.equal(listed(project), 'ct: 103\n\tcomment (phx: lab)\n\tmax_restart 2\n\n');
  assert.deepEqual(project.sent(['ctid:103']), []);
  assert.deepEqual(project.colleague().sent(['ctid:103']), []);
});

test('when its node is lost for good it runs elsewhere: it is found there, and worked on there', () => {
  const project = built();
  project.node('pve3', 'down');
  project.pass(60);
  assert.equal(stateOf(project), 'unknown on pve3', 'nobody takes it over before the node is surely off');
  project.pass(120);
  assert.equal(stateOf(project), 'running on pve1');
  assert.deepEqual(
    project.sent(['ctid:103'], 8),
    [],
    'what pve3 needs is not known, and nothing is to be done',
  );
  project.edit(proxy, 'memory: 512', 'memory: 768');
  assert.deepEqual(project.sent(['ctid:103'], 8), ['pct set 103 --memory 768']);
  assert.equal(told(project, 'restart', 'ctid:103').code, 0);
  project.node('pve3', 'up');
  assert.deepEqual(project.sent(['ctid:103']), []);
  assert.equal(stateOf(project), 'running on pve1');
});

test('while it is taken over it is on its way, not missing', () => {
  const project = built();
  project.node('pve3', 'down');
  // The nodes are asked in the very moment that the manager takes it over.
  project.later(125);
  assert.match(String(stateOf(project)), /^(stopped|running) on pve1$/);
});

test('stop, start and restart ask the HA manager, and end when the guest is as it was asked for', () => {
  const project = built();
  assert.match(told(project, 'stop', 'ctid:103').text, /pct shutdown 103/);
  assert.equal(stateOf(project), 'stopped on pve3');
  assert.match(listed(project), /\tstate stopped\n/);
  project.pass(60);
  assert.equal(stateOf(project), 'stopped on pve3');
  assert.match(told(project, 'start', 'ctid:103').text, /pct start 103/);
  assert.equal(stateOf(project), 'running on pve3');
  assert.equal(told(project, 'restart', 'ctid:103').code, 0);
  assert.equal(stateOf(project), 'running on pve3');
  assert.doesNotMatch(listed(project), /state/);
  assert.deepEqual(project.sent(['ctid:103']), []);
});

test('one that the manager is about to start is kept down where that is asked for', () => {
  const project = built();
  project.phx('stop', 'ctid:103');
  assert.doesNotMatch(told(project, 'stop', 'ctid:103').text, /ha-manager/);
  project.on('pve3', 'ha-manager', 'set', 'ct:103', '--state', 'started');
  assert.match(told(project, 'stop', 'ctid:103').text, /ha-manager set ct:103 --state stopped/);
  project.pass(60);
  assert.equal(stateOf(project), 'stopped on pve3');
});

test('a guest that the HA manager has given up is told with what it says and the way out', () => {
  const project = built();
  project.phx('stop', 'ctid:103');
  project.on('pve3', 'pct', 'set', '103', '--net1', 'name=eth1,bridge=vmbr9');
  for (const first of [true, false]) {
    const { code, text } = told(project, 'start', 'ctid:103');
    assert.equal(code, 8, first ? 'it fails while it is waited for' : 'it is refused at once');
    assert.match(text, /The HA manager has given up on container 103\n +it says {2}ct:103 \(pve3, error\)/);
    assert.match(text, /type: ha-manager set ct:103 --state disabled/);
  }
  project.on('pve3', 'ha-manager', 'set', 'ct:103', '--state', 'disabled');
  project.pass(30);
  project.on('pve3', 'pct', 'set', '103', '--delete', 'net1');
  assert.deepEqual(project.sent(['ctid:103']), ['pct start 103']);
  assert.equal(stateOf(project), 'running on pve3');
});

test('work in one that is kept stopped starts and stops it through the manager', () => {
  const project = new ClusterProject();
  project.write(
    'templates/features/hello.sh.hbs',
    '{{!-- phx\n{ "description": "Says hello." }\n--}}\necho hello >/etc/hello\n',
  );
  project.edit(proxy, 'ha: { max_restart: 2 }', "ha: {}, state: 'stopped', layers: ['hello']");
  const sent = project.sent(['ctid:103']).map((line) => line.split(' ').slice(0, 3).join(' '));
  assert.deepEqual(
    sent.filter((line) => /^(ha-manager|pct (start|shutdown))/.test(line)),
    ['ha-manager add ct:103', 'pct start 103'],
  );
  project.pass(60);
  assert.equal(stateOf(project), 'stopped on pve3');
  assert.deepEqual(project.sent(['ctid:103']), []);
});

test('a VM is asked for in the same way', () => {
  const project = new ClusterProject();
  project.edit('guests/201-app.json5', 'cloudInit: {}', 'ha: {}, cloudInit: {}');
  project.edit('guests/201-app.json5', 'size: 16', "size: 16, format: 'qcow2'");
  assert.deepEqual(
    project.sent(['vmid:201']).filter((line) => /^(ha-manager|qm start)/.test(line)),
    ['ha-manager add vm:201 --state stopped --comment (phx: lab)', 'qm start 201'],
  );
  project.on('pve1', 'qm', 'shutdown', '201');
  project.pass(20);
  assert.equal(project.states()['vmid:201'], 'stopped on pve1');
  assert.deepEqual(project.sent(['vmid:201']), ['qm start 201']);
  assert.equal(told(project, 'restart', 'vmid:201').code, 0);
  project.phx('snapshot', 'vmid:201', 'before');
  const { text } = told(project, 'rollback', 'vmid:201', 'before', '--yes');
  assert.match(text, /qm shutdown 201[\s\S]+qm rollback 201 before[\s\S]+qm start 201/, 'stopped first');
  project.edit('guests/201-app.json5', "node: 'pve1'", "node: 'pve2'");
  assert.deepEqual(
    project.sent(['vmid:201']).filter((line) => /^(ha-manager|qm (start|migrate))/.test(line)),
    ['qm migrate 201 pve2 --online 1 --with-local-disks 1'],
  );
  assert.equal(project.states()['vmid:201'], 'running on pve2');
  assert.equal(told(project, 'destroy', 'vmid:201', '--yes').code, 0);
  assert.equal(listed(project), '');
});

test('it is moved by the manager, stopped before where that was asked for', () => {
  const project = built();
  project.edit(proxy, "node: 'pve3'", "node: 'pve1', migrate: 'offline'");
  assert.deepEqual(project.sent(['ctid:103']), [
    'pct shutdown 103 --timeout 60 --forceStop 1',
    'pct migrate 103 pve1',
    'pct start 103',
  ]);
  project.edit(proxy, "node: 'pve1', migrate: 'offline'", "node: 'pve2', migrate: 'online'");
  assert.deepEqual(project.sent(['ctid:103']), ['pct migrate 103 pve2 --restart 1']);
  assert.equal(stateOf(project), 'running on pve2');
  assert.deepEqual(project.sent(['ctid:103']), []);
});

test('made anew it is in the hands of the manager again, also where somebody else had put it there', () => {
  const project = built();
  const before = listed(project);
  const sent = project
    .sent(['ctid:103', '--recreate'])
    .filter((line) => /^(ha-manager|pct destroy)/.test(line));
  assert.deepEqual(sent, [
    'ha-manager remove ct:103',
    'pct destroy 103',
    'ha-manager add ct:103 --state stopped --max_restart 2 --comment (phx: lab)',
  ]);
  assert.equal(listed(project), before);
  assert.equal(stateOf(project), 'running on pve3');
  project.edit(proxy, '  ha: { max_restart: 2 },\n', '');
  project.run(['ctid:103']);
  project.on('pve1', 'ha-manager', 'add', 'ct:103', '--max_relocate', '3');
  project.run(['ctid:103', '--recreate']);
  assert.equal(listed(project), 'ct: 103\n\tmax_relocate 3\n\tstate started\n\n');
  assert.equal(stateOf(project), 'running on pve3');
});

test('a new one that cannot be made, or a run that dies: the former one is in the hands of the manager again', () => {
  const project = built();
  const before = listed(project);
  project.phx('twin', 'fault', 'pct create', '--exit', '1', '--node', 'pve3');
  assert.notEqual(project.phx('run', 'ctid:103', '--recreate').code, 0);
  assert.equal(listed(project), `${before.trimEnd()}\n\tstate started\n\n`);
  assert.equal(stateOf(project), 'running on pve3');
  for (const moment of ['ha-manager remove', 'pct destroy', 'ha-manager add']) {
    project.phx('twin', 'fault', moment, '--kill', 'after', '--node', 'pve3');
    assert.equal(project.phxAlone('run', 'ctid:103', '--recreate').code, null, moment);
    project.run(['ctid:103']);
    assert.match(listed(project), /^ct: 103\n\tcomment \(phx: lab\)\n\tmax_restart 2\n/, moment);
    assert.equal(stateOf(project), 'running on pve3', moment);
    assert.deepEqual(project.sent(['ctid:103']), [], moment);
  }
});

test('what leaves the configuration leaves the manager, and runs on; what somebody else put there is left and told', () => {
  const project = built();
  project.edit(proxy, '  ha: { max_restart: 2 },\n', '');
  const before = listed(project);
  const [planned] = project.run(['ctid:103']);
  assert.equal(listed(project), '');
  assert.equal(stateOf(project), 'running on pve3');
  project.phx('undo', planned?.type === 'planned' ? planned.run : '', '--yes');
  assert.equal(listed(project).replace('\tstate started\n', ''), before);
  assert.deepEqual(project.sent(['ctid:103']), ['ha-manager remove ct:103']);
  project.on('pve1', 'ha-manager', 'add', 'ct:103');
  assert.deepEqual(project.sent(['ctid:103']), []);
  assert.match(project.phx('plan', 'ctid:103').out, /keeps ct:103, which its configuration does not say/);
  project.edit(proxy, 'memory: 512,', "memory: 512, ha: { comment: 'front door' },");
  assert.deepEqual(project.sent(['ctid:103']), ['ha-manager set ct:103 --comment front door (phx: lab)']);
  assert.equal(told(project, 'destroy', 'ctid:103', '--yes').code, 0);
  assert.equal(listed(project), '');
});

const home = "{ 'proxy-home': { type: 'node-affinity', resources: [103], nodes: ['pve3:2', 'pve1'] } }";
const rules = '/etc/pve/ha/rules.cfg';

/** Puts these rules into the configuration. */
function withRules(project: ClusterProject, text: string): void {
  project.write('config/env/test/hypervisor.json5', `{ ha: { rules: ${text} } }`);
}

test('rules are made, changed and taken away; of somebody else none is touched', () => {
  const project = new ClusterProject();
  project.phx('twin', 'reset', '--pve', '9.2');
  withRules(project, home);
  const env = ['--env', 'test'];
  const rule = 'hypervisor/ha:proxy-home';
  assert.deepEqual(project.sent([rule, ...env]), [], 'it waits for its guest, and does not build it');
  const added = project
    .sent(['ctid:103', rule, ...env])
    .filter((line) => line.startsWith('ha-manager rules'));
  assert.deepEqual(added, [
    'ha-manager rules add node-affinity proxy-home --nodes pve1,pve3:2 --resources ct:103 --comment (phx: lab)',
  ]);
  project.on(
    'pve1',
    'ha-manager',
    'rules',
    'add',
    'node-affinity',
    'theirs',
    '--resources',
    'ct:103',
    '--nodes',
    'pve3',
  );
  withRules(project, home.replace("'pve1'", "'pve2'").replace('resources', 'strict: true, resources'));
  assert.deepEqual(project.sent([rule, ...env]), [
    'ha-manager rules set node-affinity proxy-home --nodes pve2,pve3:2 --strict 1',
  ]);
  project.on('pve1', 'ha-manager', 'rules', 'set', 'node-affinity', 'proxy-home', '--disable', '1');
  assert.deepEqual(project.sent([rule, ...env]), [
    'ha-manager rules set node-affinity proxy-home --delete disable',
  ]);
  const rulesBefore = listed(project, rules);
  project.run(['ctid:103', '--recreate', ...env]);
  assert.equal(listed(project, rules), rulesBefore, 'rules still name what was made anew');
  withRules(project, `{ theirs: ${home.slice(home.indexOf('{ type'), -2)} }`);
  const blocked = project.run(['hypervisor/ha:theirs', ...env], 8).flatMap((event) => {
    return event.type === 'blocked' ? [event.error.title] : [];
  });
  assert.deepEqual(blocked, ['There is an HA rule theirs that phx did not make']);
  withRules(project, '{}');
  assert.deepEqual(project.sent(['hypervisor/ha-rules', ...env]), []);
  assert.equal(listed(project, rules).includes('proxy-home'), false);
  assert.match(listed(project, rules), /^node-affinity: theirs$/m);
});

test('Proxmox VE 8.4 knows no rules: told once', () => {
  const project = new ClusterProject();
  withRules(project, "{ one: { type: 'node-affinity', resources: [103], nodes: ['pve3'] } }");
  const events = project.run(['ctid:103', 'hypervisor/ha:one', '--env', 'test'], 8);
  const problems = events.flatMap((event) => (event.type === 'blocked' ? [event.error.title] : []));
  assert.deepEqual(problems, ['This Proxmox VE knows no HA rules yet']);
  assert.equal(stateOf(project), 'running on pve3');
});
