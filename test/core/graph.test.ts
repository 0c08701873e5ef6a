import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PhxError } from '../../src/core/error.ts';
import { TaskGraph } from '../../src/core/graph.ts';
import { selectTasks } from '../../src/core/target.ts';
import type { Task } from '../../src/core/task.ts';

export function bare(id: string, ...dependencies: string[]): Task {
  return {
    id,
    target: id.slice(0, id.indexOf('/')),
    title: id,
    revision: '1',
    config: {},
    dependencies: dependencies.map((task) => ({ task, kind: 'order' })),
    touches: [],
    run: async () => {},
  };
}

function refusal(build: () => unknown): PhxError {
  try {
    build();
  } catch (error) {
    assert.ok(error instanceof PhxError);
    return error;
  }
  return assert.fail('was accepted');
}

const fleet = new TaskGraph([
  bare('hypervisor/zfs:quick'),
  bare('hypervisor/zfs:quick/disks', 'hypervisor/zfs:quick'),
  bare('hypervisor/zfsx'),
  bare('ctid:950/define', 'hypervisor/zfs:quick/disks'),
  bare('ctid:950/configure', 'ctid:950/define'),
  bare('ctid:910/define'),
]);
const tags = new Map([['gpu', ['ctid:950']]]);

const targets: [word: string, tasks: string[]][] = [
  ['ctid:950', ['ctid:950/define', 'ctid:950/configure']],
  ['ctid:950/configure', ['ctid:950/configure']],
  ['hypervisor/zfs', ['hypervisor/zfs:quick', 'hypervisor/zfs:quick/disks']],
  ['hypervisor/zfs:quick', ['hypervisor/zfs:quick', 'hypervisor/zfs:quick/disks']],
  ['ctid:9*/define', ['ctid:910/define', 'ctid:950/define']],
  ['tag:gpu', ['ctid:950/define', 'ctid:950/configure']],
  ['all', fleet.order.map((at) => fleet.at(at).id)],
];
for (const [word, expected] of targets) {
  test(`target ${word}`, () => {
    const ids = [...selectTasks(fleet, [word], tags)].map((at) => fleet.at(at).id);
    assert.deepEqual(ids.sort(), [...expected].sort());
  });
}

test('every unknown target is named, with what is near', () => {
  const error = refusal(() => selectTasks(fleet, ['ctid:95', 'hypervisor', 'nonsense'], tags));
  assert.equal(error.exit, 'usage');
  assert.deepEqual(error.problem.facts[0], [
    'ctid:95',
    'did you mean ctid:950 or ctid:950/configure or ctid:950/define?',
  ]);
  assert.deepEqual(error.problem.facts[1]?.[0], 'nonsense');
});

test('double ids, unknown dependencies and cycles are told together', () => {
  const error = refusal(
    () =>
      new TaskGraph([
        bare('a/x', 'c/z'),
        bare('b/y', 'a/x'),
        bare('c/z', 'b/y'),
        bare('d/w', 'a/xx'),
        bare('e/v', 'a/x'),
        bare('e/v'),
      ]),
  );
  assert.equal(error.exit, 'graph');
  const said = [error.problem.title, ...error.problem.facts.map(([, text]) => text)].join('\n');
  assert.match(said, /Two tasks have the id e\/v/);
  assert.match(said, /d\/w depends on a\/xx, which does not exist \(did you mean a\/x/);
  assert.match(said, /(a\/x → c\/z → b\/y → a\/x|c\/z → b\/y → a\/x → c\/z|b\/y → a\/x → c\/z → b\/y)/);
});

test('a chain of 50,000 and a fan of 100,000 are ordinary graphs', () => {
  const chain = Array.from({ length: 50_000 }, (_, at) =>
    bare(`a/${at}`, ...(at > 0 ? [`a/${at - 1}`] : [])),
  );
  const graph = new TaskGraph(chain.reverse());
  assert.equal(graph.order.length, 50_000);
  assert.equal(graph.at(graph.order[0] ?? -1).id, 'a/0');
  assert.equal(graph.closure([0]).size, 50_000);
  const fan = [bare('a/hub'), ...Array.from({ length: 100_000 }, (_, at) => bare(`b/${at}`, 'a/hub'))];
  assert.equal(new TaskGraph(fan).order.length, 100_001);
});

test('graphlib sees the same graph', () => {
  const graph = fleet.toGraphlib();
  assert.equal(graph.nodeCount(), 6);
  assert.deepEqual(graph.predecessors('ctid:950/configure'), ['ctid:950/define']);
});
