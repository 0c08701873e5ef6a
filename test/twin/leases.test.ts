/** Locks of the cluster as directories below /etc/pve/priv/lock: one holder, renewals, takeovers, quorum (B113 to B116). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshCluster } from './cluster-nodes.ts';
import { all, freshTwin, run } from './node.ts';

const lease = '/etc/pve/priv/lock/phx-guest-900';
const renew = ['perl', '-e', 'utime 0, time, $ARGV[0] or die "$!\\n"', lease];
const ask = ['perl', '-e', 'utime 0, 0, $ARGV[0] or die "$!\\n"', lease];

test('one makes it, all others are told that it is there, also on other nodes; rmdir gives it back', async () => {
  const cluster = freshCluster();
  const [one, two] = [cluster.node('pve1'), cluster.node('pve2')];
  await all(one, `mkdir ${lease}`);
  for (const twin of [one, two]) {
    const { exit, stderr } = await run(twin, `mkdir ${lease}`);
    assert.deepEqual([exit, stderr], [1, `mkdir: cannot create directory '${lease}': File exists\n`]);
  }
  await one.writeFile(`${lease}/owner`, 'me\n');
  assert.equal(await two.readFile(`${lease}/owner`), 'me\n');
  const full = await run(two, `rmdir ${lease}`);
  assert.match(full.stderr, /Directory not empty/);
  await all(two, `rm ${lease}/owner`, `rmdir ${lease}`, `mkdir ${lease}`);
  assert.match((await run(one, `rmdir ${lease}x`)).stderr, /No such file or directory/);
  assert.match((await run(one, `mv ${lease} ${lease}-mine`)).stderr, /Permission denied/);
});

test('it is taken over when nobody renewed it for two minutes, and only when somebody asks', async () => {
  const cluster = freshCluster();
  const [one, two] = [cluster.node('pve1'), cluster.node('pve2')];
  await all(one, `mkdir ${lease}`);
  await cluster.time.sleep(60_000);
  assert.equal((await one.run({ argv: renew })).exit, 0);
  await cluster.time.sleep(70_000);
  const early = await two.run({ argv: ask });
  assert.deepEqual([early.exit, early.stderr], [13, 'Permission denied\n']);
  await cluster.time.sleep(60_000);
  assert.equal((await run(two, `test -d ${lease}`)).exit, 0, 'nothing ends by itself');
  const late = await two.run({ argv: ask });
  assert.deepEqual([late.exit, late.stderr], [2, 'No such file or directory\n']);
  await all(two, `mkdir ${lease}`);
  const lost = await one.run({ argv: renew });
  assert.deepEqual([lost.exit, lost.stderr], [13, 'Permission denied\n'], 'another node holds it now');
  assert.equal((await two.run({ argv: renew })).exit, 0);
});

test('touch does the same; without -c it makes a file where the lease is gone', async () => {
  const twin = freshTwin();
  await all(twin, `mkdir ${lease}`);
  const refused = await run(twin, `touch -c -d @0 ${lease}`);
  assert.deepEqual(
    [refused.exit, refused.stderr],
    [1, `touch: setting times of '${lease}': Permission denied\n`],
  );
  await all(twin, `touch ${lease}`);
  await twin.time.sleep(130_000);
  await all(twin, `touch -c -m -d @0 ${lease}`, `test -d ${lease}`);
  await all(twin, `touch -c --date=@0 ${lease}`);
  assert.equal((await run(twin, `test -e ${lease}`)).exit, 1);
  await all(twin, `touch -c ${lease}`);
  assert.equal((await run(twin, `test -e ${lease}`)).exit, 1);
  await all(twin, `touch ${lease}`, `test -f ${lease}`);
});

test('one that holds a file is not taken over, and nothing is made, renewed or given back without quorum', async () => {
  const cluster = freshCluster();
  const one = cluster.node('pve1');
  await all(one, `mkdir ${lease}`);
  await one.writeFile(`${lease}/owner`, 'me\n');
  await cluster.time.sleep(200_000);
  assert.equal((await one.run({ argv: ask })).exit, 13);
  await one.removeFile(`${lease}/owner`);
  cluster.isolate('pve1');
  for (const argv of [renew, ask, ['rmdir', lease], ['mkdir', `${lease}-other`]]) {
    const { exit, stderr } = await one.run({ argv });
    assert.notEqual(exit, 0, argv.join(' '));
    assert.match(stderr, /Permission denied/, argv.join(' '));
  }
  assert.equal((await cluster.node('pve2').run({ argv: ask })).exit, 2, 'the others take it over');
  cluster.join('pve1');
  assert.equal((await run(one, `test -e ${lease}`)).exit, 1);
});
