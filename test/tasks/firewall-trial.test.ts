/** The firewall on a twin: what shuts the door opens it again, with phx or without it, and an edit runs what it must. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OnTwin } from './on-twin.ts';

const cluster = '/etc/pve/firewall/cluster.fw';
const host = '/etc/pve/nodes/pve1/host.fw';
const steps = /^hypervisor\/firewall/;
const away = '203.0.113.9';

const fleet = (rules: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}) => ({
  hypervisor: { firewall: { enabled: true, rules, ...more } },
});
const ssh = { type: 'in', action: 'ACCEPT', macro: 'SSH' };
const good = fleet({ ssh, nfs: { type: 'in', action: 'ACCEPT', proto: 'tcp', dport: '2049' } });
/** Lets the person in who is far away, and nobody of the node's own network. */
const shut = fleet({
  far: { type: 'in', action: 'ACCEPT', source: away, proto: 'tcp', dport: '22,8006' },
  shut: { type: 'in', action: 'DROP' },
});

async function built(): Promise<OnTwin> {
  const node = new OnTwin();
  assert.deepEqual([...(await node.run(good, steps)).problems], []);
  return node;
}

test('a firewall that shuts the door is taken back, and the former one counts again', async () => {
  const node = await built();
  const former = await node.twin.readFile(cluster);
  const { problems } = await node.run(shut, steps, away);
  assert.deepEqual([...problems.keys()], ['hypervisor/firewall']);
  assert.match(problems.get('hypervisor/firewall')?.title ?? '', /^The new firewall was taken back/);
  assert.match(
    String(problems.get('hypervisor/firewall')?.facts),
    /why,new connections from 10\.0\.0\.0\/24 to port 22 would be cut \(DROP\)/,
  );
  assert.equal(await node.twin.readFile(cluster), former);
  await node.twin.reach();
  node.pass(3600);
  assert.equal(await node.twin.readFile(cluster), former);
  assert.deepEqual([...(await node.run(good, steps)).problems], []);
  assert.deepEqual((await node.run(good, steps)).started, []);
});

test('nobody is let to lock themselves out: not one file is written', async () => {
  const node = await built();
  const { problems, started } = await node.run(shut, steps);
  assert.deepEqual([...problems.keys()], ['hypervisor/firewall:options']);
  assert.deepEqual(started, []);
  assert.equal(await node.twin.readFile('/var/lib/phx/parts/firewall/rule%3Ashut'), undefined);
});

test('killed while the door is shut: the timer opens it, and the next run converges', async () => {
  const node = await built();
  const former = await node.twin.readFile(cluster);
  node.twin.addFault({ match: 'pve-firewall restart', nth: 1, kill: 'after' });
  assert.equal((await node.run(shut, steps, away)).killed, true);
  await assert.rejects(node.twin.reach(), /would be cut \(DROP\)/);
  node.pass(59);
  await assert.rejects(node.twin.reach());
  node.pass(1);
  await node.twin.reach();
  assert.equal(await node.twin.readFile(cluster), former);
  assert.deepEqual([...(await node.run(good, steps)).problems], []);
  assert.equal(await node.twin.readFile(cluster), former);
  assert.deepEqual((await node.run(good, steps)).started, []);
});

test('killed, and run again before the timer: the former state first, then the new one', async () => {
  const node = await built();
  const better = fleet({ ssh, ping: { type: 'in', action: 'ACCEPT', proto: 'icmp' } });
  node.twin.addFault({ match: 'pve-firewall restart', nth: 1, kill: 'after' });
  assert.equal((await node.run(better, steps)).killed, true);
  const next = await node.run(better, steps);
  assert.deepEqual([...next.problems], []);
  assert.ok(
    next.said.includes('an interrupted run left the firewall on trial: the former state is put back first'),
  );
  const text = await node.twin.readFile(cluster);
  assert.match(text ?? '', /# ping\n/);
  node.pass(3600);
  await node.twin.reach();
  assert.equal(await node.twin.readFile(cluster), text);
});

test('an edited rule runs its own step and the whole, a new order only the whole', async () => {
  const node = await built();
  const edited = fleet({ ssh, nfs: { type: 'in', action: 'ACCEPT', proto: 'tcp', dport: '111,2049' } });
  assert.deepEqual((await node.run(edited, steps)).started, [
    'hypervisor/firewall:rule:nfs',
    'hypervisor/firewall',
  ]);
  const { nfs } = edited.hypervisor.firewall.rules;
  assert.deepEqual((await node.run(fleet({ nfs, ssh }), steps)).started, ['hypervisor/firewall']);
  assert.match((await node.twin.readFile(cluster)) ?? '', /# nfs\n.*# ssh\n/);
  const own = fleet({ nfs, ssh }, { node: { rules: { ssh } } });
  assert.deepEqual((await node.run(own, steps)).started, [
    'hypervisor/firewall:node:ssh',
    'hypervisor/firewall',
  ]);
  assert.match((await node.twin.readFile(host)) ?? '', /\[RULES\]\n\nIN SSH\(ACCEPT\) # ssh\n/);
});

test('a rule that leaves the configuration leaves the node, and so does what was added by hand', async () => {
  const node = await built();
  await node.run(fleet({ ssh }), steps);
  assert.doesNotMatch((await node.twin.readFile(cluster)) ?? '', /nfs/);
  assert.equal(await node.twin.readFile('/var/lib/phx/parts/firewall/rule%3Anfs'), undefined);
  const text = (await node.twin.readFile(cluster)) ?? '';
  await node.twin.writeFile(cluster, text.replace('[RULES]\n', '[RULES]\n\nIN ACCEPT -p tcp -dport 9999'));
  assert.deepEqual((await node.run(fleet({ ssh }), steps)).started, ['hypervisor/firewall']);
  assert.equal(await node.twin.readFile(cluster), text);
});

test('switched off it is off', async () => {
  const node = await built();
  const off = { hypervisor: { firewall: { ...good.hypervisor.firewall, enabled: false } } };
  assert.deepEqual([...(await node.run(off, steps)).problems], []);
  assert.match((await node.twin.run({ argv: ['pve-firewall', 'status'] })).stdout, /disabled\/running/);
  assert.deepEqual((await node.run(off, steps)).started, []);
  assert.deepEqual((await node.run({}, steps)).started, []);
});
