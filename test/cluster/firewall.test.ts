/** The firewall of three simulated nodes: the data centre's once for all of them, each node's own there. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunEvent } from '../../src/core/event.ts';
import { ClusterProject } from './project.ts';

const steps = ['hypervisor/firewall', 'hypervisor:pve1', 'hypervisor:pve2', 'hypervisor:pve3'];
const clusterFile = '/etc/pve/firewall/cluster.fw';
const far = '203.0.113.9';

/** With this in the place of `firewall`. */
function project(firewall: string, own = ''): ClusterProject {
  const made = new ClusterProject();
  made.edit('hypervisor.json5', "timezone: 'Europe/Berlin',", `firewall: ${firewall},`);
  if (own !== '') made.edit('nodes/pve3.json5', "hostname: 'pve3',", `firewall: { node: ${own} },`);
  return made;
}

const ssh = "ssh: { type: 'in', action: 'ACCEPT', macro: 'SSH' }";
const groups = "groups: { web: { https: { type: 'in', action: 'ACCEPT', proto: 'tcp', dport: '443' } } }";
const good = `{ enabled: true, rules: { ${ssh} }, ${groups} }`;
const web = "{ rules: { web: { type: 'group', group: 'web' } } }";

const done = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'done' ? [event.task] : []));

test('what all nodes share is written once, what is a node’s own there, and a guest waits for the names that it uses', () => {
  const made = project(good, web);
  made.edit(
    'guests/101-dns.json5',
    'memory: 512',
    "memory: 512, firewall: { enabled: true, rules: { web: { type: 'group', group: 'web' } } }",
  );
  const events = made.run(['ctid:101/firewall']);
  const ran = done(events);
  assert.ok(ran.indexOf('hypervisor/firewall') < ran.indexOf('ctid:101/firewall'));
  assert.ok(ran.includes('hypervisor/firewall'));
  made.run(steps);
  assert.match(made.on('pve2', 'cat', clusterFile), /IN SSH\(ACCEPT\) # ssh\n/);
  assert.match(made.on('pve3', 'cat', '/etc/pve/local/host.fw'), /GROUP web # web\n/);
  assert.doesNotMatch(made.on('pve2', 'cat', '/etc/pve/local/host.fw'), /GROUP/);
  assert.deepEqual(made.sent(steps), []);
  assert.deepEqual(made.colleague().sent(steps), []);
  made.edit('hypervisor.json5', "macro: 'SSH'", "proto: 'tcp', dport: '22'");
  assert.deepEqual(done(made.run(steps)), ['hypervisor/firewall:rule:ssh', 'hypervisor/firewall']);
});

test('one node that would shut somebody out keeps the firewall of all as it was', () => {
  const shut = project(
    good,
    "{ rules: { shut: { type: 'in', action: 'DROP', proto: 'tcp', dport: '22' } } }",
  );
  const events = shut.run(steps, 8);
  const [told] = events.filter((event) => event.type === 'blocked');
  assert.equal(told?.task, 'hypervisor:pve3/host-firewall:options');
  assert.match(String(told?.error.facts), /port 22,ssh: rule shut of this node stops it/);
  assert.equal(shut.on('pve1', 'cat', clusterFile), '');

  const own = `{ rules: { me: { type: 'in', action: 'ACCEPT', source: '${far}' } } }`;
  const late = project("{ enabled: true, policyIn: 'DROP' }", own);
  const at = ['--operator', far];
  const blocked = late
    .run([...steps, ...at], 8)
    .flatMap((event) => (event.type === 'blocked' ? [event] : []));
  const { error } = blocked.find(({ task }) => task.startsWith('hypervisor:pve3/')) ?? {};
  assert.match(
    String(error?.facts),
    /why,cluster\.fw counts on all nodes before the new rules of this one do/,
  );
  assert.equal(late.on('pve1', 'cat', clusterFile), '');
});

test('a firewall that cuts off another node than that which it is written on is taken back', () => {
  const made = project(
    `{ enabled: true, rules: { far: { type: 'in', action: 'ACCEPT', source: '${far}' } } }`,
  );
  // Each new rule is the first.
  for (const rule of ['--action DROP', `--action ACCEPT --source ${far}`])
    made.on(
      'pve2',
      'pvesh',
      'create',
      '/nodes/pve2/firewall/rules',
      '--type',
      'in',
      ...rule.split(' '),
      '--enable',
      '1',
    );
  const events = made.run(['hypervisor/firewall', '--operator', far], 1);
  const [told] = events.filter((event) => event.type === 'failed');
  assert.equal(told?.task, 'hypervisor/firewall');
  assert.match(String(told?.error.facts), /why,.*would be cut \(DROP\).*nodes\/pve2\/host\.fw/);
  assert.equal(made.on('pve1', 'cat', clusterFile), '');
});

test('rules of the data centre are no node’s own', () => {
  const made = project(good);
  made.edit('nodes/pve3.json5', "hostname: 'pve3',", `firewall: { rules: { ${ssh} } },`);
  const { code, err } = made.phx('validate');
  assert.equal(code, 3);
  assert.match(err, /firewall\.rules is one thing for the whole cluster/);
});
