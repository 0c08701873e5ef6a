/**
 * A VM that an edited layer leaves unwell, on the twin, reached through its agent: it goes back by each means; and whatever
 * befalls the run at a command, the next ones bring it to the same end. A sample here, all with `npm run test:faults`.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PhxTask } from '../../src/config/project.ts';
import type { Host, Outcome } from '../../src/core/host.ts';
import { Observer } from '../../src/host/observe.ts';
import { parseConf } from '../../src/proxmox/conf.ts';
import { layersPath, parseLayers } from '../../src/proxmox/guest-layer.ts';
import { guestProbeMark } from '../../src/proxmox/guest-probe.ts';
import { parseAgentAnswer } from '../../src/proxmox/qm-agent.ts';
import { vm } from '../../tasks/vm/index.ts';
import { Bench, type BenchRun, sampleFleet, tasksOf } from '../bench.ts';
import { type Disturbance, Disturber, deaths, failures } from './faults.ts';

const id = 8001;
const target = `vmid:${id}`;
const layer = `${target}/feature:docker`;
const health = `${target}/health`;
const means = ['snapshot', 'dataset', 'backup'] as const;
const quick = ['guests.8001.health.retries=1', 'guests.8001.snapshot=null'];
const fleet = await sampleFleet(quick);
const built = Bench.fresh(fleet, {}, () => {});
assert.deepEqual((await built.run(await tasksOf(fleet), [target])).troubles, []);
const old = layersIn(built);

const edited = async (by: string, version = '28.5.0', ...more: string[]) => {
  const docker = `{ name: 'docker', params: { storage_driver: 'overlay2', version: '${version}' } }`;
  return tasksOf(
    await sampleFleet([
      ...quick,
      `guests.8001.layers=['base_setup', ${docker}]`,
      `guests.8001.safety.by='${by}'`,
      "guests.8001.rollback='on-failure'",
      ...more,
    ]),
  );
};

function layersIn(bench: Bench): Record<string, string> {
  const text = bench.twin.state().guests[id]?.tree.files[layersPath]?.text ?? '';
  return Object.fromEntries(parseLayers(text).map(({ name, digest }) => [name, digest]));
}

/** The node, whose VM answers no question about its health as long as it holds another layer than before. */
function sick(bench: Bench, host: Host = bench.twin): Host {
  const unwell = ({ stdout }: Outcome) => {
    const answer = parseAgentAnswer(stdout);
    const healthy = answer?.state === 'ended' && answer.exit === 0;
    return healthy && layersIn(bench)['feature:docker'] !== old['feature:docker'];
  };
  return {
    ...{ kind: host.kind, label: host.label, identity: () => host.identity(), close: () => host.close() },
    reach: () => host.reach(),
    readFile: (path) => host.readFile(path),
    writeFile: (path, text, mode) => host.writeFile(path, text, mode),
    removeFile: (path) => host.removeFile(path),
    run: async (command) => {
      const { argv, stdin } = command;
      const words = stdin?.startsWith(guestProbeMark) ? argv.join(' ') : '';
      const asks = words.includes('unit:docker') && !words.includes('layer:');
      const outcome = await host.run(command);
      if (!asks || !unwell(outcome)) return outcome;
      return { ...outcome, stdout: '{ "exited": 1, "exitcode": 0, "out-data": "=\\t\\n" }' };
    },
  };
}

const troublesOf = ({ troubles }: BenchRun) => troubles.map((line) => line.split(': ')[0]);

/** It runs, holds what it held before, and no lock. */
function assertBack(bench: Bench, words: string): void {
  const now = bench.twin.state().guests[id];
  assert.ok(now?.running, `${words}: it runs`);
  assert.deepEqual(layersIn(bench), old, words);
  const before = built.twin.state().guests[id];
  assert.deepEqual({ ...now?.tree, events: [] }, { ...before?.tree, events: [] }, words);
  const { keys } = parseConf(now?.conf ?? '', 'vm');
  assert.equal(keys.get('lock'), undefined, words);
  for (const key of ['memory', 'name', 'net0', 'ide2', 'boot'])
    assert.equal(keys.get(key), parseConf(before?.conf ?? '', 'vm').keys.get(key), `${words}: ${key}`);
}

for (const by of means) {
  test(`by ${by}: it goes back and is well again; the layer waits for an edit, or for a word`, async () => {
    const tasks = await edited(by);
    const bench = built.copy();
    const first = await bench.run(tasks, [target], { host: sick(bench) });
    assert.deepEqual(troublesOf(first), [health]);
    assert.match(
      first.troubles[0] ?? '',
      /gone back to: safety-1; feature:docker is as before; now: it is well again/,
    );
    assertBack(bench, 'first');
    const blocked = await bench.run(tasks, [target], { host: sick(bench) });
    assert.deepEqual([troublesOf(blocked), blocked.commands], [[layer], []]);

    const permits = (kind: string, name: string) => kind === 'retry' && name === target;
    const again = await bench.run(tasks, [target], { host: sick(bench), terms: { permits } });
    assert.match(again.troubles[0] ?? '', /gone back to: safety-2;/);
    assertBack(bench, 'again');
    const well = await bench.run(tasks, [target], { terms: { permits } });
    // Another generation: each layer is asked for once more.
    assert.deepEqual([well.troubles, well.done], [[], [`${target}/feature:base_setup`, layer, health]]);
    assert.notDeepEqual(layersIn(bench), old);
    const last = await bench.run(tasks, [target]);
    assert.deepEqual([last.done, last.troubles], [[], []]);
  });
}

test('a script that fails is gone back from, too', async () => {
  const bench = built.copy();
  bench.twin.addFault({
    match: 'qm guest exec 8001 --timeout 25 --pass-stdin 1 -- sh -c',
    nth: 1,
    exit: 3,
    stderr: 'no route',
  });
  const first = await bench.run(await edited('snapshot'), [target]);
  assert.match(
    first.troubles[0] ?? '',
    /feature:docker: .*no route.*feature:docker is as before; now: it is well/,
  );
  assertBack(bench, 'a failed script');
});

test('without health checks a point is taken by what the VM itself tells of its layers', async () => {
  const tasks = await edited('snapshot', '28.5.0', 'guests.8001.health=null');
  const bench = built.copy();
  bench.stamps.delete(health);
  const { troubles, commands } = await bench.run(tasks, [target]);
  assert.deepEqual(troubles, []);
  assert.equal(commands.filter((command) => command.startsWith('qm snapshot 8001 safety-1')).length, 1);
});

test('beside data of its own no snapshot and no backup is gone back to; the root disk alone is', async () => {
  const data = "guests.8001.scsi1={ storage: 'quickOS-vm-disks', size: 5 }";
  const bench = built.copy();
  assert.deepEqual((await bench.run(await edited('dataset', '28.4.0', data), [target])).troubles, []);
  const before = bench.copy();
  const first = await bench.run(await edited('dataset', '28.5.0', data), [target], { host: sick(bench) });
  assert.match(first.troubles[0] ?? '', /gone back to: safety-1; .* it is well again/);
  assert.ok(first.commands.includes('zfs rollback quickOS/vm-disks/vm-8001-disk-0@phx-safety-1'));
  // By hand, since the configuration would refuse it.
  await before.twin.run({ argv: ['qm', 'set', '8001', '--scsi2', 'quickOS-vm-disks:1'], deadline: 1000 });
  for (const by of ['snapshot', 'backup']) {
    const other = before.copy();
    const refused = await other.run(await edited(by), [target]);
    assert.match(refused.troubles[0] ?? '', /no safety point of it can be taken because: .*scsi2/, by);
    assert.deepEqual(layersIn(other), layersIn(before));
  }
});

test('a restore that a person asked for and that is cut off is brought to its end by the next run', async () => {
  const tasks = await edited('backup', '28.5.0', "guests.8001.rollback='never'");
  const bench = built.copy();
  assert.deepEqual((await bench.run(tasks, [target])).troubles, []);
  const request = { verb: 'rollback' as const, guests: [id], name: 'safety-1' };
  const backed = await sampleFleet([...quick, "guests.8001.safety.by='backup'"]);
  const facts = (await Observer.begin(bench.twin, [])).current();
  const asked = vm().actions?.({ project: 'phoenix', fleet: backed }, request, facts) ?? [];
  const at = new Disturber(bench.copy(), -1, 'before');
  await bench.copy().run(asked, [target], { host: at.host() });
  const disturber = new Disturber(
    bench,
    at.asked.findIndex((words) => words.startsWith('qmrestore')),
    'during',
  );
  await Promise.race([bench.run(asked, [target], { host: disturber.host() }), disturber.died]);
  bench.twin.clearFaults();
  assert.equal(bench.twin.state().guests[id]?.conf, 'memory: 128\n');
  assert.deepEqual((await bench.run(tasks, [`${target}/start`])).troubles, []);
  assertBack(bench, 'by hand');
  assert.deepEqual((await bench.run(tasks, [target])).troubles, []);
  assert.notDeepEqual(layersIn(bench), old);
});

/** Runs once with a disturbance at one command, and twice more. */
async function disturbedAt(tasks: readonly PhxTask[], at: number, kind: Disturbance) {
  const bench = built.copy();
  const disturber = new Disturber(bench, at, kind);
  const host = sick(bench, disturber.host());
  const ended = bench.run(tasks, [target], { host, stamps: disturber.store() });
  const first = await Promise.race([ended, disturber.died.then(() => undefined)]);
  bench.twin.clearFaults();
  const runs = [await bench.run(tasks, [target], { host: sick(bench) })];
  runs.push(await bench.run(tasks, [target], { host: sick(bench) }));
  return { bench, first, runs, asked: disturber.asked };
}

const every = process.env.PHX_FAULTS === 'all' ? 1 : 5;
for (const [turn, by] of means.entries()) {
  const tasks = await edited(by);
  const calm = await disturbedAt(tasks, -1, 'before');
  test(`by ${by}: the story is long enough to mean something`, () => {
    assert.ok(calm.asked.length > 15, calm.asked.join('\n'));
  });
  for (const kind of deaths) {
    test(`by ${by}: killed ${kind} a command, the next runs bring it to the same end`, async () => {
      for (let at = turn % every; at < calm.asked.length; at += every) {
        const words = `${kind} ${at}: ${calm.asked[at]}`;
        const { bench, runs } = await disturbedAt(tasks, at, kind);
        assertBack(bench, words);
        assert.deepEqual(troublesOf(runs[1] as BenchRun), [layer], words);
        assert.deepEqual(runs[1]?.commands, [], words);
      }
    });
  }
  for (const kind of failures) {
    test(`by ${by}: a command ${kind}: it goes back, or the failure says that it did not`, async () => {
      for (let at = turn % every; at < calm.asked.length; at += every) {
        const words = `${kind} ${at}: ${calm.asked[at]}`;
        const { bench, first, runs } = await disturbedAt(tasks, at, kind);
        const told = [...(first?.troubles ?? []), ...runs.flatMap(({ troubles }) => troubles)].join('\n');
        if (/not gone back to safety-1|not as before|not well even so/.test(told)) continue;
        assertBack(bench, `${words}\n${told}`);
      }
    });
  }
}
