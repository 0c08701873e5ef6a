/** The observer: what a sweep answers is laid over what is known when it ends, and a bad answer is one clear error. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host } from '../../src/core/host.ts';
import { Observer } from '../../src/host/observe.ts';
import { sweepArgv, sweepScript } from '../../src/proxmox/sweep.ts';

const first = [
  '@sweep 1',
  '@node pve1 m1 b1 6.14 1048576',
  '@guest ct 950 stopped',
  '|memory: 1',
  '@guest ct 951 stopped',
  '|memory: 1',
  '@absent /etc/a',
  '@end',
].join('\n');

/** A host whose sweeps end when, and as, the test says. */
function slowHost() {
  const waiting = new Map<string, (stdout: string) => void>();
  const host: Pick<Host, 'run' | 'label'> = {
    label: 'slow node',
    run: ({ argv, stdin }) => {
      assert.equal(stdin, sweepScript);
      const scopes = argv.slice(3);
      assert.deepEqual(argv, sweepArgv(scopes));
      return new Promise((resolve) => {
        waiting.set(scopes.join(' '), (stdout) => resolve({ exit: 0, stdout, stderr: 'sh: oops\n', ms: 1 }));
      });
    },
  };
  const answer = (scopes: string, stdout: string) => {
    const resolve = waiting.get(scopes);
    assert.ok(resolve, `nobody asked for ${scopes}`);
    resolve(stdout);
  };
  return { host: host as Host, answer };
}

async function begun() {
  const { host, answer } = slowHost();
  const beginning = Observer.begin(host, ['file:/etc/a', 'file:/etc/a']);
  answer('host guests file:/etc/a', first);
  return { observer: await beginning, answer };
}

const guest = (id: number, memory: number) => `@sweep 1\n@guest ct ${id} running\n|memory: ${memory}\n@end\n`;

test('the first sweep asks for everything, each file once', async () => {
  const { observer } = await begun();
  assert.deepEqual([...observer.current().guests.keys()], [950, 951]);
  assert.deepEqual([...observer.current().files], [['/etc/a', undefined]]);
});

test('two refreshes at once keep both answers, whichever ends first', async () => {
  for (const order of [
    [950, 951],
    [951, 950],
  ] as const) {
    const { observer, answer } = await begun();
    const both = [observer.refresh(['guest:950']), observer.refresh(['guest:951'])];
    for (const id of order) answer(`guest:${id}`, guest(id, id));
    await Promise.all(both);
    const { guests } = observer.current();
    assert.equal(guests.get(950)?.conf, 'memory: 950\n');
    assert.equal(guests.get(951)?.conf, 'memory: 951\n');
  }
});

test('a refreshed guest that is gone is gone, the others stay', async () => {
  const { observer, answer } = await begun();
  const refreshing = observer.refresh(['guest:950']);
  answer('guest:950', '@sweep 1\n@end\n');
  assert.deepEqual([...(await refreshing).guests.keys()], [951]);
});

test('nothing asked, nothing swept', async () => {
  const { observer } = await begun();
  assert.equal(await observer.refresh([]), observer.current());
});

test('a sweep that was cut off is an error with its reason; what was known stays', async () => {
  const { observer, answer } = await begun();
  const before = observer.current();
  const refreshing = observer.refresh(['guest:950']);
  answer('guest:950', '@sweep 1\n@guest ct 950 running\n|mem');
  await assert.rejects(refreshing, ({ problem }) => {
    assert.equal(problem.title, 'The facts of slow node cannot be read');
    assert.deepEqual(problem.facts, [
      ['why', 'the facts sweep was cut off before its end'],
      ['exit', '0'],
      ['said', 'sh: oops'],
    ]);
    return true;
  });
  assert.equal(observer.current(), before);
});
