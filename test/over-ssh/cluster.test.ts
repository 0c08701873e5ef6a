/**
 * The example's three nodes over a real sshd, each by a name of its own in ssh_config: a build, a node that nobody answers
 * on, a connection that is cut in a move, one node alone, and all of them by way of a jump host.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startSshd } from '../sshd.ts';

const everyTest = process.env.PHX_OVER === 'ssh';
process.env.PHX_OVER = 'ssh';
const { ClusterOverSsh } = await import('./nodes.ts');

const built = ClusterOverSsh.first();
built.run(['all']);

const moved = (project: { edit: (path: string, from: string, to: string) => void }) =>
  project.edit('guests/102-web.json5', "node: 'pve2'", "node: 'pve1'");

test('all nodes are built over ssh; the second run, and that of a colleague, send nothing', () => {
  assert.deepEqual(built.homes(), {
    ...{ 'ctid:101': 'running on pve1', 'ctid:102': 'running on pve2', 'ctid:103': 'running on pve3' },
    ...{ 'ctid:110': 'running on pve2', 'vmid:201': 'running on pve1' },
  });
  assert.deepEqual(built.sent(['all']), []);
  assert.deepEqual(built.colleague().sent(['all']), []);
});

test('a node that refuses connections is out of reach, and the others go on', () => {
  const project = built.copy();
  project.edit('guests/101-dns.json5', 'memory: 512', 'memory: 768');
  project.edit('guests/102-web.json5', 'memory: 1024', 'memory: 2048');
  project.lead({ pve2: ['Port 1'] });
  const told = project.phx('run', 'all', '--plain');
  assert.equal(told.code, 8, told.out);
  assert.match(told.out, /pve2 cannot be reached/);
  assert.match(told.out, /refused/);
  assert.match(told.out, /pct set 101 --memory 768/);
  assert.equal(project.homes()['ctid:102'], 'unknown on pve2');
  project.lead();
  assert.deepEqual(project.sent(['all']), ['pct set 102 --memory 2048']);
});

test('all connections are cut in the middle of a move: it ends in the same state', () => {
  const calm = built.copy();
  moved(calm);
  calm.run(['all']);
  for (const when of everyTest ? ['before', 'during', 'after'] : ['during']) {
    const project = built.copy();
    moved(project);
    project.phx('twin', 'fault', 'pct migrate', '--kill', when, '--node', 'pve2');
    const { code, out } = project.phx('run', 'all', '--plain');
    if (code !== 0) project.run(['all']);
    assert.deepEqual(project.worlds(), calm.worlds(), `cut ${when}: ${out}`);
    assert.deepEqual(project.sent(['all']), []);
  }
});

test('one node alone is worked on, and the others are left as they are', () => {
  const project = built.copy();
  project.edit('guests/101-dns.json5', 'memory: 512', 'memory: 768');
  project.edit('guests/102-web.json5', 'memory: 1024', 'memory: 2048, dependencies: [101]');
  project.lead({ pve1: ['Port 1'] });
  assert.deepEqual(project.sent(['all', '--host', 'pve2']), ['pct set 102 --memory 2048']);
  const { out } = project.phx('run', 'all', '--host', 'pve2', '--plain');
  assert.match(out, /^phx · cluster of pve2 \(left out: pve1, pve3\)/m);
  assert.doesNotMatch(out, /note:|blocked|not run/);
  const colleague = project.colleague();
  assert.deepEqual(colleague.sent(['ctid:*', '--host', 'pve2']), [], 'what is rested on is seen');
  // Whoever names what lives on another node wants what this command cannot do.
  assert.match(
    project.phx('run', 'ctid:101', '--host', 'pve2', '--plain').out,
    /Node pve1 is left out by --host pve2/,
  );
  project.run(['ctid:101', '--host', 'pve2'], 8);
  project.lead();
  for (const verb of ['stop', 'destroy'])
    project.phx('twin', 'exec', '--node', 'pve1', '--', 'pct', verb, '101');
  assert.deepEqual(project.sent(['all', '--host', 'pve2']), [], 'as recorded');
  const other = project.colleague();
  const told = other.phx('run', 'all', '--host', 'pve2', '--plain');
  assert.equal(told.code, 8, 'what is rested on is gone, and no record tells otherwise');
  assert.match(
    told.out,
    /ctid:101\/network: Node pve1 is left out by --host pve2\n.*\n +not run because of it: .*ctid:102/,
  );
  other.run(['all', '--host', 'pve2', '--except', 'ctid:101']);
});

test('nodes with an API alone are only looked at: a run tells of them where they are not as configured', () => {
  const project = built.copy();
  const onlyApi = (from: typeof built) => {
    for (const name of ['pve1', 'pve3'])
      from.edit(
        '../phoenixfile.ts',
        `${name}: { ssh: '${name}', config: 'ssh_config' }`,
        `${name}: { api: { url: 'https://127.0.0.1:1', token: { secret: 'env:PHX_API' } } }`,
      );
    return from;
  };
  onlyApi(project);
  assert.deepEqual(project.sent(['all']), []);
  const { code, out } = onlyApi(built.colleague()).phx('run', 'all', '--plain');
  assert.deepEqual([code, /note:|blocked|not run/.exec(out)], [0, null], out);
  assert.match(out, /^phx · cluster of pve2 \(only looked at: pve1, pve3\)/m);
  project.edit('guests/102-web.json5', 'memory: 1024', 'memory: 2048');
  project.edit('guests/103-proxy.json5', 'memory: 512', 'memory: 768');
  project.write(
    'config/guests/104-new.json5',
    "{ kind: 'ct', id: 104, hostname: 'new', memory: 512, node: 'pve1', net0: { ip: '10.0.0.104/24' } }",
  );
  const told = project.phx('run', 'all', '--plain');
  assert.equal(told.code, 8, told.out);
  for (const line of [
    /ctid:103\/configure: pve3 is only looked at, and there it is otherwise: memory: 512 → 768/,
    /ctid:104\/define: pve1 is only looked at, and there it is otherwise: it is not there/,
    /pct set 102 --memory 2048/,
    /Node pve3 is only looked at, by its API/,
  ])
    assert.match(told.out, line);
});

test('by way of a jump host all nodes are reached; its key, too, has to be known', async () => {
  const jump = await startSshd();
  after(() => jump.stop());
  const project = built.copy();
  const way = ['ProxyJump jump'];
  project.lead({ pve1: way, pve2: way, pve3: way }, { jump });
  assert.deepEqual(project.sent(['all']), []);
  assert.ok(jump.log().filter((line) => line.startsWith('Accepted publickey')).length >= 3);
  project.lead({ pve1: way, pve2: way, pve3: way }, { jump }, ['UserKnownHostsFile none']);
  const { code, err } = project.phx('run', 'all');
  assert.notEqual(code, 0);
  assert.match(err, /cannot be reached[\s\S]*known hosts/);
});
