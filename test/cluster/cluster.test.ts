/** Three simulated nodes as one cluster: a build, a node that is away, no quorum, moves, a colleague, mistakes. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ClusterProject } from './project.ts';

const homes = {
  'ctid:101': 'running on pve1',
  'ctid:102': 'running on pve2',
  'ctid:103': 'running on pve3',
  'ctid:110': 'running on pve2',
  'vmid:201': 'running on pve1',
};

/** Built once; each test has its own. */
function built(): ClusterProject {
  const project = new ClusterProject();
  project.run(['all']);
  return project;
}

const guestsOf = (project: ClusterProject) =>
  Object.fromEntries(Object.entries(project.states()).filter(([target]) => /^(ct|vm)id:/.test(target)));

const stateFile = (project: ClusterProject) =>
  readFileSync(join(project.root, '.cache', 'twin', 'cluster.json'), 'utf8');

test('guests are made where they are to be, with the reason; the second run does nothing', () => {
  const project = new ClusterProject();
  const placed = project.plan('ctid:110/define').tasks.find(({ task }) => task === 'ctid:110/define');
  assert.deepEqual(placed?.because.at(-1), {
    ...{ why: 'added', key: 'placed on' },
    to: 'pve2 (pve2 95 GiB, pve1 92 GiB of memory left)',
  });
  project.run(['all']);
  assert.deepEqual(guestsOf(project), homes);
  assert.deepEqual(project.sent(['all']), []);
  assert.ok(project.plan('all').tasks.every(({ verdict }) => verdict === 'fresh'));
});

test('a colleague with an empty cache sends no command for what stands', () => {
  const colleague = built().colleague();
  assert.deepEqual(
    colleague.plan('all').tasks.flatMap(({ commands, files }) => [...commands, ...files]),
    [],
  );
  assert.deepEqual(colleague.sent(['all']), []);
  assert.ok(colleague.plan('all').tasks.every(({ verdict }) => verdict === 'fresh'));
});

test('one node at a time is named, or all of them', () => {
  const project = new ClusterProject();
  const ids = (word: string) => project.phx('list', word).out;
  assert.match(ids('hypervisor:pve2'), /pve2/);
  assert.doesNotMatch(ids('hypervisor:pve2'), /pve1/);
  const targets = new Set(project.plan('hypervisor').tasks.map(({ task }) => task.split('/')[0]));
  assert.deepEqual([...targets].sort(), [
    'hypervisor',
    'hypervisor:pve1',
    'hypervisor:pve2',
    'hypervisor:pve3',
  ]);
});

test('what is one thing for all nodes waits for what else is', () => {
  const done = new ClusterProject().run(['hypervisor/backup:nightly']);
  const ids = done.flatMap((event) => (event.type === 'done' ? [event.task] : []));
  assert.deepEqual(ids.slice(-2), ['hypervisor/storage:nas', 'hypervisor/backup:nightly']);
});

test('of a node that is away the guests are unknown, not missing, and everything else goes on', () => {
  const project = built();
  project.edit('guests/101-dns.json5', 'memory: 512', 'memory: 768');
  project.edit('guests/102-web.json5', 'memory: 1024', 'memory: 2048');
  project.node('pve2', 'down');
  assert.equal(guestsOf(project)['ctid:102'], 'unknown on pve2');
  assert.equal(project.states()['hypervisor:pve2'], 'out of reach');
  const events = project.run(['all'], 8);
  const ran = events.flatMap((event) => (event.type === 'done' ? [event.task] : []));
  assert.deepEqual(ran, ['ctid:101/configure']);
  const told = events.filter((event) => event.type === 'blocked');
  assert.deepEqual(
    told.map(({ error }) => error.title),
    ['pve2 (simulated node) cannot be reached'],
    'once, not for each of its tasks',
  );
  project.node('pve2', 'up');
  const sent = project.sent(['all']);
  assert.deepEqual(
    sent.filter((line) => line.startsWith('pct set')),
    ['pct set 102 --memory 2048'],
  );
  assert.deepEqual(guestsOf(project), homes);
});

test('a cluster is built while one of its nodes is away; what belongs there follows', () => {
  const project = new ClusterProject();
  project.node('pve3', 'down');
  project.run(['all'], 8);
  const { 'ctid:103': proxy, ...others } = guestsOf(project);
  const { 'ctid:103': last, ...rest } = homes;
  assert.deepEqual([proxy, others], ['absent', rest]);
  project.node('pve3', 'up');
  project.run(['all']);
  assert.equal(guestsOf(project)['ctid:103'], last);
});

test('without quorum it is only looked: a run is refused before it changes anything', () => {
  const project = built();
  project.edit('guests/101-dns.json5', 'memory: 512', 'memory: 768');
  project.node('pve2', 'down');
  project.node('pve3', 'down');
  const before = stateFile(project);
  const { code, err } = project.phx('run', 'all');
  assert.equal(code, 8);
  assert.match(err, /pve1 {2}the node has no quorum: \/etc\/pve is read-only/);
  assert.equal(stateFile(project), before);
  const planned = project.plan('ctid:101').tasks.filter(({ verdict }) => verdict === 'stale');
  assert.deepEqual(
    planned.map(({ task }) => task),
    ['ctid:101/configure'],
  );
});

test('a node that has lost the others is left alone while these go on', () => {
  const project = built();
  project.edit('guests/101-dns.json5', 'memory: 512', 'memory: 768');
  project.node('pve1', 'isolated');
  const events = project.run(['all'], 8);
  const told = events.flatMap((event) => (event.type === 'blocked' ? [event.error.title] : []));
  assert.deepEqual(told, ['Node pve1 has lost the cluster']);
  project.node('pve1', 'joined');
  assert.deepEqual(project.sent(['all']), ['pct set 101 --memory 768']);
});

test('a guest is moved to its node, running ones without a stop where that is asked for, and stays there', () => {
  const project = built();
  project.edit('guests/201-app.json5', "node: 'pve1'", "node: 'pve3'");
  project.edit('guests/102-web.json5', "node: 'pve2', migrate: 'online'", "node: 'pve1', migrate: 'offline'");
  project.edit('guests/101-dns.json5', "node: 'pve1'", "node: 'pve2'");
  const sent = project.sent(['all']);
  const of = (id: number) => sent.filter((line) => line.includes(String(id)));
  assert.deepEqual([...of(101), ...of(103), ...of(110)], []);
  assert.deepEqual(of(102), [
    'pct shutdown 102 --timeout 60 --forceStop 1',
    'pct migrate 102 pve1',
    'pct start 102',
  ]);
  assert.deepEqual(of(201), [
    'qm migrate 201 pve3 --online 1 --with-local-disks 1',
    // Its data for cloud-init lies beside it, on a storage of the node.
    ...['user', 'network', 'meta', 'vendor'].map((name) => `write /var/lib/vz/snippets/vm-201-${name}.yaml`),
    'qm cloudinit update 201',
  ]);
  assert.deepEqual(guestsOf(project), {
    ...homes,
    ...{ 'ctid:102': 'running on pve1', 'vmid:201': 'running on pve3' },
  });
  assert.deepEqual(project.sent(['all']), []);
});

test('a guest that somebody moved is worked on where it is, and moved back only if its configuration says so', () => {
  const project = built();
  project.on('pve1', 'pct', 'migrate', '101', 'pve2', '--restart', '1');
  project.on('pve2', 'pct', 'migrate', '102', 'pve1', '--restart', '1');
  project.edit('guests/101-dns.json5', 'memory: 512', 'memory: 768');
  assert.deepEqual(project.sent(['all', '-j', '1']).sort(), [
    'pct migrate 102 pve2 --restart 1',
    'pct set 101 --memory 768',
  ]);
  assert.deepEqual(guestsOf(project), { ...homes, 'ctid:101': 'running on pve2' });
});

test('a move that was cut off in its middle is taken up, with one guest and one copy of its volumes at the end', () => {
  const project = built();
  const before = project.on('pve2', 'pvesm', 'list', 'tank').split('\n').length;
  project.edit('guests/102-web.json5', "node: 'pve2'", "node: 'pve1'");
  project.phx('twin', 'fault', 'pct migrate', '--kill', 'during', '--node', 'pve2');
  assert.equal(project.phxAlone('run', 'all').code, null);
  project.run(['all']);
  assert.equal(guestsOf(project)['ctid:102'], 'running on pve1');
  const volumes = (node: string) =>
    project.on(node, 'pvesm', 'list', 'tank', '--vmid', '102').split('\n').slice(1, -1);
  assert.deepEqual([volumes('pve1').length, volumes('pve2').length], [1, 0]);
  assert.ok(before > 1);
  assert.deepEqual(project.sent(['all']), []);
});

test('nodes that wait for a boot reboot one after the other, and what runs there is started again', () => {
  const project = built();
  project.edit(
    'hypervisor.json5',
    "timezone: 'Europe/Berlin',",
    "timezone: 'Europe/Berlin', vfio: { ids: ['1002:164e'] },",
  );
  assert.equal(project.phx('run', 'all', '--no-reboot').code, 7);
  const boots = project
    .run(['all', '--reboot'])
    .flatMap((event) =>
      (event.type === 'started' || event.type === 'done') && event.task.endsWith('/reboot')
        ? [`${event.type} ${event.task.replace(/^hypervisor:|\/reboot$/g, '')}`]
        : [],
    );
  const order = boots
    .filter((line) => line.startsWith('started'))
    .map((line) => line.replace('started ', ''));
  assert.deepEqual([...order].sort(), ['pve1', 'pve2', 'pve3']);
  assert.deepEqual(
    boots,
    order.flatMap((name) => [`started ${name}`, `done ${name}`]),
  );
  assert.deepEqual(guestsOf(project), homes);
  assert.deepEqual(project.sent(['all']), []);
});

test('a name or an address that a guest of any node has is told before the run', () => {
  const project = built();
  const template = 'local:vztmpl/debian-12-standard_12.12-1_amd64.tar.zst';
  const options =
    '--hostname proxy --rootfs nas:1 --net0 name=eth0,bridge=vmbr0,ip=10.0.0.101/24 --unprivileged 1';
  project.on('pve3', 'pct', 'create', '900', template, ...options.split(' '));
  const { conflicts } = project.plan('all');
  assert.deepEqual([...conflicts].sort(), [
    'ctid:101: the address 10.0.0.101 of its net0 is in use',
    'ctid:103: the name proxy is that of another guest',
  ]);
});

test('mistakes about nodes are told with the way out', () => {
  const project = new ClusterProject();
  project.edit('guests/101-dns.json5', "node: 'pve1'", "node: 'pve9'");
  project.edit('guests/102-web.json5', "node: 'pve2'", "place: { by: 'memory', among: ['pve1'] }");
  project.write('config/nodes/pve4.json5', '{}');
  project.write('config/nodes/pve2.json5', "{ hostname: 'pve2', storage: {} }");
  const { code, err } = project.phx('list');
  assert.equal(code, 3);
  for (const told of [
    /there is no node 'pve9'\n.*101-dns/,
    /migrate needs a node to move it to/,
    /there is no node 'pve4' in the cluster\n.*nodes\/pve4.json5/,
    /storage is one thing for the whole cluster\n.*nodes\/pve2.json5/,
  ])
    assert.match(err, told);
  assert.doesNotMatch(err, / {4}at .*\.ts/);
});
