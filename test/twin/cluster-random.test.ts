/** Random work on a cluster, nodes that come and go, runs that die: what has to hold after each step. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TwinCluster } from '../../src/twin/cluster.ts';
import { tempFolder } from '../temp.ts';
import { create, freshCluster, furnishedCluster, names } from './cluster-nodes.ts';

const dir = tempFolder();

type Step =
  | { readonly does: 'run'; readonly node: number; readonly line: string; readonly die: boolean }
  | { readonly does: 'node'; readonly node: number; readonly wish: 'down' | 'up' | 'isolate' | 'join' };

const node = fc.nat({ max: names.length - 1 });
const id = fc.integer({ min: 901, max: 904 });
const line = fc.oneof(
  fc.tuple(id, fc.constantFrom('fast', 'nas')).map(([guest, on]) => create(guest, on)),
  fc.tuple(id, id).map(([from, to]) => `pct clone ${from} ${to} --full 1`),
  fc.tuple(id, node).map(([guest, to]) => `pct migrate ${guest} ${names[to]} --restart`),
  fc
    .tuple(fc.constantFrom('start', 'stop', 'destroy', 'snapshot', 'unlock'), id)
    .map(([verb, guest]) => `pct ${verb} ${guest}${verb === 'snapshot' ? ' s1' : ''}`),
  fc.constantFrom('pvesm set nas --nodes pve1,pve2', 'pvesm set nas --delete nodes'),
  fc.constantFrom('pveum user add a@pve', 'pveum user delete a@pve', 'mkdir /etc/pve/priv/lock/x'),
  fc
    .tuple(id, fc.constantFrom('--state started', '--state stopped'))
    .map(([guest, state]) => `ha-manager add ct:${guest} ${state}`),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant('run' as const), node, line, die: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('node' as const),
      node,
      wish: fc.constantFrom('down' as const, 'up' as const, 'isolate' as const, 'join' as const),
    }),
  },
);

/** One that runs and, when it is to die, dies at its first pause. */
async function take(cluster: TwinCluster, one: Step): Promise<void> {
  const name = names[one.node] ?? 'pve1';
  if (one.does === 'node') return cluster[one.wish](name);
  if (cluster.condition(name) === 'down') return;
  const twin = cluster.node(name);
  if (one.die) twin.addFault({ match: one.line, nth: 1, kill: 'during' });
  await twin.run({ argv: one.line.split(' ') });
  twin.clearFaults();
}

async function check(cluster: TwinCluster, other: TwinCluster): Promise<void> {
  const joined = names.filter((name) => cluster.condition(name) === 'up');
  for (const path of ['/etc/pve/.vmlist', '/etc/pve/storage.cfg', '/etc/pve/user.cfg']) {
    const texts = await Promise.all(joined.map((name) => cluster.node(name).readFile(path)));
    assert.ok(new Set(texts).size <= 1, `${path} is one for all`);
  }
  const { nodes } = cluster.describe();
  const ids = nodes.flatMap(({ guests }) => guests.map((guest) => guest.id));
  assert.equal(new Set(ids).size, ids.length, 'an id is taken once');
  const shared = nodes.map(({ storages }) => storages.find((one) => one.id === 'nas')?.volumes);
  assert.equal(new Set(shared).size, 1, 'volumes on the share are there for all');
  assert.deepEqual(other.describe(), cluster.describe(), 'another process sees the same');
}

test('after any work the nodes agree on what they share, and so does the next process', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
      const stateFile = join(dir, `random-${run++}.json`);
      const options = { stateFile, killRun: () => {} };
      const cluster = await furnishedCluster(options);
      const other = freshCluster(options);
      for (const one of steps) {
        await take(cluster, one);
        await check(cluster, other);
      }
    }),
    { numRuns: 15, seed: 20250101 },
  );
});
