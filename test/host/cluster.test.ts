/** The nodes of a cluster as a run sees them: who is within reach, who is not, and what becomes of that in its midst. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnreachableError } from '../../src/core/error.ts';
import { type Host, inFrontOf } from '../../src/core/host.ts';
import { isWithinReach } from '../../src/core/site.ts';
import { Cluster } from '../../src/host/cluster.ts';
import type { TwinCluster } from '../../src/twin/cluster.ts';
import { create, freshCluster, furnishedCluster } from '../twin/cluster-nodes.ts';
import { all } from '../twin/node.ts';

const at = (name: string) => ({ whereabouts: { among: [name], now: () => name } });

function begin(twin: TwinCluster, hosts: Readonly<Record<string, Host>> = {}): Promise<Cluster> {
  const members = twin.names.map((name) => [name, hosts[name] ?? twin.node(name)] as const);
  return Cluster.begin({ hosts: new Map(members), scopesOf: () => [] });
}

/** Why nothing can be done there; undefined: it can. */
function problemAt(cluster: Cluster, name: string): string | undefined {
  const site = cluster.of(at(name));
  return isWithinReach(site) ? undefined : site.problem.title;
}

/** A host that can be switched off in the middle of a run. */
function switchable(host: Host) {
  const state = { off: false };
  const own = {
    run: async (command: Parameters<Host['run']>[0]) => {
      if (state.off) throw new UnreachableError({ title: `${host.label} is gone` });
      return host.run(command);
    },
  };
  return { state, host: inFrontOf(host, own) };
}

test('each node is seen by itself, with the guests of all and what they have in common', async () => {
  const twin = await furnishedCluster();
  await all(twin.node('pve2'), create(905));
  await all(twin.node('pve3'), create(906, 'nas'));
  const cluster = await begin(twin);
  assert.deepEqual(cluster.names, twin.names);
  for (const name of twin.names) {
    const facts = cluster.view(name);
    assert.equal(facts.host.node.name, name);
    assert.deepEqual([...(facts.nodes?.keys() ?? [])], [...twin.names]);
    const homes = [...facts.guests].map(([id, guest]) => [id, guest.node]);
    assert.deepEqual(homes, [
      [905, 'pve2'],
      [906, 'pve3'],
    ]);
  }
  await all(twin.node('pve3'), 'pvesm add dir extra --path /srv/extra --content backup');
  await cluster.refresh('pve3', ['host']);
  for (const name of twin.names) assert.match(cluster.view(name).host.storageCfg, /dir: extra/);
});

test('a node that is away, calls itself otherwise, or has lost the others is out of reach, and said to be', async () => {
  const twin = await furnishedCluster();
  await all(twin.node('pve3'), create(906));
  twin.down('pve3');
  const cluster = await begin(twin);
  assert.deepEqual(cluster.names, ['pve1', 'pve2']);
  const { conf, ...guest } = cluster.view('pve1').guests.get(906) ?? { conf: '' };
  assert.deepEqual(guest, { id: 906, kind: 'ct', running: false, unknown: true, node: 'pve3' });
  assert.match(conf, /hostname: ct906/);
  assert.match(problemAt(cluster, 'pve3') ?? '', /pve3 .*cannot be reached/);
  assert.equal(problemAt(cluster, 'pve9'), 'Node pve9 is none of this project');
  twin.up('pve3');
  twin.isolate('pve1');
  const alone = await begin(twin);
  assert.deepEqual(
    [problemAt(alone, 'pve1'), alone.primary.name],
    ['Node pve1 has lost the cluster', 'pve2'],
  );
  twin.join('pve1');
  const swapped = await begin(twin, { pve2: twin.node('pve3'), pve3: twin.node('pve2') });
  assert.deepEqual(swapped.names, ['pve1']);
  assert.equal(problemAt(swapped, 'pve2'), 'Node pve2 calls itself pve3');
  const other = freshCluster({ name: 'other' });
  const mixed = await begin(twin, { pve2: other.node('pve2') });
  assert.match(problemAt(mixed, 'pve2') ?? '', /^Node pve2 is no member of the cluster /);
});

test('with no node at all the first reason is told', async () => {
  const twin = freshCluster();
  for (const name of twin.names) twin.down(name);
  await assert.rejects(begin(twin), UnreachableError);
});

test('a node that goes away in the midst of a run is told at once to all who would wait for it', async () => {
  const twin = freshCluster();
  const { state, host } = switchable(twin.node('pve1'));
  const cluster = await begin(twin, { pve1: host });
  assert.equal(cluster.primary.name, 'pve1');
  state.off = true;
  await assert.rejects(cluster.refresh('pve1', ['host']), UnreachableError);
  assert.match(problemAt(cluster, 'pve1') ?? '', /is gone$/);
  const anywhere = cluster.of({});
  assert.equal(isWithinReach(anywhere) && anywhere.name, 'pve2', 'what concerns all is done by another one');
  assert.equal(
    cluster.view('pve2').nodes?.has('pve1'),
    true,
    'what was seen of it stays until it is looked again',
  );
});

test('one that is rebooted is waited for, and not given up, until it has come back', async () => {
  const twin = freshCluster();
  const { state, host } = switchable(twin.node('pve2'));
  const cluster = await begin(twin, { pve2: host });
  const site = cluster.of(at('pve2'));
  assert.ok(isWithinReach(site));
  await site.host.run({ argv: ['systemctl', 'reboot'] });
  await site.facts.refresh(['host']);
  state.off = true;
  await assert.rejects(site.facts.refresh(['host']), UnreachableError);
  assert.equal(problemAt(cluster, 'pve2'), undefined);
  state.off = false;
  await site.facts.refresh(['host']);
  state.off = true;
  await assert.rejects(site.facts.refresh(['host']), UnreachableError);
  assert.match(problemAt(cluster, 'pve2') ?? '', /is gone$/, 'later it is away like any other');
});

test('pools are those of a node, except for what is one thing for all', async () => {
  const twin = freshCluster();
  await all(twin.node('pve1'), 'pvesm add nfs nas --server 10.0.0.5 --export /x --content images');
  const cluster = await begin(twin);
  const pools = ['guest:905', 'clone:900', 'user.cfg', 'storage.cfg', 'reboot', 'storage:nas', 'create:nas'];
  for (const pool of pools) assert.equal(cluster.poolAt('pve2', pool), pool);
  for (const pool of ['apt:host', 'storage:local', 'create:local-lvm', 'network:host'])
    assert.equal(cluster.poolAt('pve2', pool), `${pool}@pve2`);
});

test('a guest that nobody knew is found where it was made, whoever is asked', async () => {
  const twin = await furnishedCluster();
  await all(twin.node('pve1'), create(901));
  const cluster = await begin(twin);
  await all(twin.node('pve1'), 'pct clone 901 902 --full 1 --storage nas --target pve2');
  // And what was cut off while it was made for pve2 stands beside its source.
  await all(twin.node('pve1'), 'pct clone 901 903');
  for (const id of [902, 903]) assert.equal(cluster.view('pve2').guests.has(id), false);
  assert.equal((await cluster.refresh('pve1', ['guest:902'])).guests.get(902)?.node, 'pve2');
  assert.equal((await cluster.refresh('pve2', ['guest:903'])).guests.get(903)?.node, 'pve1');
  assert.equal((await cluster.refresh('pve2', ['guest:904'])).guests.has(904), false);
});

test('what concerns all nodes is proved by a connection to each of them', async () => {
  const twin = await furnishedCluster();
  const asked: string[] = [];
  const hosts = twin.names.map((name) => [
    name,
    inFrontOf(twin.node(name), {
      reach: async () => {
        asked.push(name);
        if (name === 'pve3' && asked.length > 4) throw new UnreachableError({ title: 'no answer' });
      },
    }),
  ]);
  const cluster = await begin(twin, Object.fromEntries(hosts));
  const reach = async (where: Parameters<Cluster['of']>[0]) => {
    const site = cluster.of(where);
    if (isWithinReach(site)) await site.host.reach();
  };
  await reach({});
  assert.deepEqual(asked.sort(), [...twin.names]);
  await reach(at('pve2'));
  assert.equal(asked.at(-1), 'pve2');
  await assert.rejects(reach({}), /Node pve3: no answer/);
});
