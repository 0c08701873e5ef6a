/** What is told of past runs, and how much of them is kept. */

import assert from 'node:assert/strict';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dropEnded, FileJournal, runsIn } from '../../src/core/file-journal.ts';
import { pastRun } from '../../src/core/history.ts';
import type { JournalEntry } from '../../src/core/journal.ts';
import { type Owner, takeLock } from '../../src/core/lock.ts';
import { keepNewest, namesIn, retention } from '../../src/core/retention.ts';
import { tempFolder } from '../temp.ts';

const begin: JournalEntry = { at: 10, entry: 'begin', run: 'r', words: ['run', 'ctid:950'], host: 'h' };
const intent = (at: number, task: string, ...argv: string[]): JournalEntry => ({
  ...{ at, entry: 'intent', task, argv },
});
const outcome = (at: number, task: string, exit: number, ...argv: string[]): JournalEntry => ({
  ...{ at, entry: 'outcome', task, argv, exit, ms: 5 },
});

test('a run is told by its tasks: what they sent, what came of it, what they wrote', () => {
  const told = pastRun('r', [
    begin,
    intent(11, 'a', 'pct', 'set', '950'),
    intent(12, 'b', 'zfs', 'create', 'x'),
    outcome(13, 'b', 0, 'zfs', 'create', 'x'),
    outcome(14, 'a', 2, 'pct', 'set', '950'),
    intent(15, 'a', 'pct', 'set', '950'),
    outcome(16, 'a', 0, 'pct', 'set', '950'),
    { at: 17, entry: 'wrote', task: 'b', path: '/etc/x', after: 'd' },
    { at: 17, entry: 'wrote', task: 'b', path: '/etc/x', after: 'e' },
    { at: 18, entry: 'task', task: 'a', state: 'done', ms: 7, course: { waited: 3, on: 'jobs', tries: 2 } },
    { at: 18, entry: 'task', task: 'b', state: 'failed', title: 'no' },
    { at: 19, entry: 'ended', exit: 'failed' },
  ]);
  assert.deepEqual(told, {
    ...{ run: 'r', words: ['run', 'ctid:950'], host: 'h', began: 10, last: 19, exit: 'failed' },
    tasks: [
      {
        ...{
          task: 'a',
          state: 'done',
          files: [],
          ended: 18,
          ms: 7,
          course: { waited: 3, on: 'jobs', tries: 2 },
        },
        commands: [
          { at: 11, argv: ['pct', 'set', '950'], exit: 2, ms: 5 },
          { at: 15, argv: ['pct', 'set', '950'], exit: 0, ms: 5 },
        ],
      },
      {
        ...{ task: 'b', state: 'failed', title: 'no', files: ['/etc/x'], ended: 18 },
        commands: [{ at: 12, argv: ['zfs', 'create', 'x'], exit: 0, ms: 5 }],
      },
    ],
  });
});

test('a run that died has no exit, and a command without an outcome', () => {
  const told = pastRun('r', [begin, intent(11, 'a', 'pct', 'create', '950')]);
  assert.equal(told.exit, undefined);
  const [task] = told.tasks;
  assert.deepEqual([task?.state, task?.commands[0]?.exit, told.last], ['unfinished', undefined, 11]);
});

test('a journal that lost its beginning still tells what it can', () => {
  assert.deepEqual(pastRun('r', []), { run: 'r', words: [], host: '', began: 0, last: 0, tasks: [] });
  assert.equal(pastRun('r', [intent(11, 'a', 'x')]).began, 11);
});

test('the newest stay, up to a count and a size; the last one whatever its size', () => {
  const folder = tempFolder();
  for (const [name, size] of Object.entries({ a: 10, b: 10, c: 50, d: 40 }))
    writeFileSync(join(folder, name), 'x'.repeat(size));
  keepNewest(folder, { count: 3, bytes: 1000 });
  assert.deepEqual(namesIn(folder), ['b', 'c', 'd']);
  keepNewest(folder, { count: 3, bytes: 95 });
  assert.deepEqual(namesIn(folder), ['c', 'd']);
  keepNewest(folder, { count: 3, bytes: 1 });
  assert.deepEqual(namesIn(folder), ['d']);
  mkdirSync(join(folder, 'e'));
  writeFileSync(join(folder, 'e', 'log'), 'x'.repeat(30));
  keepNewest(folder, { count: 0, bytes: 0 }, (name) => name === 'f');
  assert.deepEqual(namesIn(folder), ['d', 'e']);
  keepNewest(folder, { count: 3, bytes: 69 });
  assert.deepEqual(namesIn(folder), ['e']);
  keepNewest(join(folder, 'none'), { count: 1, bytes: 1 });
});

test('journals of interrupted runs outlive those that came to their end: they tell what is ours', () => {
  const folder = join(tempFolder(), 'journal');
  const noted = (run: string, ended: boolean) => {
    const journal = new FileJournal(folder, run, 'h');
    journal.write({ at: 0, entry: 'begin', run, words: [], host: 'h' });
    journal.write({ at: 1, entry: 'intent', task: 't', argv: ['pct', 'create', run] });
    if (ended) journal.write({ at: 2, entry: 'ended', exit: 'ok' });
  };
  noted('0000', false);
  for (let run = 1; run <= 200; run++) noted(String(run).padStart(4, '0'), true);
  const kept = runsIn(folder);
  assert.deepEqual([kept[0], kept.length <= retention.count + 2], ['0000', true]);
  assert.equal(new FileJournal(folder, 'next', 'h').intended(['pct', 'create', '0000']), 1);
  assert.equal(dropEnded(folder), 1);
  assert.deepEqual(runsIn(folder), ['0000']);
});

const owner = (run: string, since = 0): Owner => ({ pid: 1, host: 'here', started: '5', run, since });

test('while one clears the lock of a dead run no other does; what a dead one began is cleared later', () => {
  const path = join(tempFolder(), 'run.lock');
  takeLock(path, owner('dead'), () => true);
  mkdirSync(`${path}.takeover`);
  utimesSync(`${path}.takeover`, 1000, 1000);
  const attempt = (since: number) => takeLock(path, owner('next', since), () => false);
  assert.throws(() => attempt(1_005_000), /being cleared by another/);
  assert.equal(attempt(1_010_001).takenOver?.run, 'dead');
});

test('what somebody left who died while he took the lock goes with the next one who takes it', () => {
  const folder = tempFolder();
  const path = join(folder, 'run.lock');
  for (const [name, at] of Object.entries({ 'run.lock.dead': 1000, 'run.lock.busy': 1050, other: 1 })) {
    writeFileSync(join(folder, name), '');
    utimesSync(join(folder, name), at, at);
  }
  takeLock(path, owner('next', 1_065_000), () => true);
  assert.deepEqual(namesIn(folder), ['other', 'run.lock', 'run.lock.busy']);
});
