/**
 * `npm run bench -- [guests]`: how long it takes to look at a node with many guests, to make a twin of it, and to plan for
 * it. Prints figures; nothing is asserted.
 */

import { performance } from 'node:perf_hooks';
import type { Guest } from '../src/config/fleet.ts';
import { Observer } from '../src/host/observe.ts';
import { isNamedScope } from '../src/proxmox/sweep.ts';
import { seedTwin } from '../src/twin/seed.ts';
import { Bench, sampleFleet, tasksOf } from '../test/bench.ts';

const many = Number(process.argv[2] ?? 1000);
const fleet = await sampleFleet();
const model = fleet.guests['952'];
if (model?.kind !== 'ct') throw new Error('the sample has no container 952');

/** The model under another id, name and address, from the same source. */
function another(at: number): Guest {
  const id = 10_000 + at;
  const { firewall: _, backup: __, ...own } = model as typeof model & { backup?: unknown };
  const [x, y] = [Math.floor(at / 250), at % 250];
  const nets = Object.fromEntries(
    Object.entries(own.nets ?? {}).map(([key, net]) => [
      key,
      { ...net, ip: `10.1.${x}.${y + 1}/16`, hwaddr: undefined },
    ]),
  );
  return { ...own, id, hostname: `many-${id}`, nets, dependencies: [] } as Guest;
}

async function timed<T>(what: string, work: () => Promise<T> | T): Promise<T> {
  const began = performance.now();
  const result = await work();
  console.log(`${what.padEnd(44)} ${(performance.now() - began).toFixed(0).padStart(7)} ms`);
  return result;
}

const guests = Object.fromEntries(Array.from({ length: many }, (_, at) => [10_000 + at, another(at)]));
const large = { ...fleet, guests: { ...fleet.guests, ...guests } };
const tasks = await timed(`tasks of ${many} guests more`, () => tasksOf(large));
console.log(`${tasks.length} tasks`);
const bench = Bench.fresh(large);
const built = await timed('build all of them on the twin', () => bench.run(tasks, ['all']));
if (built.troubles.length > 0) throw new Error(built.troubles[0]);
const scopes = tasks.flatMap(({ touches }) => touches.filter(isNamedScope));
const facts = (await timed('look at the node', () => Observer.begin(bench.twin, scopes))).current();
const seeded = await timed('make a twin of it', () => seedTwin(facts));
await timed('look at that twin', () => Observer.begin(seeded, scopes));
const stale = await timed('judge every task', () => bench.stale(tasks));
console.log(`${stale.length} stale`);
