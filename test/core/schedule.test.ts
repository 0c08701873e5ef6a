import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestPaths, Schedule } from '../../src/core/schedule.ts';

test('the longest remaining path goes first, then age', () => {
  const schedule = new Schedule(10, new Map());
  schedule.add(1, 5, { pools: [] });
  schedule.add(2, 9, { pools: [] });
  schedule.add(3, 9, { pools: [] });
  assert.deepEqual(
    [schedule.take(), schedule.take(), schedule.take(), schedule.take()],
    [2, 3, 1, undefined],
  );
});

test('jobs bound what runs at once', () => {
  const schedule = new Schedule(1, new Map());
  schedule.add(1, 1, { pools: [] });
  schedule.add(2, 1, { pools: [] });
  assert.equal(schedule.take(), 1);
  assert.equal(schedule.take(), undefined);
  schedule.release(1);
  assert.equal(schedule.take(), 2);
});

test('a pool of width 1 is held by one, a wider one by as many', () => {
  const schedule = new Schedule(10, new Map([['storage', 2]]));
  for (const task of [1, 2, 3]) schedule.add(task, 1, { pools: ['clone:900'] });
  for (const task of [4, 5, 6]) schedule.add(task, 1, { pools: ['storage'] });
  assert.deepEqual(
    [schedule.take(), schedule.take(), schedule.take(), schedule.take()],
    [1, 4, 5, undefined],
  );
  schedule.release(1);
  assert.equal(schedule.take(), 2);
});

test('what a task had waited for is known when it starts: a pool, a free job, or one that runs alone', () => {
  const schedule = new Schedule(2, new Map());
  schedule.add(1, 9, { pools: ['x'] });
  schedule.add(2, 8, { pools: ['x'] });
  schedule.add(3, 7, { pools: [] });
  schedule.add(4, 6, { pools: [] });
  schedule.add(5, 5, { pools: [], exclusive: true });
  assert.deepEqual([schedule.take(), schedule.take(), schedule.take()], [1, 3, undefined]);
  schedule.release(1);
  assert.deepEqual([schedule.take(), schedule.waitedOn(2)], [2, 'x']);
  schedule.release(3);
  assert.deepEqual([schedule.take(), schedule.waitedOn(4)], [4, 'jobs']);
  schedule.release(2);
  assert.equal(schedule.take(), undefined);
  schedule.release(4);
  assert.deepEqual([schedule.take(), schedule.waitedOn(5)], [5, 'alone']);
});

test('an exclusive task waits until nothing runs and then runs alone', () => {
  const schedule = new Schedule(10, new Map());
  schedule.add(1, 9, { pools: [] });
  schedule.add(2, 5, { pools: [], exclusive: true });
  schedule.add(3, 1, { pools: [] });
  assert.equal(schedule.take(), 1);
  assert.equal(schedule.take(), 3);
  assert.equal(schedule.take(), undefined);
  schedule.release(1);
  schedule.release(3);
  assert.equal(schedule.take(), 2);
  schedule.add(4, 1, { pools: [] });
  assert.equal(schedule.take(), undefined);
});

test('one that is at work on two machines keeps both from being cleared, and waits for both', () => {
  const schedule = new Schedule(8, new Map());
  schedule.add(1, 9, { pools: [], machine: 'one', also: 'two' });
  schedule.add(2, 8, { pools: [], machine: 'two', exclusive: true });
  assert.deepEqual([schedule.take(), schedule.take()], [1, undefined]);
  schedule.release(1);
  assert.equal(schedule.take(), 2);
  schedule.add(3, 7, { pools: [], machine: 'one', also: 'two' });
  schedule.add(4, 6, { pools: [], machine: 'one' });
  assert.deepEqual([schedule.take(), schedule.take()], [4, undefined]);
  schedule.release(2);
  assert.equal(schedule.take(), 3);
});

test('on several machines a task runs alone on its own, and pools are as wide on each', () => {
  const schedule = new Schedule(10, new Map([['apt', 2]]));
  schedule.add(1, 9, { pools: ['apt@one'], machine: 'one' });
  schedule.add(2, 8, { pools: [], machine: 'one', exclusive: true });
  schedule.add(3, 7, { pools: ['apt@two'], machine: 'two' });
  schedule.add(4, 6, { pools: ['apt@two'], machine: 'two' });
  schedule.add(5, 5, { pools: ['apt@two'], machine: 'two' });
  assert.deepEqual(
    [schedule.take(), schedule.take(), schedule.take(), schedule.take()],
    [1, 3, 4, undefined],
  );
  schedule.release(1);
  assert.equal(schedule.take(), 2);
  schedule.release(3);
  assert.equal(schedule.take(), 5);
  schedule.add(6, 1, { pools: [], machine: 'one' });
  assert.equal(schedule.take(), undefined);
});

test('a task that was passed over 16 times gets its pools', () => {
  const schedule = new Schedule(
    100,
    new Map([
      ['a', 1],
      ['b', 1],
    ]),
  );
  schedule.add(0, 1, { pools: ['b'] });
  assert.equal(schedule.take(), 0);
  schedule.add(1, 9, { pools: ['a', 'b'] });
  let started = 0;
  for (let other = 2; other < 60; other++) {
    schedule.add(other, 1, { pools: ['a'] });
    if (schedule.take() === undefined) break;
    schedule.release(other);
    started++;
  }
  assert.equal(started, 16);
  schedule.release(0);
  assert.equal(schedule.take(), 1);
});

test('longest paths count only what is asked for', () => {
  const dependents = [[1, 2], [3], [3], []];
  const rank = longestPaths(
    [0, 1, 2, 3],
    dependents,
    new Set([0, 1, 3]),
    (at) => [1, 10, 100, 1000][at] ?? 0,
  );
  assert.deepEqual([...rank], [1011, 1010, 0, 1000]);
});
