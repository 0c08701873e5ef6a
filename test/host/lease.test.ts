/** One run at a time on a cluster: who gets the lease, who is told of whom, what becomes of it when its holder is gone. */

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { inFrontOf } from '../../src/core/host.ts';
import { LockedError, type Owner } from '../../src/core/lock.ts';
import { Lease } from '../../src/host/lease.ts';
import { freshCluster } from '../twin/cluster-nodes.ts';

const owner = (host: string, run: string): Owner => ({ pid: 7, host, started: '1', run, since: 1_000_000 });
const wish = (host: string, run: string, alive = true) => ({
  ...{ name: 'lab', owner: owner(host, run), isAlive: () => alive },
});

async function refused(taking: Promise<unknown>): Promise<LockedError> {
  const error = await taking.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof LockedError, String(error));
  return error;
}

test('one has it on all nodes, the other is told who and since when, and gets it when it is given back', async () => {
  const cluster = freshCluster();
  const first = await Lease.take(cluster.node('pve1'), wish('laptop', 'run-1'));
  const { holder, problem } = await refused(Lease.take(cluster.node('pve2'), wish('tower', 'run-2')));
  assert.deepEqual(holder, owner('laptop', 'run-1'));
  assert.match(JSON.stringify(problem), /process 7 on laptop.*run-1.*1970-01-01T00:16:40/);
  await first?.release();
  const second = await Lease.take(cluster.node('pve2'), wish('tower', 'run-2'));
  assert.equal(second?.takenOver, undefined);
  await second?.release();
  const one = cluster.node('pve1');
  assert.equal((await one.run({ argv: ['test', '-d', '/etc/pve/priv/lock/phx-lab'] })).exit, 1);
  assert.equal(await one.readFile('/etc/pve/priv/phx/lab.holder'), undefined);
});

test('what a dead run of this very machine left is taken at once', async () => {
  const cluster = freshCluster();
  await Lease.take(cluster.node('pve1'), wish('laptop', 'run-1'));
  await refused(Lease.take(cluster.node('pve1'), wish('laptop', 'run-2')));
  const next = await Lease.take(cluster.node('pve1'), wish('laptop', 'run-2', false));
  assert.equal(next?.takenOver?.run, 'run-1');
  await next?.release();
});

test('of two who find the same dead run one gets it, also where the other looked before', async () => {
  for (const faster of ['laptop', 'tower']) {
    const cluster = freshCluster();
    const one = cluster.node('pve1');
    await Lease.take(one, wish('laptop', 'run-1'));
    await cluster.time.sleep(150_000);
    let first: Lease | undefined;
    const late = inFrontOf(one, {
      run: async (command) => {
        if (/(\.takeover|^rmdir \S+)$/.test(command.argv.join(' ')) && !first)
          first = await Lease.take(cluster.node('pve2'), wish(faster, 'run-2', false));
        return one.run(command);
      },
    });
    const { holder } = await refused(
      Lease.take(late, { ...wish('laptop', 'run-3'), isAlive: ({ run }) => run !== 'run-1' }),
    );
    assert.equal(holder.run, 'run-2', `${faster} was faster`);
    assert.equal(first?.takenOver?.run, 'run-1');
    await first?.release();
    assert.equal((await one.run({ argv: ['ls', '/etc/pve/priv/lock'] })).stdout, '', 'nothing is left');
  }
});

test('of another machine that is gone it is had two minutes after the last sign of life', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    const cluster = freshCluster();
    const one = cluster.node('pve1');
    const first = await Lease.take(one, wish('laptop', 'run-1'));
    await cluster.time.sleep(100_000);
    mock.timers.tick(30_000);
    // The renewal reads and touches: two answers of the twin.
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
    await cluster.time.sleep(100_000);
    await refused(Lease.take(cluster.node('pve2'), wish('tower', 'run-2')));
    await cluster.time.sleep(30_000);
    const second = await Lease.take(cluster.node('pve2'), wish('tower', 'run-2'));
    assert.equal(second?.takenOver?.run, 'run-1');
    assert.equal(first?.lost.aborted, false);
    mock.timers.tick(30_000);
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
    assert.equal(first?.lost.aborted, true, 'who lost it stops at its next sign of life');
    await first?.release();
    await refused(Lease.take(one, wish('laptop', 'run-3')));
    await second?.release();
  } finally {
    mock.timers.reset();
  }
});

test('without quorum there is none to be had', async () => {
  const cluster = freshCluster();
  cluster.isolate('pve1');
  assert.equal(await Lease.take(cluster.node('pve1'), wish('laptop', 'run-1')), undefined);
});
