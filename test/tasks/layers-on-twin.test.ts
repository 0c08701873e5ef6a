/** Layers over several runs of a fleet on the twin: inherited, taken back, and a clone's own keys. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Fleet } from '../../src/config/fleet.ts';
import { Observer } from '../../src/host/observe.ts';
import type { Layer } from '../../src/proxmox/guest-layer.ts';
import { Bench, type BenchRun, sampleFleet, tasksOf } from '../bench.ts';

/** The fleet with other layers of a container. */
function withLayers(fleet: Fleet, id: number, layers: Container['layers']): Fleet {
  return { ...fleet, guests: { ...fleet.guests, [id]: { ...(fleet.guests[id] as Container), layers } } };
}

async function layersOf(bench: Bench, id: number): Promise<readonly Layer[]> {
  const facts = (await Observer.begin(bench.twin, [])).current();
  return facts.guests.get(id)?.layers ?? assert.fail(`${id} does not run`);
}

const sentBy = ({ events }: BenchRun, task: string) =>
  events.flatMap((event) => (event.type === 'done' && event.task === task ? event.commands : []));

test('an inherited layer is recognised, one of its own is taken back, and a clone has its own identity', async () => {
  const fleet = await sampleFleet();
  const step = [
    { name: 'docker', params: {} },
    { name: 'step_cli', params: {} },
  ];
  const more = await tasksOf(withLayers(fleet, 910, step));
  const bench = Bench.fresh(fleet);
  const built = await bench.run(more, ['ctid:910']);
  assert.deepEqual(built.troubles, []);
  // 902 made it; 910 only finds its marker.
  assert.equal(sentBy(built, 'ctid:902/feature:docker').length, 1);
  assert.deepEqual(sentBy(built, 'ctid:910/feature:docker'), []);
  const layers = await layersOf(bench, 910);
  const line = (name: string) => layers.find((layer) => layer.name === name);
  assert.deepEqual([line('feature:docker')?.origin, line('feature:docker')?.uninstall], [902, true]);
  assert.deepEqual([line('feature:step_cli')?.origin, line('feature:step_cli')?.uninstall], [910, true]);
  assert.equal(line('identity')?.origin, 910);
  assert.ok(sentBy(built, 'ctid:902/identity').length > 0, 'its source made keys of its own before');
  assert.deepEqual(
    (await bench.stale(more)).filter((id) => id.startsWith('ctid:910/')),
    [],
  );

  const fewer = await tasksOf(fleet);
  const taken = await bench.run(fewer, ['ctid:910']);
  assert.deepEqual(taken.troubles, []);
  assert.deepEqual(taken.done, ['ctid:910/leftovers', 'ctid:910/health'], 'health is looked at anew');
  assert.equal(sentBy(taken, 'ctid:910/leftovers').length, 1);
  const left = (await layersOf(bench, 910)).map(({ name }) => name);
  assert.ok(left.includes('feature:docker') && !left.includes('feature:step_cli'), left.join());
  const again = await bench.run(fewer, ['ctid:910']);
  assert.deepEqual([again.done, again.commands], [[], []]);
});
