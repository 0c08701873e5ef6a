/** How long a run has yet to go: by what tasks took before, and nothing where too little is known. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forecastFrom } from '../../src/cli/forecast.ts';
import { TaskGraph } from '../../src/core/graph.ts';
import type { Host } from '../../src/core/host.ts';
import { onlySite } from '../../src/core/site.ts';
import type { Task } from '../../src/core/task.ts';

/** Guests of two steps, one after the other. */
function forecast(took: Readonly<Record<string, number>>, jobs: number) {
  const task = (id: string, before: readonly string[]): Task<object> => ({
    ...{
      id,
      target: id.replace(/\/.*/, ''),
      title: id,
      revision: '1',
      config: {},
      touches: [],
      run: async () => undefined,
    },
    dependencies: before.map((name) => ({ task: name, kind: 'order' })),
  });
  const guests = [1, 2, 3].map((id) => `ctid:${id}`);
  const graph = new TaskGraph(
    guests.flatMap((guest) => [task(`${guest}/define`, []), task(`${guest}/start`, [`${guest}/define`])]),
  );
  const known = Object.entries(took).map(([id, ms]): [number, number] => [graph.index.get(id) ?? -1, ms]);
  const sites = onlySite({} as Host, { current: () => ({}), refresh: async () => ({}) });
  return forecastFrom({
    graph,
    sites,
    jobs,
    widths: new Map(),
    took: new Map(known),
    likely: () => graph.order,
  });
}
const nobody = () => false;

test('what was never done takes what the same step takes of others', () => {
  const one = forecast({ 'ctid:1/define': 100, 'ctid:1/start': 10 }, 1);
  assert.equal(one.remaining(nobody, new Map()), 330);
  assert.equal(one.usual('ctid:1/define'), 100);
  assert.equal(one.usual('ctid:2/define'), undefined);
  assert.equal(forecast({ 'ctid:1/define': 100, 'ctid:1/start': 10 }, 3).remaining(nobody, new Map()), 110);
});

test('what has ended counts no more, what is at work its rest, and what takes longer than ever a tenth of that', () => {
  const one = forecast({ 'ctid:1/define': 100, 'ctid:1/start': 10 }, 1);
  const settled = (task: string) => task.startsWith('ctid:1/') || task === 'ctid:2/define';
  assert.equal(one.remaining(settled, new Map()), 120);
  assert.equal(one.remaining(settled, new Map([['ctid:3/define', 60]])), 60);
  assert.equal(one.remaining(settled, new Map([['ctid:3/define', 200]])), 40);
});

test('where half of it was never done nothing is said', () => {
  assert.equal(forecast({ 'ctid:1/define': 100 }, 1).remaining(nobody, new Map()), undefined);
  assert.equal(forecast({}, 1).remaining(nobody, new Map()), undefined);
});
