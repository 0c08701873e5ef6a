/** Guests that the HA manager keeps: requests, starts and stops in their time, nodes that are lost, rules (from documentation; B160). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TwinCluster } from '../../src/twin/cluster.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { create, furnishedCluster, names } from './cluster-nodes.ts';
import { all, hardware, run } from './node.ts';

async function services(twin: Twin): Promise<unknown[]> {
  const rows: Record<string, unknown>[] = JSON.parse(
    await all(twin, 'pvesh get /cluster/ha/status/current --output-format json'),
  );
  return rows.flatMap(({ sid, node, state }) => (sid === undefined ? [] : [[sid, node, state]]));
}

/** Time passes, and the nodes notice. */
async function pass(cluster: TwinCluster, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 5) {
    await cluster.time.sleep(5000);
    await all(cluster.node('pve1'), 'true');
  }
}

test('a start or a stop is a request, and comes about some seconds later', async () => {
  const cluster = await furnishedCluster();
  const two = cluster.node('pve2');
  await all(two, create(901, 'nas'), 'ha-manager add ct:901 --state stopped');
  assert.equal((await two.readFile('/etc/pve/ha/resources.cfg')) ?? '', 'ct: 901\n\tstate stopped\n\n');
  await pass(cluster, 20);
  assert.equal(await all(two, 'pct start 901'), 'Requesting HA start for CT 901\n');
  assert.equal(await all(two, 'pct status 901'), 'status: stopped\n');
  assert.deepEqual(await services(two), [['ct:901', 'pve2', 'starting']]);
  await pass(cluster, 20);
  assert.equal(await all(two, 'pct status 901'), 'status: running\n');
  assert.match(
    await all(two, 'ha-manager status'),
    /^quorum OK\nmaster pve1 \(active, .*\nlrm pve1[\s\S]*^service ct:901 \(pve2, started\)$/m,
  );
  assert.equal(await all(two, 'pct shutdown 901'), 'Requesting HA stop for CT 901\n');
  assert.match(
    await all(two, 'pvesh get /nodes/pve2/tasks --output-format json'),
    /"type":"hastop"[\s\S]*"type":"hastart"/,
  );
  await pass(cluster, 20);
  assert.equal(await all(two, 'pct status 901'), 'status: stopped\n');
  const upid = await all(two, 'pvesh create /nodes/pve2/lxc/901/status/start');
  assert.match(upid, /:hastart:901:/);
});

test('what HA keeps is not removed unless it is forgotten, too', async () => {
  const cluster = await furnishedCluster();
  const one = cluster.node('pve1');
  await all(one, create(901, 'nas'), 'ha-manager add 901 --state stopped');
  for (const [line, said] of [
    ['pct destroy 901', /unable to remove CT 901 - used in HA resources and purge parameter not set\./],
    ['ha-manager add ct:901', /create resource failed: resource ID 'ct:901' already defined/],
    ['ha-manager add ct:999', /resource 'ct:999' does not exist in cluster/],
    ['ha-manager set ct:999 --state started', /no such resource 'ct:999'/],
    ['ha-manager remove ct:999', /not HA managed/],
    ['ha-manager add nonsense', /unable to parse service id 'nonsense'/],
    ['ha-manager rules add node-affinity mine', /unknown command/],
  ] as const)
    assert.match((await run(one, line)).stderr, said, line);
  await all(one, 'ha-manager set ct:901 --state ignored');
  assert.match(
    (await run(one, 'pct destroy 901')).stderr,
    /used in HA resources/,
    'it is in the list all the same',
  );
  await all(one, 'pct destroy 901 --purge');
  assert.equal(await all(one, 'pvesh get /cluster/ha/resources --output-format json'), '[]\n');
});

test('a start that fails again and again ends in an error, which is left by disabling it', async () => {
  const cluster = await furnishedCluster();
  const one = cluster.node('pve1');
  await all(one, create(901, 'nas', ' --net0 name=eth0,bridge=vmbr9'), 'ha-manager add ct:901');
  await pass(cluster, 60);
  assert.deepEqual(await services(one), [['ct:901', 'pve1', 'error']]);
  assert.match((await run(one, 'pct start 901')).stderr, /in error state, must be disabled and fixed first/);
  await all(one, 'pvesh set /cluster/ha/resources/ct:901 --state disabled');
  await pass(cluster, 20);
  await all(one, 'pct set 901 --delete net0', 'ha-manager set ct:901 --state started');
  await pass(cluster, 30);
  assert.equal(await all(one, 'pct status 901'), 'status: running\n');
});

test('after two minutes without a node its guests run elsewhere, if their volumes are there', async () => {
  const cluster = await furnishedCluster();
  const [one, two] = [cluster.node('pve1'), cluster.node('pve2')];
  await all(
    two,
    create(901, 'nas'),
    create(902),
    'qm create 903 --memory 512 --scsi0 nas:4',
    create(904, 'nas'),
  );
  await all(two, 'ha-manager add ct:901', 'ha-manager add ct:902 --max_restart 0', 'ha-manager add vm:903');
  await all(two, 'pct start 904');
  await pass(cluster, 30);
  assert.equal(await all(two, 'pct status 901'), 'status: running\n');
  cluster.down('pve2');
  await pass(cluster, 100);
  assert.match((await one.readFile('/etc/pve/.vmlist')) ?? '', /"901": \{ "node": "pve2"/);
  await pass(cluster, 60);
  const found = new Map((await services(one)).map((row) => [(row as string[])[0], row as string[]]));
  assert.equal(found.get('ct:901')?.[2], 'started');
  assert.equal(found.get('vm:903')?.[2], 'started');
  assert.equal(found.get('ct:902')?.[2], 'error', 'its volume is on the node that is gone');
  assert.notEqual(found.get('ct:901')?.[1], 'pve2');
  assert.match((await one.readFile('/etc/pve/.vmlist')) ?? '', /"904": \{ "node": "pve2"/);
  cluster.up('pve2');
  assert.doesNotMatch(await all(two, 'pct list'), /901/);
});

test('a node that is cut off loses them, too; without a majority nobody takes over', async () => {
  const cluster = await furnishedCluster();
  const three = cluster.node('pve3');
  await all(three, create(901, 'nas'), 'ha-manager add ct:901');
  await pass(cluster, 30);
  cluster.isolate('pve3');
  cluster.isolate('pve2');
  await pass(cluster, 150);
  assert.equal(await all(three, 'pct status 901'), 'status: running\n');
  cluster.join('pve2');
  await pass(cluster, 30);
  assert.equal((await run(three, 'pct status 901')).exit, 2, 'it rebooted, and has it no more');
  const [row] = await services(cluster.node('pve1'));
  assert.deepEqual((row as string[])[2], 'started');
});

test('rules of 9.2 say where, and a request moves it', async () => {
  const nodes = Object.fromEntries(
    names.map((node, n) => [
      node,
      { ...hardware, node, address: `10.0.0.${11 + n}/24`, pve: '9.2' as const },
    ]),
  );
  const cluster = await furnishedCluster({ nodes });
  const [one, three] = [cluster.node('pve1'), cluster.node('pve3')];
  await all(three, create(901, 'nas'), create(902, 'nas'));
  await all(one, 'ha-manager add ct:901', 'ha-manager add ct:902');
  await all(one, 'ha-manager rules add node-affinity near --nodes pve1:1,pve2:2 --resources ct:901');
  await all(
    one,
    'pvesh create /cluster/ha/rules --rule apart --type resource-affinity --affinity negative --resources ct:901,ct:902',
  );
  assert.match(
    (await run(one, 'ha-manager rules add node-affinity x --nodes pve9 --resources ct:901')).stderr,
    /create ha rule failed: cannot use non-existant node\(s\) pve9\./,
  );
  assert.match(
    (await run(one, 'ha-manager rules set node-affinity near --resources ct:901,ct:999')).stderr,
    /update HA rules failed: cannot use unmanaged resource\(s\) ct:999\./,
  );
  assert.equal(JSON.parse(await all(one, 'pvesh get /cluster/ha/rules --output-format json')).length, 2);
  await pass(cluster, 30);
  cluster.down('pve3');
  await pass(cluster, 160);
  assert.deepEqual(await services(one), [
    ['ct:901', 'pve2', 'started'],
    ['ct:902', 'pve1', 'started'],
  ]);
  cluster.up('pve3');
  assert.equal(await all(one, 'pct migrate 902 pve3'), 'Requesting HA migration for CT 902 to node pve3\n');
  await pass(cluster, 30);
  assert.deepEqual((await services(one))[1], ['ct:902', 'pve3', 'started']);
  assert.equal(await all(three, 'pct status 902'), 'status: running\n');
  await all(one, 'ha-manager remove ct:902 --purge 1', 'ha-manager remove ct:901');
  assert.equal(await all(one, 'pvesh get /cluster/ha/rules --output-format json'), '[]\n');
});
