/** The twin as a cluster: what its nodes share and what is each one's own, nodes that are off or cut off, quorum. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UnreachableError } from '../../src/core/error.ts';
import { openTwinCluster, TwinCluster } from '../../src/twin/cluster.ts';
import { TwinStateError } from '../../src/twin/twin.ts';
import { tempFolder } from '../temp.ts';
import { create, freshCluster, furnishedCluster, template } from './cluster-nodes.ts';
import { all, freshTwin, hardware, run } from './node.ts';

const dir = tempFolder();

test('what is in /etc/pve and on shared storages is there on every node, and the rest is not', async () => {
  const cluster = await furnishedCluster();
  const [one, two] = [cluster.node('pve1'), cluster.node('pve2')];
  assert.equal(await two.readFile('/etc/pve/storage.cfg'), await one.readFile('/etc/pve/storage.cfg'));
  assert.match(await all(two, 'pveam list nas'), /debian-12-standard/);
  await all(one, 'pveum user add tool@pve', 'mkdir -p /srv/own', create(900), create(901, 'nas'));
  assert.match(await all(two, 'pveum user list --noborder 1'), /tool@pve/);
  assert.equal((await run(two, 'test -d /srv/own')).exit, 1);
  assert.equal(await all(two, 'pct list'), '');
  assert.match(await all(two, 'pvesm list nas'), /nas:901\/vm-901-disk-0\.raw/);
  assert.doesNotMatch(await all(two, 'pvesm list fast'), /900/);
  await all(two, 'pveum user delete tool@pve', 'pvesm set fast --nodes pve1,pve2');
  assert.doesNotMatch(await all(one, 'pveum user list --noborder 1'), /tool@pve/);
  assert.match(
    (await run(cluster.node('pve3'), create(902))).stderr,
    /'fast' is not available on node 'pve3'/,
  );
});

test('a guest belongs to its node: its conf is read everywhere, it is worked on there alone, its id is taken for all', async () => {
  const cluster = await furnishedCluster();
  const [one, two] = [cluster.node('pve1'), cluster.node('pve2')];
  await all(one, create(905), 'pct start 905');
  const conf = await one.readFile('/etc/pve/lxc/905.conf');
  assert.match(conf ?? '', /^hostname: ct905$/m);
  assert.equal(await two.readFile('/etc/pve/lxc/905.conf'), undefined);
  assert.equal(await two.readFile('/etc/pve/nodes/pve1/lxc/905.conf'), conf);
  assert.equal(await one.readFile('/etc/pve/local/lxc/905.conf'), conf);
  for (const [line, said] of [
    ['pct start 905', "Configuration file 'nodes/pve2/lxc/905.conf' does not exist"],
    [create(905), "CT 905 already exists on node 'pve1'"],
    ['qm create 905 --memory 512', "unable to create VM 905 - CT 905 already exists on node 'pve1'"],
  ] as const) {
    const { exit, stderr } = await run(two, line);
    assert.notEqual(exit, 0, line);
    assert.equal(stderr.trim(), said, line);
  }
  assert.match((await run(two, 'pvesh get /cluster/nextid --vmid 905')).stderr, /VM 905 already exists/);
  await assert.rejects(two.writeFile('/etc/pve/lxc/905.conf', 'arch: amd64\n'), /EEXIST/);
  await all(two, create(906), 'qm create 907 --memory 512');
  assert.deepEqual(JSON.parse((await one.readFile('/etc/pve/.vmlist')) ?? ''), {
    version: 4,
    ids: {
      905: { node: 'pve1', type: 'lxc', version: 1 },
      906: { node: 'pve2', type: 'lxc', version: 2 },
      907: { node: 'pve2', type: 'qemu', version: 3 },
    },
  });
});

test('every node names the members, corosync and the same authority; a node alone has no cluster', async () => {
  const cluster = freshCluster();
  const [one, two] = [cluster.node('pve1'), cluster.node('pve2')];
  const members = JSON.parse((await two.readFile('/etc/pve/.members')) ?? '');
  assert.equal(members.nodename, 'pve2');
  assert.equal(members.cluster.quorate, 1);
  assert.equal(members.cluster.nodes, 3);
  assert.deepEqual(members.nodelist.pve3, { id: 3, online: 1, ip: '10.0.0.13' });
  assert.match((await two.readFile('/etc/pve/corosync.conf')) ?? '', /ring0_addr: 10\.0\.0\.13/);
  const authority = await one.readFile('/etc/pve/pve-root-ca.pem');
  assert.match(authority ?? '', /^-----BEGIN CERTIFICATE-----\n/);
  assert.equal(await two.readFile('/etc/pve/pve-root-ca.pem'), authority);
  const identity = await cluster.identity();
  for (const name of cluster.names) assert.equal(await cluster.node(name).identity(), identity);
  const alone = freshTwin();
  assert.deepEqual(JSON.parse((await alone.readFile('/etc/pve/.members')) ?? ''), {
    nodename: 'pve1',
    version: 0,
  });
  assert.deepEqual(JSON.parse((await alone.readFile('/etc/pve/.vmlist')) ?? ''), { version: 1 });
  assert.notEqual(await alone.readFile('/etc/pve/pve-root-ca.pem'), authority);
});

test('one file keeps them all: another process sees each change, a look writes nothing, shared things stand there once', async () => {
  const stateFile = join(dir, 'cluster.json');
  const looking = freshCluster({ stateFile });
  await all(looking.node('pve2'), 'pct list');
  assert.equal(existsSync(stateFile), false, 'looking leaves no trace');
  const cluster = await furnishedCluster({ stateFile });
  const other = freshCluster({ stateFile });
  await all(cluster.node('pve1'), create(901, 'nas'));
  assert.equal(await other.identity(), await cluster.identity());
  await all(other.node('pve2'), create(902, 'nas'), 'pveum user add tool@pve');
  await all(other.node('pve1'), 'pct start 901');
  assert.equal(await all(cluster.node('pve1'), 'pct status 901'), 'status: running\n');
  assert.match(await all(cluster.node('pve3'), 'pveum user list --noborder 1'), /tool@pve/);
  const before = statSync(stateFile).ino;
  for (const name of cluster.names) {
    await all(cluster.node(name), 'pct list', 'pvesm status', 'cat /etc/pve/.members');
    await all(other.node(name), 'pct list');
  }
  assert.equal(statSync(stateFile).ino, before);
  assert.equal(readFileSync(stateFile, 'utf8').split('nas:902/vm-902-disk-0.raw"').length, 2);
});

test('time that was waited for on one node has passed on all, in the next process too', async () => {
  const stateFile = join(dir, 'time.json');
  const cluster = freshCluster({ stateFile, clock: () => 1_000_000 });
  await cluster.time.sleep(3_600_000);
  await all(cluster.node('pve1'), 'mkdir /srv/made');
  const later = freshCluster({ stateFile, clock: () => 1_000_000 });
  await all(later.node('pve3'), 'pct list');
  assert.equal(later.time.now(), 4_600_000);
});

test('a damaged file is one clear error, and a reset the way out', async () => {
  const stateFile = join(dir, 'damaged.json');
  for (const text of ['{"version":1,', '{"version":9}', '{"version":1,"id":"x","name":"y","nodes":{}}']) {
    writeFileSync(stateFile, text);
    const cluster = freshCluster({ stateFile });
    const name = 'pve1';
    assert.throws(() => cluster.node(name), TwinStateError);
    cluster.reset();
    assert.equal(await all(cluster.node(name), 'pct list'), '');
  }
});

test('a fork is the same cluster and changes nothing of it; a node forks with the whole', async () => {
  const cluster = await furnishedCluster();
  await all(cluster.node('pve2'), create(901, 'nas'));
  const copy = cluster.fork();
  assert.equal(await copy.identity(), await cluster.identity());
  await all(copy.node('pve2'), 'pct destroy 901');
  await all(copy.node('pve1'), create(901, 'nas'), 'pveum user add tool@pve');
  assert.match(await all(copy.node('pve3'), 'pveum user list --noborder 1'), /tool@pve/);
  assert.match(await all(cluster.node('pve2'), 'pct list'), /901/);
  assert.doesNotMatch(await all(cluster.node('pve3'), 'pveum user list --noborder 1'), /tool@pve/);
  const { stderr } = await run(cluster.node('pve1').fork(), create(901));
  assert.match(stderr, /already exists on node 'pve2'/);
});

test('a cluster of given nodes shares what they know, and knows of one that was not reached', async () => {
  const cluster = await furnishedCluster();
  await all(cluster.node('pve1'), create(901, 'nas'));
  await all(cluster.node('pve2'), create(902, 'nas'), create(903));
  const nodes = new Map(['pve1', 'pve2'].map((name) => [name, cluster.node(name).fork()]));
  const copy = TwinCluster.of(nodes, {
    identity: 'sha256:authority',
    absent: { pve3: { address: '10.0.0.13', guests: { 904: { kind: 'vm' } } } },
  });
  assert.equal(await copy.node('pve2').identity(), 'sha256:authority');
  assert.match(await all(copy.node('pve1'), 'pvesm list nas'), /902/);
  assert.match((await run(copy.node('pve1'), create(904))).stderr, /VM 904 already exists on node 'pve3'/);
  await assert.rejects(run(copy.node('pve3'), 'pct list'), UnreachableError);
  await all(copy.node('pve1'), 'pvesm set nas --nodes pve1');
  assert.match((await run(copy.node('pve2'), create(905, 'nas'))).stderr, /'nas' is not available/);
});

test('a node that is off cannot be reached; its guests are known, and start with it when they are to', async () => {
  const cluster = await furnishedCluster();
  const [one, two] = [cluster.node('pve1'), cluster.node('pve2')];
  await all(two, create(901, 'fast', ' --onboot 1'), create(902), 'pct start 901', 'pct start 902');
  cluster.down('pve2');
  await assert.rejects(run(two, 'pct list'), UnreachableError);
  await assert.rejects(two.readFile('/etc/hostname'), UnreachableError);
  await assert.rejects(two.writeFile('/tmp/x', ''), UnreachableError);
  await assert.rejects(two.removeFile('/tmp/x'), UnreachableError);
  await assert.rejects(two.reach(), UnreachableError);
  assert.match((await one.readFile('/etc/pve/nodes/pve2/lxc/902.conf')) ?? '', /ct902/);
  const members = JSON.parse((await one.readFile('/etc/pve/.members')) ?? '');
  assert.deepEqual([members.nodelist.pve2.online, members.cluster.quorate], [0, 1]);
  await all(one, 'pveum user add tool@pve');
  const { bootId } = cluster.describe().nodes[1] ?? {};
  cluster.up('pve2');
  assert.notEqual(cluster.describe().nodes[1]?.bootId, bootId);
  assert.equal(await all(two, 'pct status 901'), 'status: running\n');
  assert.equal(await all(two, 'pct status 902'), 'status: stopped\n');
  assert.match(await all(two, 'pveum user list --noborder 1'), /tool@pve/);
});

test('a command is lost with the node that it runs on', async () => {
  const cluster = await furnishedCluster({ latency: 'real', speed: 'skip' });
  const two = cluster.node('pve2');
  const work = run(two, create(901));
  await cluster.time.sleep(600);
  cluster.down('pve2');
  await assert.rejects(work, /was lost while pct create ran/);
  cluster.up('pve2');
  assert.equal(await two.readFile('/etc/pve/lxc/901.conf'), 'lock: create\n');
});

test('without a majority /etc/pve is read-only: what runs goes on, what changes it is refused', async () => {
  const cluster = await furnishedCluster();
  const one = cluster.node('pve1');
  await all(one, create(901), create(902), 'pct start 901');
  cluster.down('pve2');
  cluster.down('pve3');
  for (const line of [
    ...['pct start 902', create(903), 'pct set 902 --memory 1024', 'pct snapshot 902 s1', 'pct destroy 902'],
    ...['pvesm set fast --content rootdir', 'pveum user add tool@pve', 'qm create 904 --memory 512'],
    ...['pvesh create /pools --poolid web', 'pvesh set /cluster/options --keyboard de'],
  ]) {
    const { exit, stderr } = await run(one, line);
    assert.notEqual(exit, 0, line);
    assert.equal(stderr, 'cluster not ready - no quorum?\n', line);
  }
  for (const line of ['mkdir /etc/pve/mine', 'touch /etc/pve/mine', 'rm /etc/pve/user.cfg']) {
    const { exit, stderr } = await run(one, line);
    assert.equal(exit, 1, line);
    assert.match(stderr, /Permission denied$/m, line);
  }
  await assert.rejects(one.writeFile('/etc/pve/firewall/cluster.fw', ''), /EACCES/);
  await assert.rejects(one.removeFile('/etc/pve/lxc/902.conf'), /EACCES/);
  assert.match(await all(one, 'pct list', 'pct config 902', 'pvesm status', 'pct list'), /902 +stopped/);
  await all(one, 'pct exec 901 -- true', 'mkdir /srv/own', 'pct stop 901');
  assert.match((await one.readFile('/etc/pve/storage.cfg')) ?? '', /zfspool: fast/);
  cluster.up('pve3');
  await all(one, 'pct start 902', create(903));
});

test('a node that is cut off is alone with what it saw last, and sees the rest when it is back', async () => {
  const cluster = await furnishedCluster();
  const [one, three] = [cluster.node('pve1'), cluster.node('pve3')];
  await all(one, create(901));
  cluster.isolate('pve3');
  await all(one, 'pct set 901 --memory 768', 'pveum user add tool@pve', 'pvesm set nas --content rootdir');
  const nasContent = /server 10.0.0.99\n\tcontent .*vztmpl/;
  const seen = (await three.readFile('/etc/pve/nodes/pve1/lxc/901.conf')) ?? '';
  assert.doesNotMatch(seen, /768/);
  assert.doesNotMatch(await all(three, 'pveum user list --noborder 1'), /tool@pve/);
  assert.match((await three.readFile('/etc/pve/storage.cfg')) ?? '', nasContent);
  assert.match((await run(three, create(902))).stderr, /no quorum/);
  const view = JSON.parse((await three.readFile('/etc/pve/.members')) ?? '');
  assert.deepEqual([view.cluster.quorate, view.nodelist.pve1.online, view.nodelist.pve3.online], [0, 0, 1]);
  const others = JSON.parse((await one.readFile('/etc/pve/.members')) ?? '');
  assert.deepEqual([others.cluster.quorate, others.nodelist.pve3.online], [1, 0]);
  cluster.join('pve3');
  assert.match((await three.readFile('/etc/pve/nodes/pve1/lxc/901.conf')) ?? '', /memory: 768/);
  assert.match(await all(three, 'pveum user list --noborder 1'), /tool@pve/);
  assert.doesNotMatch((await three.readFile('/etc/pve/storage.cfg')) ?? '', nasContent);
  await all(three, create(902));
});

test('the guests of a lost node are taken over by moving their confs', async () => {
  const cluster = await furnishedCluster();
  const one = cluster.node('pve1');
  await all(cluster.node('pve2'), create(901, 'nas'), create(902), 'pct start 901');
  cluster.down('pve2');
  await all(one, 'mv /etc/pve/nodes/pve2/lxc/901.conf /etc/pve/nodes/pve1/lxc/901.conf', 'pct start 901');
  await all(one, 'mv /etc/pve/nodes/pve2/lxc/902.conf /etc/pve/lxc/');
  assert.match((await run(one, 'pct start 902')).stderr, /volume 'fast:subvol-902-disk-0' does not exist/);
  cluster.up('pve2');
  assert.equal(await all(cluster.node('pve2'), 'pct list'), '');
});

test('a hundred nodes cost nothing where nothing is written', async () => {
  const nodes = Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => [`pve${n}`, { ...hardware, node: `pve${n}` }]),
  );
  const cluster = openTwinCluster({ nodes });
  await all(cluster.node('pve0'), 'mkdir /etc/pve/made');
  const began = performance.now();
  for (const name of cluster.names) await all(cluster.node(name), 'test -d /etc/pve/made');
  assert.ok(performance.now() - began < 1000);
  assert.throws(() => cluster.node('pve100'), /no simulated node pve100/);
  assert.equal(template.startsWith('nas:'), true);
});
