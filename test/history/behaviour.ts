/** What every place that keeps the history of runs has to do alike, whatever it is made of. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalEntry } from '../../src/core/journal.ts';
import { retention } from '../../src/core/retention.ts';
import type { HistoryStore } from '../../src/history/store.ts';

/** One history, seen by who writes and by who reads: the same, or two machines. */
export interface Kept {
  readonly writer: HistoryStore;
  readonly reader: HistoryStore;
}

export const intent = (at: number, task: string, ...argv: string[]): JournalEntry => ({
  ...{ at, entry: 'intent', task, argv },
});
export const outcome = (at: number, task: string, ...argv: string[]): JournalEntry => ({
  ...{ at, entry: 'outcome', task, argv, exit: 0, ms: 5 },
});
const done = (at: number, task: string, ms: number): JournalEntry => ({
  ...{ at, entry: 'task', task, state: 'done', ms },
});
export const ended = (at: number): JournalEntry => ({ at, entry: 'ended', exit: 'ok' });

/** Notes a run; one without `ended` died. */
export async function noted(
  history: HistoryStore,
  run: string,
  entries: readonly JournalEntry[],
  host = 'h',
): Promise<void> {
  const journal = await history.begin({ at: 0, run, words: ['run', 'all'], host }, () => {});
  for (const entry of entries) await journal.write(entry);
  await journal.close();
}

export function keepsHistory(name: string, make: () => Promise<Kept>): void {
  test(`${name}: what a run noted is told in its order; of one that did nothing there is nothing`, async () => {
    const { writer, reader } = await make();
    // Texts of files may hold anything.
    const odd = 'a\u0000b\ud800c"\\\n{}';
    const wrote: JournalEntry = { at: 3, entry: 'wrote', task: 't', path: '/x', before: odd };
    const entries = [
      intent(1, 't', 'pct', 'set', '950'),
      outcome(2, 't', 'pct', 'set', '950'),
      wrote,
      ended(4),
    ];
    await noted(writer, '1', entries);
    await noted(writer, '2', [ended(5)]);
    assert.deepEqual(await reader.runs(), ['1']);
    const [begin, ...rest] = (await reader.read('1')) ?? [];
    assert.deepEqual(rest, entries);
    assert.ok(begin?.entry === 'begin');
    assert.deepEqual([begin.run, begin.words, begin.host], ['1', ['run', 'all'], 'h']);
    assert.equal(await reader.read('2'), undefined);
    assert.equal(await reader.isAtWork('2'), false);
  });

  test(`${name}: what an interrupted run meant is known on its host, until its task came to a good end`, async () => {
    const { writer, reader } = await make();
    await noted(writer, '1', [intent(7, 't', 'pct', 'create', '900', 'x')]);
    await noted(writer, '2', [
      intent(8, 't', 'pct', 'create', '901'),
      outcome(9, 't', 'pct', 'create', '901'),
      ended(9),
    ]);
    const cut: JournalEntry = {
      ...outcome(11, 't', 'pct', 'create', '902'),
      ended: 'deadline',
    } as JournalEntry;
    await noted(writer, '3', [intent(10, 't', 'pct', 'create', '902'), cut, ended(12)]);
    const lost: JournalEntry = { at: 14, entry: 'lost', task: 't', argv: ['pct', 'create', '903'] };
    await noted(writer, '4', [intent(13, 't', 'pct', 'create', '903'), lost, ended(14)]);
    const past = await reader.past('h');
    const meant = ['900', '901', '902', '903'].map((id) => past.intended(['pct', 'create', id]));
    assert.deepEqual(meant, [7, undefined, 10, 13]);
    const settled = (task: string, at: number) => task === 't' && at < 13;
    assert.deepEqual(
      ['900', '903'].map((id) => past.intended(['pct', 'create', id], settled)),
      [undefined, 13],
    );
    assert.equal((await reader.past('another')).intended(['pct', 'create', '900']), undefined);
  });

  test(`${name}: a run knows what was cut off in it, and what was before it`, async () => {
    const { writer } = await make();
    await noted(writer, '1', [intent(1, 't', 'pct', 'create', '900')]);
    const journal = await writer.begin({ at: 2, run: '2', words: [], host: 'h' }, () => {});
    assert.equal(journal.intended(['pct', 'create', '900']), 1);
    await journal.write(intent(3, 't', 'pct', 'create', '901'));
    assert.equal(journal.intended(['pct', 'create', '901']), undefined);
    await journal.write({ at: 4, entry: 'lost', task: 't', argv: ['pct', 'create', '901'] });
    assert.equal(journal.intended(['pct', 'create', '901']), 3);
    await journal.close();
  });

  test(`${name}: how long a task took is that of its last good end on that host, when it did something`, async () => {
    const { writer, reader } = await make();
    const failed: JournalEntry = { at: 4, entry: 'task', task: 'a', state: 'failed', ms: 1 };
    await noted(writer, '1', [
      ...[intent(1, 'a', 'x'), done(1, 'a', 100), intent(1, 'b', 'x'), done(2, 'b', 50), ended(2)],
    ]);
    await noted(writer, '2', [intent(3, 'a', 'x'), done(3, 'a', 200.5), failed, ended(5)]);
    await noted(writer, '3', [intent(6, 'a', 'x'), done(6, 'a', 7), ended(7)], 'another');
    await noted(writer, '4', [intent(8, 'c', 'x'), done(8, 'a', 0), done(8, 'b', 0), ended(9)]);
    assert.deepEqual([...(await reader.durations('h'))].sort(), [
      ['a', 200.5],
      ['b', 50],
    ]);
    assert.deepEqual([...(await reader.durations('none'))], []);
  });

  test(`${name}: the newest are kept; those of interrupted runs beside them, also where all else is dropped`, async () => {
    const { writer, reader } = await make();
    await noted(writer, '0000', [intent(1, 't', 'pct', 'create', '0000')]);
    for (let run = 1; run <= retention.count + 10; run++)
      await noted(writer, String(run).padStart(4, '0'), [
        intent(1, 't', 'x'),
        outcome(2, 't', 'x'),
        ended(2),
      ]);
    const kept = await reader.runs();
    assert.deepEqual([kept[0], kept.at(-1)], ['0000', '0060']);
    assert.ok(kept.length <= retention.count + 2, `${kept.length} runs are kept`);
    assert.equal(await writer.dropEnded(), 1);
    assert.deepEqual(await reader.runs(), ['0000']);
    assert.equal((await reader.past('h')).intended(['pct', 'create', '0000']), 1);
  });
}
