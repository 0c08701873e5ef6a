import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PhxError } from '../../src/core/error.ts';
import { FileJournal } from '../../src/core/file-journal.ts';
import { type Owner, readOwner, takeLock } from '../../src/core/lock.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import { StampLog } from '../../src/core/stamp-log.ts';
import { tempFolder } from '../temp.ts';

const stamp = (task: string, ms = 1): Stamp => ({
  task,
  state: 'done',
  fingerprint: { a: '1' },
  outputs: {},
  result: 'r',
  run: 'run',
  at: 1,
  ms,
});

test('a stamp log gives back what was put, and the last word counts', () => {
  const path = join(tempFolder(), 'stamps', 'node.log');
  const log = new StampLog(path);
  log.put(stamp('a'));
  log.put(stamp('b'));
  log.put(stamp('a', 7));
  log.close();
  const again = new StampLog(path);
  assert.deepEqual(again.get('a'), stamp('a', 7));
  assert.equal([...again.all()].length, 2);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a log cut at any byte loses at most its last record', () => {
  const path = join(tempFolder(), 'node.log');
  const log = new StampLog(path);
  for (const name of ['a', 'b', 'c']) log.put(stamp(name));
  log.close();
  const whole = readFileSync(path, 'utf8');
  const header = whole.indexOf('\n') + 1;
  for (let cut = whole.length - 1; cut >= 0; cut--) {
    writeFileSync(path, whole.slice(0, cut));
    const torn = new StampLog(path);
    const onlyLineFeedLost = whole[cut] === '\n';
    const complete =
      cut < header ? 0 : whole.slice(header, cut).split('\n').length - (onlyLineFeedLost ? 0 : 1);
    assert.equal([...torn.all()].length, complete, `cut at ${cut}`);
    torn.put(stamp('d'));
    torn.close();
    const mended = new StampLog(path);
    assert.equal([...mended.all()].length, complete + 1, `written after a cut at ${cut}`);
  }
});

test('a damaged line in the middle is counted and the rest is believed', () => {
  const path = join(tempFolder(), 'node.log');
  const log = new StampLog(path);
  log.put(stamp('a'));
  log.put(stamp('b'));
  log.close();
  writeFileSync(path, readFileSync(path, 'utf8').replace('"task":"a"', '"task":"x"'));
  const read = new StampLog(path);
  assert.equal(read.damaged, 1);
  assert.deepEqual(
    [...read.all()].map(({ task }) => task),
    ['b'],
  );
});

test('a file that is no stamp log is refused with the way out', () => {
  const path = join(tempFolder(), 'node.log');
  writeFileSync(path, 'something else\nentirely\n');
  assert.throws(
    () => new StampLog(path),
    (error) => error instanceof PhxError && /cannot be read/.test(error.message),
  );
});

test('an old log is compacted', () => {
  const path = join(tempFolder(), 'node.log');
  const log = new StampLog(path);
  for (let at = 0; at < 2500; at++) log.put(stamp(`t${at % 3}`, at));
  log.close();
  assert.ok(readFileSync(path, 'utf8').split('\n').length < 1100);
  assert.equal(new StampLog(path).get('t0')?.ms, 2499);
});

test('forgotten tasks are gone', () => {
  const path = join(tempFolder(), 'node.log');
  const log = new StampLog(path);
  log.put(stamp('a'));
  log.put(stamp('b'));
  log.forget(['a']);
  assert.equal(new StampLog(path).get('a'), undefined);
  assert.ok(new StampLog(path).get('b'));
});

const owner = (run: string, pid = 1, host = 'here'): Owner => ({ pid, host, started: '5', run, since: 0 });

test('one writer: the second is told who, the lock is free afterwards', () => {
  const path = join(tempFolder(), 'run.lock');
  const lock = takeLock(path, owner('one'), () => true);
  assert.throws(
    () => takeLock(path, owner('two', 2), () => true),
    (error) =>
      error instanceof PhxError &&
      error.exit === 'locked' &&
      /process 1 on here/.test(JSON.stringify(error.problem)),
  );
  lock.release();
  takeLock(path, owner('two', 2), () => true).release();
  assert.equal(readOwner(path), undefined);
});

test('a dead owner is taken over, one on another machine never', () => {
  const path = join(tempFolder(), 'run.lock');
  takeLock(path, owner('one'), () => true);
  assert.equal(takeLock(path, owner('two', 2), () => false).takenOver?.run, 'one');
  assert.throws(() => takeLock(path, owner('three', 3, 'there'), () => false), PhxError);
});

test('a lock that cannot be read is not taken for a dead one', () => {
  const path = join(tempFolder(), 'run.lock');
  mkdirSync(path);
  assert.throws(() => takeLock(path, owner('one'), () => false), /EISDIR/);
  assert.ok(statSync(path).isDirectory());
});

test('a torn line in a journal hides nothing that was noted later', () => {
  const path = tempFolder();
  writeFileSync(
    join(path, '1.jsonl'),
    '{"at":0,"entry":"begin","host":"h"}\n{"at":1,"ent\n{"at":2,"entry":"intent","task":"t","argv":["pct","create","900"]}\n',
  );
  assert.equal(new FileJournal(path, '2', 'h').intended(['pct', 'create', '900']), 2);
});

test('a journal that cannot be written says so before anything is done', () => {
  const path = join(tempFolder(), 'journal');
  writeFileSync(path, 'a file where the folder should be');
  const journal = new FileJournal(path, '1', 'h');
  const entry = { at: 1, entry: 'intent', task: 't', argv: ['true'] } as const;
  assert.throws(
    () => journal.write(entry),
    (error) => error instanceof PhxError && /journal of this run cannot be written/.test(error.message),
  );
});

test('a journal remembers what an interrupted run meant to do', () => {
  const path = tempFolder();
  const first = new FileJournal(path, '1', 'h');
  first.write({ at: 0, entry: 'begin', run: '1', words: [], host: 'h' });
  first.write({ at: 7, entry: 'intent', task: 't', argv: ['pct', 'create', '900', 'x'] });
  first.write({ at: 5, entry: 'intent', task: 't', argv: ['pct', 'create', '900', 'y'] });
  appendFileSync(join(path, '1.jsonl'), '{"torn');
  const second = new FileJournal(path, '2', 'h');
  assert.equal(second.intended(['pct', 'create', '900']), 7);
  assert.equal(second.intended(['pct', 'create', '901']), undefined);
  const settled = (task: string, at: number) => task === 't' && at >= 5;
  assert.equal(second.intended(['pct', 'create', '900'], settled), undefined);
  second.write({ at: 1, entry: 'begin', run: '2', words: [], host: 'h' });
  assert.equal(second.intended(['pct', 'create', '900']), 7);
  assert.equal(new FileJournal(path, '3', 'another host').intended(['pct', 'create', '900']), undefined);
  truncateSync(join(path, '1.jsonl'), 0);
  appendFileSync(
    join(path, '1.jsonl'),
    '{"at":0,"entry":"intent","task":"t","argv":["pct","create","900"]}\n',
  );
  appendFileSync(join(path, '1.jsonl'), '{"at":0,"entry":"ended","exit":"ok"}\n');
  assert.equal(new FileJournal(path, '3', 'h').intended(['pct', 'create', '900']), undefined);
});

test('a journal remembers what a command that a signal ended may have left half done, and no refusal', () => {
  const path = tempFolder();
  const run = new FileJournal(path, '1', 'h');
  run.write({ at: 0, entry: 'begin', run: '1', words: [], host: 'h' });
  for (const [at, id, exit] of [
    [1, '900', 137],
    [2, '901', 255],
    [3, '902', 128],
  ] as const) {
    const argv = ['pct', 'create', id];
    run.write({ at, entry: 'intent', task: 't', argv });
    run.write({ at, entry: 'outcome', task: 't', argv, exit, ms: 1 });
  }
  run.write({ at: 4, entry: 'ended', exit: 'failed' });
  const next = new FileJournal(path, '2', 'h');
  const meant = ['900', '901', '902'].map((id) => next.intended(['pct', 'create', id]));
  assert.deepEqual(meant, [1, undefined, undefined]);
});
