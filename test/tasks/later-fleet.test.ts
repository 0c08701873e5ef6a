/** A fleet whose containers and VMs rest on each other: an issuer, two VMs behind it, two services behind those. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskGraph } from '../../src/core/graph.ts';
import { selectTasks } from '../../src/core/target.ts';
import { Bench, tasksOf } from '../bench.ts';
import { load, ct as plain, node as simple, vm } from '../config/project.ts';

const docker = "layers: ['base_setup', 'docker'], features: { nesting: true, keyctl: true },";
const well = "health: { checks: [{ unit: 'docker' }], retries: 2, interval: 1, deadline: 20 },";
const card = (last: number) =>
  `net0: { name: 'eth0', bridge: 'vmbr0', ip: '10.0.0.${last}/24', gw: '10.0.0.1' },`;
const address = (last: number) =>
  `net0: { model: 'virtio', bridge: 'vmbr0' }, ipconfig0: { ip: '10.0.0.${last}/24', gw: '10.0.0.1' }, agent: true,`;
/** Its data, and not a layer, is what waits for the neighbour: it is read at the first boot. */
const cloudInit = "cloudInit: { packages: ['nfs-common'] },";
const after = (...ids: readonly number[]) => `dependencies: [${ids.join(', ')}],`;

/** One that the twin's list of templates has. */
const template = 'ubuntu-24.04-standard_24.04-2_amd64.tar.zst';
const ct = (id: number, ...more: readonly string[]) =>
  plain(id, `ostemplate: 'iso:vztmpl/${template}',`, ...more);

/** 901 → VM 1002 → VM 1001 → 102 → 103, listed in another order than they have to come. */
const { fleet } = await load({
  'config/hypervisor.json5': simple.replace('u.tar.zst', template),
  'config/guests/102-service.json5': ct(102, card(112), after(1001), docker, well),
  'config/guests/103-service.json5': ct(103, card(113), after(102), docker, well),
  'config/guests/901-issuer.json5': ct(901, card(111), docker, well),
  'config/guests/1001-host.json5': vm(
    1001,
    address(121),
    after(1002),
    'cloudInit: {},',
    "layers: ['base_setup', 'docker'],",
    well,
  ),
  'config/guests/1002-host.json5': vm(1002, address(122), after(901), cloudInit),
});
const chain = ['ctid:901', 'vmid:1002', 'vmid:1001', 'ctid:102', 'ctid:103'];
/** What of each has to be over, and what of the next waits for it: the rest of them goes on side by side. */
const handovers = [
  ['ctid:901/health', 'vmid:1002/start'],
  ['vmid:1002/agent', 'vmid:1001/start'],
  ['vmid:1001/health', 'ctid:102/feature:base_setup'],
  ['ctid:102/health', 'ctid:103/feature:base_setup'],
] as const;
const tasks = await tasksOf(fleet);
const graph = new TaskGraph(tasks);
const node = Bench.fresh(fleet);
assert.deepEqual((await node.run(tasks, ['hypervisor'])).troubles, []);

const targetsOf = (ids: Iterable<string>) => [
  ...new Set([...ids].map((id) => id.replace(/\/.*/, '')).filter((target) => target !== 'hypervisor')),
];

test('each rests on the one before it, whatever kind both are of, and on no other', () => {
  chain.forEach((target, at) => {
    const closure = graph.closure([...selectTasks(graph, [target], new Map())]);
    const ids = [...closure].map((index) => graph.at(index).id);
    assert.deepEqual(targetsOf(ids).sort(), chain.slice(0, at + 1).sort());
  });
});

test('the last one named builds all of them, each well before the next one works; once', async () => {
  const bench = node.copy();
  const { done, troubles } = await bench.run(tasks, ['ctid:103']);
  assert.deepEqual(troubles, []);
  for (const [before, waits] of handovers) {
    assert.ok(done.includes(before) && done.includes(waits), `${before} and ${waits} are run`);
    assert.ok(done.indexOf(before) < done.indexOf(waits), `${before} comes before ${waits}`);
  }
  assert.deepEqual((await bench.run(tasks, ['ctid:103'])).done, []);
});

test('a VM in the middle that fails holds up what rests on it, and nothing before it', async () => {
  const bench = node.copy();
  // As often as a start is tried.
  for (const nth of [1, 2, 3])
    bench.twin.addFault({ match: 'qm start 1001', nth, exit: 1, stderr: 'start failed: no memory' });
  const { done, events } = await bench.run(tasks, ['ctid:*', 'vmid:*']);
  const over = handovers.map(([before]) => done.includes(before));
  assert.deepEqual(over, [true, true, false, false]);
  const heldUp = new Set(events.flatMap((event) => (event.type === 'cancelled' ? [event.task] : [])));
  assert.deepEqual(
    handovers.map(([, waits]) => heldUp.has(waits)),
    [false, false, true, true],
  );
  bench.twin.clearFaults();
  assert.deepEqual((await bench.run(tasks, ['ctid:103'])).troubles, []);
});

test('an edit in the middle touches nothing around it', async () => {
  const bench = node.copy();
  await bench.run(tasks, ['all']);
  const middle = fleet.guests['1001'];
  assert.ok(middle);
  const edited = { ...fleet, guests: { ...fleet.guests, 1001: { ...middle, memory: 768 } } };
  const { done, commands } = await bench.run(await tasksOf(edited), ['ctid:*', 'vmid:*']);
  assert.deepEqual(done, ['vmid:1001/configure']);
  assert.match(commands.join('\n'), /^qm set 1001 --memory 768 --digest \S+$/);
});
