/** Facts of all nodes of a cluster as one file: a plan elsewhere, a twin that becomes them, a node that is away. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterProject } from './project.ts';

interface Document {
  readonly phx: string;
  readonly nodes: Readonly<Record<string, { readonly phx: string; readonly sweep: string }>>;
  readonly away: Readonly<Record<string, string>>;
}

function built(): ClusterProject {
  const project = new ClusterProject();
  project.run(['all']);
  return project;
}

test('facts of all nodes plan empty elsewhere, and an edit plans just what follows from it, on its node', () => {
  const project = built();
  const { code, out } = project.phx('facts');
  assert.equal(code, 0);
  const file = JSON.parse(out) as Document;
  assert.deepEqual(
    [file.phx, Object.keys(file.nodes), file.away],
    ['cluster facts 1', ['pve1', 'pve2', 'pve3'], {}],
  );
  project.write('cluster.json', out);
  const stale = () =>
    project
      .plan('all', '--facts', 'cluster.json')
      .tasks.filter(({ verdict }) => verdict !== 'fresh')
      .map(({ task, commands }) => [task, commands.map(({ argv }) => argv.slice(0, 5).join(' '))]);
  assert.deepEqual(stale(), []);
  project.edit('guests/102-web.json5', 'memory: 1024', 'memory: 2048');
  assert.deepEqual(stale(), [['ctid:102/configure', ['pct set 102 --memory 2048']]]);
  assert.match(project.phx('plan', 'all', '--facts', 'cluster.json').out, /as it was at 20/);

  const one = JSON.parse(project.phx('facts', '--node', 'pve2').out) as { phx: string; host: string };
  assert.deepEqual([one.phx, /pve2/.test(one.host)], ['facts 1', true]);
  assert.match(project.phx('facts', '--node', 'pve9').err, /The cluster has no node pve9/);

  // The twin becomes them, with a history of its own.
  assert.match(project.phx('twin', 'reset').out, /is as new/);
  const reset = project.phx('twin', 'reset', '--facts', 'cluster.json');
  assert.match(reset.out, /is as pve1, pve2, pve3 were at/, reset.err);
  assert.match(project.on('pve2', 'pct', 'list'), /^102 +running +web/m);
  assert.deepEqual(project.sent(['ctid:102/configure']), ['pct set 102 --memory 2048']);
  project.write('one.json', JSON.stringify(one));
  assert.match(project.phx('twin', 'reset', '--facts', 'one.json').err, /one\.json is not of its nodes/);
});

test('a node that is away is told, and its guests are there as the others know them', () => {
  const project = built();
  project.node('pve2', 'down');
  const { code, out, err } = project.phx('facts');
  assert.equal(code, 8);
  assert.match(err, /✗ pve2 \(simulated node\) cannot be reached/);
  const file = JSON.parse(out) as Document;
  assert.deepEqual([Object.keys(file.nodes), Object.keys(file.away)], [['pve1', 'pve3'], ['pve2']]);
  project.write('cluster.json', out);
  const { tasks } = project.plan('all', '--facts', 'cluster.json');
  const of = (target: string) => tasks.filter(({ task }) => task.startsWith(`${target}/`));
  assert.ok(of('ctid:101').every(({ verdict }) => verdict === 'fresh'));
  assert.ok(of('ctid:102').every(({ verdict }) => verdict === 'blocked'));
  assert.equal(project.phx('twin', 'reset', '--facts', 'cluster.json').code, 0);
  assert.match(project.phx('twin', 'show').out, /switched off/);
});
