/** `phx twin` on a cluster: nodes that are switched off or cut off, and what is told of all of them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeNode, clusterText, nodeOf } from '../../src/cli/command/twin-cluster.ts';
import { PhxError } from '../../src/core/error.ts';
import { freshCluster } from '../twin/cluster-nodes.ts';
import { freshTwin } from '../twin/node.ts';

test('a node goes off and comes back, is cut off and joins again, and each time all are told', () => {
  const cluster = freshCluster();
  const say = (name: string, wish: string) => changeNode(cluster, name, wish);
  assert.equal(say('pve2', 'down'), 'pve1  up\npve2  switched off\npve3  up\n');
  assert.equal(
    say('pve3', 'isolated'),
    'pve1  up, without quorum\npve2  switched off\npve3  up, cut off from the others, without quorum\n',
  );
  say('pve2', 'up');
  assert.equal(say('pve3', 'joined'), 'pve1  up\npve2  up\npve3  up\n');
});

test('what cannot be meant is said', () => {
  const cluster = freshCluster();
  for (const [wrong, said] of [
    [() => changeNode(cluster, 'pve9', 'down'), /no simulated node pve9/],
    [() => changeNode(cluster, 'pve1', 'away'), /away is nothing that a node can be/],
    [() => changeNode(freshTwin(), 'pve1', 'down'), /single node/],
    [() => nodeOf(freshTwin(), 'pve2'), /no simulated node pve2/],
    [() => nodeOf(cluster, 'pve9'), /no simulated node pve9/],
  ] as const)
    assert.throws(wrong, (error) => error instanceof PhxError && said.test(error.message));
  const twin = freshTwin();
  assert.equal(nodeOf(twin, 'pve1'), twin);
  assert.equal(nodeOf(cluster, undefined), cluster.node('pve1'));
});

test('all nodes are shown, and how they are', () => {
  const cluster = freshCluster();
  cluster.down('pve2');
  const text = clusterText(cluster);
  assert.match(text, /^twin {2}simulated Proxmox VE cluster \(twin-[0-9a-f]+\): 3 nodes$/m);
  assert.match(text, /^pve2 {2}simulated Proxmox VE node/m);
  assert.match(text, /^state {2}switched off$/m);
});
