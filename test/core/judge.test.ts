import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askProbes, type Evidence, judge, resultOf } from '../../src/core/judge.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import { type Probe, unseen } from '../../src/core/task.ts';

const done: Stamp = {
  task: 't',
  state: 'done',
  fingerprint: { memory: '32768', 'task:revision': '1' },
  outputs: { memory: '32768' },
  result: 'r',
  run: 'run',
  at: 0,
  ms: 5,
};

const fresh: Evidence = {
  task: 't',
  fingerprint: done.fingerprint,
  outputs: done.outputs,
  stamp: done,
  assessment: undefined,
  drift: 'mend',
  markers: [],
  forced: false,
};

const cases: [name: string, change: Partial<Evidence>, verdict: unknown][] = [
  ['equal is fresh', {}, { verdict: 'fresh' }],
  ['no record', { stamp: undefined }, { verdict: 'stale', because: [{ why: 'never-ran' }] }],
  [
    'an input changed',
    { fingerprint: { memory: '65536', 'task:revision': '1' } },
    { verdict: 'stale', because: [{ why: 'changed', key: 'memory', from: '32768', to: '65536' }] },
  ],
  [
    'inputs came and went',
    { fingerprint: { cores: '2', 'task:revision': '1' } },
    {
      verdict: 'stale',
      because: [
        { why: 'added', key: 'cores', to: '2' },
        { why: 'removed', key: 'memory', from: '32768' },
      ],
    },
  ],
  [
    'the host drifted',
    { outputs: { memory: '16384' } },
    { verdict: 'stale', because: [{ why: 'drifted', key: 'memory', from: '32768', to: '16384' }] },
  ],
  [
    'the thing is gone',
    { outputs: {} },
    { verdict: 'stale', because: [{ why: 'missing', key: 'memory', from: '32768' }] },
  ],
  [
    'a marker from before',
    { stamp: { ...done, outputs: { layer: '"new"' } }, outputs: { layer: '"old"' }, markers: ['layer'] },
    { verdict: 'stale', because: [{ why: 'rolled-back', key: 'layer' }] },
  ],
  [
    'strings are told without their quotes',
    { fingerprint: { ...done.fingerprint, memory: '"much"' } },
    { verdict: 'stale', because: [{ why: 'changed', key: 'memory', from: '32768', to: 'much' }] },
  ],
  ['a new answer is not drift', { outputs: { ...done.outputs, layers: '"x"' } }, { verdict: 'fresh' }],
  [
    'a crash left running',
    { stamp: { ...done, state: 'running', former: done.fingerprint } },
    { verdict: 'stale', because: [{ why: 'interrupted' }] },
  ],
  [
    'a crash in the middle of an edit names the edit too',
    { stamp: { ...done, state: 'running', former: { ...done.fingerprint, memory: '1024' } } },
    {
      verdict: 'stale',
      because: [{ why: 'interrupted' }, { why: 'changed', key: 'memory', from: '1024', to: '32768' }],
    },
  ],
  [
    'it failed',
    {
      stamp: { ...done, state: 'failed', former: done.fingerprint, error: { title: 'no space', attempt: 1 } },
    },
    { verdict: 'stale', because: [{ why: 'failed', to: 'no space' }] },
  ],
  ['forced', { forced: true }, { verdict: 'stale', because: [{ why: 'forced' }] }],
  [
    'outdated yields to stale',
    { assessment: { verdict: 'outdated', message: 'old' }, forced: true },
    { verdict: 'stale', because: [{ why: 'forced' }] },
  ],
  [
    'outdated when nothing else',
    { assessment: { verdict: 'outdated', message: 'old' } },
    { verdict: 'outdated', message: 'old' },
  ],
  [
    'blocked wins over all',
    { assessment: { verdict: 'blocked', problem: { title: 'no', facts: [] } }, forced: true },
    { verdict: 'blocked', problem: { title: 'no', facts: [] } },
  ],
  [
    'drift that is only reported',
    { outputs: { memory: '16384' }, drift: 'report' },
    { verdict: 'outdated', message: 'changed by hand, kept: memory: 32768 → 16384' },
  ],
  [
    'an edit is no drift, whatever the policy',
    { fingerprint: { ...done.fingerprint, memory: '1' }, drift: 'ask' },
    { verdict: 'stale', because: [{ why: 'changed', key: 'memory', from: '32768', to: '1' }] },
  ],
];

for (const [name, change, verdict] of cases) {
  test(name, () => assert.deepEqual(judge({ ...fresh, ...change }), verdict));
}

test('drift under ask is blocked with the way out', () => {
  const verdict = judge({ ...fresh, outputs: { memory: '16384' }, drift: 'ask' });
  assert.equal(verdict.verdict, 'blocked');
  assert.match(JSON.stringify(verdict), /phx run t --force/);
});

test('probes: absent answers are left out, unseen ones are believed', () => {
  const probes: Record<string, Probe<object>> = {
    here: () => 4,
    gone: () => undefined,
    hidden: () => unseen,
    unknown: () => unseen,
  };
  assert.deepEqual(askProbes(probes, {}, { hidden: '"kept"', gone: '1' }), { here: '4', hidden: '"kept"' });
});

test('a result follows the outputs where there are any, else the inputs', () => {
  const probes = { a: () => 1 };
  assert.equal(resultOf(probes, { a: '1' }, { x: '1' }), resultOf(probes, { a: '1' }, { x: '2' }));
  assert.notEqual(resultOf({}, {}, { x: '1' }), resultOf({}, {}, { x: '2' }));
});
