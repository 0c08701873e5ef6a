/**
 * That the thread which scenarios use says what a process says: commands that look, run, fail and refuse, each told both
 * ways on equal projects. `npm run processes` tells every scenario by processes.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ended, runInProcess, runInThread } from './program.ts';
import { builtFleet, type Project } from './rig.ts';

/** One after the other, each on what the former ones left. */
const story: readonly (readonly string[])[] = [
  ['--version'],
  ['run', '--help'],
  ['rnu', 'all'],
  ['run', 'ctid:95'],
  ['list', '--json'],
  ['plan', 'ctid:950', '--check', '--set', 'guests.950.memory=4096'],
  ['why', 'ctid:950/configure', '--set', 'guests.950.memory=4096'],
  ['plan', 'ctid:950', '--set', 'guests.950.memory=4096', '--set', 'guests.950.memroy=1'],
  ['run', 'ctid:950', '--set', 'guests.950.memory=4096', '--plain'],
  ['twin', 'fault', 'pct set 950', '--exit', '255', '--stderr', 'no'],
  ['run', 'ctid:950', '--plain'],
  ['run', 'ctid:950', '--json'],
  ['exec', '950', '--', 'false'],
  ['twin', 'exec', '--', 'pct', 'config', '950'],
  ['status'],
];

/** Without what differs from run to run. */
function plain({ code, out, err }: Ended, { root }: Project): Ended {
  const same = (text: string) =>
    text
      .replaceAll(root, '(project)')
      .replace(/\d{8}-\d{9}-[0-9a-f]{4}/g, '(run)')
      // How long it was waited for, and for what, where that took a millisecond at all.
      .replace(/"waited":\d+(,"on":"\w+")?/g, '"waited":0')
      .replace(/"(at|ms|began|since|started|ended)":\d+/g, '"$1":0')
      .replace(/\b[\d.]+ ?m?s\b/g, '(time)')
      .replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?/g, '(date)');
  return { code, out: same(out), err: same(err) };
}

test('a thread and a process say the same and end the same', () => {
  const [one, other] = [builtFleet(), builtFleet()];
  const start = ({ root }: Project, words: readonly string[]) => ({
    ...{ cwd: root, words },
    env: { PATH: process.env.PATH, HOME: root, NO_COLOR: '1' },
  });
  const codes = new Set<number | null>();
  for (const words of story) {
    const told = plain(runInThread(start(one, words)), one);
    assert.deepEqual(told, plain(runInProcess(start(other, words)), other), words.join(' '));
    codes.add(told.code);
  }
  assert.deepEqual(one.world(), other.world());
  assert.deepEqual([...codes].sort(), [0, 1, 2, 3, 6]);
});
