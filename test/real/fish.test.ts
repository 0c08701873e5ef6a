/** The completions of fish, as fish itself lists them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nowhere, place, project, said } from './completions.ts';

/** Words that TAB offers behind this line, with what they mean. */
function offered(line: string, cwd = project): Map<string, string> {
  const ask = 'source $argv[1]; complete -C $argv[2]';
  const { out, err } = said('fish', ['--no-config', '-c', ask, `${place.bin}/phx.fish`, line], cwd);
  assert.equal(err, '');
  const rows = out.split('\n').filter((row) => row !== '');
  return new Map(rows.map((row) => row.split('\t', 2) as [string, string]));
}

const words = (line: string, cwd?: string) => [...offered(line, cwd).keys()];

test('targets, with the names of the guests', () => {
  const guests = offered('phx run ctid:9');
  assert.equal(guests.get('ctid:950'), 'vllm-qwen2-5-7b-awq');
  assert.deepEqual(words('phx run ctid:950/conf'), ['ctid:950/configure']);
  assert.deepEqual(words('phx plan --except tag:g'), ['tag:gpu']);
});

test('commands, options and their values', () => {
  assert.deepEqual(words('phx re').sort(), ['rehearse', 'report', 'restart']);
  assert.deepEqual(words('phx twin f'), ['fault']);
  assert.deepEqual(words('phx run ctid:950 --keep'), ['--keep-going']);
  assert.deepEqual(words('phx --host ').sort(), ['local', 'twin']);
});

test('outside of a project the commands alone, and no word of complaint', () => {
  assert.deepEqual(words('phx pl', nowhere), ['plan']);
  assert.deepEqual(words('phx run ', nowhere), []);
});
