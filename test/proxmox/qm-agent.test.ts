/** What goes to a guest agent, and what its answers mean: as recorded on Proxmox VE 8.4 (vm-guest-exec). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AgentAnswer, parseAgentAnswer, qmAgent, stdinPieces } from '../../src/proxmox/qm-agent.ts';

const end = (exit: number, stdout = '', stderr = '', truncated = false): AgentAnswer => ({
  ...{ state: 'ended', exit, stdout, stderr, truncated },
});

const answers: readonly (readonly [text: string, meaning: AgentAnswer | undefined])[] = [
  [
    '{\n   "err-data" : "err\\n",\n   "err-truncated" : 0,\n   "exitcode" : 3,\n   "exited" : 1,\n   "out-data" : "out\\n",\n   "out-truncated" : 0\n}\n',
    end(3, 'out\n', 'err\n'),
  ],
  ['{\n   "exitcode" : 0,\n   "exited" : 1\n}\n', end(0)],
  ['{"exited":true,"exitcode":0,"out-data":"x","out-truncated":true}', end(0, 'x', '', true)],
  ['{"exited":1,"signal":9}', end(137)],
  ['{\n   "pid" : "812"\n}\n', { state: 'runs', pid: '812' }],
  ['{"pid":812}', { state: 'runs', pid: '812' }],
  ['{"exited":0}', { state: 'runs', pid: '' }],
  ['{}', undefined],
  ['null', undefined],
  ['timeout', undefined],
];

for (const [text, meaning] of answers) {
  test(`an answer: ${text.replace(/\s+/g, ' ')}`, () => assert.deepEqual(parseAgentAnswer(text), meaning));
}

test('commands, word for word', () => {
  assert.deepEqual(qmAgent.ping(100).join(' '), 'qm agent 100 ping');
  assert.deepEqual(qmAgent.exec(100, ['sh', '-s', '--', 'a b'], { stdin: true }), [
    'qm',
    'guest',
    'exec',
    '100',
    '--timeout',
    '25',
    '--pass-stdin',
    '1',
    '--',
    'sh',
    '-s',
    '--',
    'a b',
  ]);
  assert.deepEqual(qmAgent.exec(100, ['true']).join(' '), 'qm guest exec 100 --timeout 25 -- true');
  assert.deepEqual(qmAgent.status(100, '812').join(' '), 'qm guest exec-status 100 812');
});

test('pieces are small enough, whole characters, and together the text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.integer({ min: 4, max: 64 }),
      (text, bytes) => {
        const pieces = stdinPieces(text, bytes);
        assert.equal(pieces.join(''), text);
        for (const piece of pieces) assert.ok(piece !== '' && Buffer.byteLength(piece) <= bytes);
      },
    ),
  );
});
