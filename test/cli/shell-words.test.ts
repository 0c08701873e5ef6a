/** Typed lines as words: what a shell would make of them, or nothing where only a shell could tell. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from '../../src/cli/shell-words.ts';

const cases: readonly (readonly [line: string, words: readonly string[] | undefined])[] = [
  ['pct list', ['pct', 'list']],
  ['  pct   set 950 ', ['pct', 'set', '950']],
  [`pct set 950 --description 'it is "mine"'`, ['pct', 'set', '950', '--description', 'it is "mine"']],
  ['pct set 950 --description "a \\"b\\" c"', ['pct', 'set', '950', '--description', 'a "b" c']],
  ['a\\ b c', ['a b', 'c']],
  [`--net0 name=eth0,ip='10.0.0.1/24'`, ['--net0', 'name=eth0,ip=10.0.0.1/24']],
  [`pct set 950 --tags ''`, ['pct', 'set', '950', '--tags', '']],
  ['', []],
  ['pct list | grep x', undefined],
  ['echo $HOME', undefined],
  ['echo "$HOME"', undefined],
  ['ls *.conf', undefined],
  ['pct list; qm list', undefined],
  [`echo 'never closed`, undefined],
];

for (const [line, words] of cases) test(`as words: ${line}`, () => assert.deepEqual(wordsOf(line), words));
