/** A guest whose making is cut off at its deadline leaves no half behind, and the next run makes it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Command, type Host, inFrontOf } from '../../src/core/host.ts';
import { Bench, sampleOf, tasksOf } from '../bench.ts';

const fleet = await sampleOf([900, 953, 8000]);
const tasks = await tasksOf(fleet);

/** The node, on which commands that begin so are ended in the middle for want of time. */
function cuttingOff(bench: Bench, words: string): Host {
  const { twin } = bench;
  const run = async (command: Command) => {
    const outcome = await twin.run(command);
    const cut = command.argv.join(' ').startsWith(words);
    return cut ? { ...outcome, exit: 124, ended: 'deadline' as const } : outcome;
  };
  return inFrontOf(twin, { run });
}

for (const [target, words] of [
  ['ctid:900', 'pct create 900'],
  ['ctid:953', 'pct clone 900 953'],
  ['vmid:8000', 'qm create 8000'],
] as const) {
  test(`${words} that is cut off is undone at once`, async () => {
    const bench = Bench.fresh(fleet, {}, () => {});
    const id = target.slice(target.indexOf(':') + 1);
    const all = tasks.filter((task) => task.target !== target).map(({ target: other }) => other);
    await bench.run(
      tasks,
      [...new Set(all)].filter((other) => other !== 'ctid:953'),
    );
    bench.twin.addFault({ match: words, nth: 1, kill: 'during' });
    const { troubles } = await bench.run(tasks, [target], { host: cuttingOff(bench, words) });
    assert.match(
      troubles[0] ?? '',
      /did not end within its deadline.*undone: what had been made of it by then/s,
    );
    assert.equal(bench.twin.state().guests[Number(id)], undefined);
    bench.twin.clearFaults();
    assert.deepEqual((await bench.run(tasks, [target])).troubles, []);
    assert.deepEqual(
      (await bench.stale(tasks)).filter((task) => task.startsWith(`${target}/`)),
      [],
    );
  });
}
