/** What `pvesh` says of a cluster, and what it hands on to other nodes (from documentation). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Twin } from '../../src/twin/twin.ts';
import { create, furnishedCluster } from './cluster-nodes.ts';
import { all, run } from './node.ts';

async function get(twin: Twin, path: string): Promise<Record<string, unknown>[]> {
  return JSON.parse(await all(twin, `pvesh get ${path} --output-format json`));
}

test('status, nodes and resources tell of all nodes, and of one that is off what is known', async () => {
  const cluster = await furnishedCluster();
  const one = cluster.node('pve1');
  await all(one, create(901), 'pct start 901');
  await all(cluster.node('pve2'), create(902), 'pct start 902', 'qm create 903 --memory 512');
  const [whole, ...nodes] = await get(one, '/cluster/status');
  assert.deepEqual([whole?.type, whole?.nodes, whole?.quorate], ['cluster', 3, 1]);
  assert.deepEqual(
    nodes.map(({ name, local, online, nodeid, ip }) => [name, local, online, nodeid, ip]),
    [
      ['pve1', 1, 1, 1, '10.0.0.11'],
      ['pve2', 0, 1, 2, '10.0.0.12'],
      ['pve3', 0, 1, 3, '10.0.0.13'],
    ],
  );
  const guests = async () =>
    (await get(one, '/cluster/resources --type vm')).map(({ id, node, status }) => [id, node, status]);
  assert.deepEqual(await guests(), [
    ['lxc/901', 'pve1', 'running'],
    ['lxc/902', 'pve2', 'running'],
    ['qemu/903', 'pve2', 'stopped'],
  ]);
  cluster.down('pve2');
  assert.deepEqual(await guests(), [
    ['lxc/901', 'pve1', 'running'],
    ['lxc/902', 'pve2', 'unknown'],
    ['qemu/903', 'pve2', 'unknown'],
  ]);
  assert.deepEqual(
    (await get(one, '/nodes')).map(({ node, status }) => [node, status]),
    [
      ['pve1', 'online'],
      ['pve2', 'offline'],
      ['pve3', 'online'],
    ],
  );
  const types = new Set((await get(one, '/cluster/tasks')).map(({ type }) => type));
  assert.ok(types.has('vzstart'));
});

test('what is asked of another node, that one answers and does', async () => {
  const cluster = await furnishedCluster();
  const [one, two] = [cluster.node('pve1'), cluster.node('pve2')];
  await all(two, create(902));
  assert.deepEqual(
    (await get(one, '/nodes/pve2/lxc')).map(({ vmid, status }) => [vmid, status]),
    [[902, 'stopped']],
  );
  const upid = await all(one, 'pvesh create /nodes/pve2/lxc/902/status/start');
  assert.match(upid, /UPID:pve2:/);
  assert.equal(await all(two, 'pct status 902'), 'status: running\n');
  await all(one, 'pvesh set /nodes/pve2/lxc/902/config --memory 768');
  assert.match(await all(two, 'pct config 902'), /memory: 768/);
  await all(one, 'pvesh create /nodes/pve2/lxc/902/migrate --target pve3 --restart 1');
  assert.equal(await all(cluster.node('pve3'), 'pct status 902'), 'status: running\n');
  const own = await run(one, 'pvesh create /nodes/pve3/lxc/902/migrate --target pve3');
  assert.match(own.stderr, /target: target is local node\./);
  cluster.down('pve2');
  const { exit, stderr } = await run(one, 'pvesh get /nodes/pve2/lxc');
  assert.notEqual(exit, 0);
  assert.match(stderr, /No route to host\nproxy handler failed/);
  assert.match((await run(one, 'pvesh get /nodes/pve9/lxc')).stderr, /hostname lookup 'pve9' failed/);
});

test('an id of another node is taken, also for a clone', async () => {
  const cluster = await furnishedCluster();
  const one = cluster.node('pve1');
  await all(cluster.node('pve2'), 'qm create 100 --memory 512');
  assert.equal(await all(one, 'pvesh get /cluster/nextid'), '101\n');
  await all(one, create(901), 'qm create 902 --memory 512');
  assert.match((await run(one, 'pct clone 901 100')).stderr, /VM 100 already exists on node 'pve2'/);
  assert.match((await run(one, 'qm clone 902 100')).stderr, /File exists/);
});
