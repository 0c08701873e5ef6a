/** The time of a simulated node: waits that end at once, in the right order, and a clock that never goes back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinTime } from '../../src/twin/time.ts';
import { freshTwin } from './node.ts';

test('sleepers wake in the order of their times, each at its own', async () => {
  const time = new TwinTime({ clock: () => 1000, speed: 'skip' });
  const woken: [string, number][] = [];
  const sleeper = async (name: string, ...naps: number[]) => {
    for (const nap of naps) {
      await time.sleep(nap);
      woken.push([name, time.now()]);
    }
  };
  await Promise.all([sleeper('a', 50, 50, 50), sleeper('b', 120), sleeper('c', 10, 100)]);
  assert.deepEqual(woken, [
    ['c', 1010],
    ['a', 1050],
    ['a', 1100],
    ['c', 1110],
    ['b', 1120],
    ['a', 1150],
  ]);
});

test('a sleep ends with its signal, and the others go on', async () => {
  const time = new TwinTime({ clock: () => 0, speed: 'skip' });
  const abort = new AbortController();
  const cut = time.sleep(100, abort.signal);
  const whole = time.sleep(300);
  abort.abort(new Error('enough'));
  await assert.rejects(cut, /enough/);
  await whole;
  assert.equal(time.now(), 300);
  await assert.rejects(time.sleep(1, abort.signal), /enough/);
});

test('time that passes faster than the process is counted, and slept for a part', async () => {
  let now = 1000;
  const slept: number[] = [];
  const time = new TwinTime({
    clock: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
    speed: 100,
  });
  await time.sleep(5000);
  assert.deepEqual([slept, time.now(), time.ahead], [[50], 6000, 4950]);
});

test('what passed on a node has passed for whoever comes later, too', async () => {
  const twin = freshTwin({ clock: () => 1000 });
  twin.addFault({ match: 'pct list', nth: 1, hang: true });
  await twin.run({ argv: ['pct', 'list'], deadline: 60_000 });
  const later = twin.fork();
  await later.identity();
  assert.deepEqual([twin.time.now(), later.time.now()], [61_000, 61_000]);
});
