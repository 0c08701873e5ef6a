/**
 * A guest that an edited layer leaves unwell, on the twin: it goes back by each means, and the layer waits for another edit
 * or for a word. What befalls it at each command is in test/faults.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench, type BenchRun, sampleFleet, tasksOf } from '../bench.ts';
import { assertBack as assertSame, gateway, layersIn as layersOf, quick, sick as sickOn } from './sick.ts';

const id = 953;
const app = 'ctid:953/app';
const health = 'ctid:953/health';
const means = ['snapshot', 'dataset', 'backup'] as const;

const fleet = await sampleFleet(quick.ct);
const built = Bench.fresh(fleet, {}, () => {});
assert.deepEqual((await built.run(await tasksOf(fleet), ['ctid:953'])).troubles, []);
const layersIn = ({ twin }: Bench) => layersOf(twin, gateway);
const old = layersIn(built);
const unwell = sickOn(gateway, old);
const sick = ({ twin }: Bench) => unwell(twin, twin);
const assertBack = ({ twin }: Bench, words: string) => assertSame(gateway, twin, built.twin, words);

const edited = (port: number, by: string, ...more: string[]) =>
  sampleFleet([
    ...quick.ct,
    `guests.952.exports.port=${port}`,
    `guests.953.safety.by="${by}"`,
    'guests.953.rollback="on-failure"',
    ...more,
  ]).then(tasksOf);

const note = (bench: Bench) => bench.twin.readFile(`/var/lib/phx/safety/${id}`);
const troublesOf = ({ troubles }: BenchRun) => troubles.map((line) => line.split(':').slice(0, 2).join(':'));

for (const by of means) {
  test(`by ${by}: it goes back and is well again; the layer waits for an edit, or for a word`, async () => {
    const tasks = await edited(7000, by);
    const bench = built.copy();
    const first = await bench.run(tasks, ['ctid:953'], { host: sick(bench) });
    assert.deepEqual(troublesOf(first), [health]);
    assert.match(
      first.troubles[0] ?? '',
      /gone back to: safety-1; app:nginx-gateway is as before; now: it is well again/,
    );
    assertBack(bench, 'first');
    const blocked = await bench.run(tasks, ['ctid:953'], { host: sick(bench) });
    assert.deepEqual([troublesOf(blocked), blocked.commands], [[app], []]);
    assert.match(blocked.troubles[0] ?? '', /app:nginx-gateway left guest 953 unwell, and was taken back/);

    const permits = (kind: string, name: string) => kind === 'retry' && name === 'ctid:953';
    const again = await bench.run(tasks, ['ctid:953'], { host: sick(bench), terms: { permits } });
    assert.match(again.troubles[0] ?? '', /gone back to: safety-2;/);
    assertBack(bench, 'again');
    assert.deepEqual(
      again.commands.filter((command) => /delsnapshot|destroy|pvesm free/.test(command)).length,
      1,
      'one point is kept',
    );
    // What was wrong is mended elsewhere: it is tried once more.
    const well = await bench.run(tasks, ['ctid:953'], { terms: { permits } });
    assert.deepEqual([well.troubles, well.done], [[], [app, health]]);
    assert.notDeepEqual(layersIn(bench), old);
    if (by !== 'backup') assert.equal(await note(bench), undefined);
    const last = await bench.run(tasks, ['ctid:953']);
    assert.deepEqual([last.done, last.troubles], [[], []]);
  });

  test(`by ${by}: an edit is another story, and so is putting it back as it was`, async () => {
    const bench = built.copy();
    await bench.run(await edited(7000, by), ['ctid:953'], { host: sick(bench) });
    const former = bench.copy();
    const other = await bench.run(await edited(7001, by), ['ctid:953']);
    assert.deepEqual([other.troubles, other.done], [[], [app, health]]);
    const back = await former.run(await edited(6333, by), ['ctid:953'], { host: sick(former) });
    assert.deepEqual([back.troubles, back.done], [[], [app, health]]);
    assert.equal(back.commands.length, 0);
  });
}

test('two layers that were applied anew go back together, and an edit of either is another story', async () => {
  const bench = built.copy();
  const more = (packages: string) =>
    `guests.953.layers=[{"name":"base_setup","params":{"packages":[${packages}]}}]`;
  const both = await edited(7000, 'snapshot', more('"vim"'));
  const first = await bench.run(both, ['ctid:953'], { host: sick(bench) });
  assert.match(first.troubles[0] ?? '', /safety-1; feature:base_setup and app:nginx-gateway are as before/);
  assert.equal(first.commands.filter((command) => command.startsWith('pct snapshot')).length, 1);
  assertBack(bench, 'both');
  const blocked = await bench.run(both, ['ctid:953']);
  assert.deepEqual(blocked.commands, []);
  assert.match(blocked.troubles[0] ?? '', /feature:base_setup and app:nginx-gateway left guest 953 unwell/);
  const either = await bench.copy().run(await edited(7001, 'snapshot', more('"vim"')), ['ctid:953']);
  assert.deepEqual([either.troubles, either.done.length], [[], 3]);
  const other = await bench.run(await edited(7000, 'snapshot', more('"nano"')), ['ctid:953']);
  assert.deepEqual([other.troubles, other.done.length], [[], 3]);
});

test('a script that fails is gone back from, too, also past what was applied well before it', async () => {
  const tasks = await edited(7000, 'dataset', 'guests.953.layers=["base_setup","step_cli"]');
  const bench = built.copy();
  bench.twin.addFault({ match: 'pct exec 953 --keep-env 0 -- sh -c', nth: 2, exit: 3, stderr: 'no route' });
  const first = await bench.run(tasks, ['ctid:953']);
  assert.match(first.troubles[0] ?? '', /^ctid:953\/app: pct exec failed with exit code 3 .*no route/);
  assert.match(
    first.troubles[0] ?? '',
    /feature:step_cli and app:nginx-gateway are as before; now: it is well/,
  );
  assertBack(bench, 'a failed script');
});

test('without rollback a point is named, used once more for the same try, and kept until the guest is well', async () => {
  const never = await edited(7000, 'snapshot', 'guests.953.rollback="never"');
  const bench = built.copy();
  const first = await bench.run(never, ['ctid:953'], { host: sick(bench) });
  assert.match(first.troubles[0] ?? '', /safety point: safety-1, taken before app:nginx-gateway/);
  assert.notDeepEqual(layersIn(bench), old);
  // Gone back by hand: the next try begins where the first one did.
  await bench.twin.run({ argv: ['pct', 'rollback', '953', 'safety-1', '--start', '1'], deadline: 1000 });
  const second = await bench.run(never, ['ctid:953'], { host: sick(bench) });
  assert.ok(!second.commands.some((command) => command.startsWith('pct snapshot')), 'not a second one');
  const third = await bench.run(await edited(7001, 'snapshot'), ['ctid:953']);
  assert.deepEqual(third.troubles, []);
  assert.deepEqual(
    third.commands
      .filter((command) => /^pct (del)?snapshot/.test(command))
      .map((command) => command.slice(0, 28)),
    ['pct snapshot 953 safety-2 --', 'pct delsnapshot 953 safety-1'],
  );
});
