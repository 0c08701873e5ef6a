/** The completions of bash, as bash asks for them: its function is called with what readline sets. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nowhere, place, project, said } from './completions.ts';

/** What readline sets, then the function that stands for phx; bash itself puts words together at colons. */
const ask = join(place.bin, 'ask.bash');
writeFileSync(
  ask,
  `source ${place.bin}/phx.bash
complete -p phx | grep -q -- '-F _phx phx' || exit 9
COMP_LINE=$1 COMP_POINT=\${#1}
_phx
printf '%s\\n' "\${COMPREPLY[@]}"
`,
);

/** What TAB offers behind this line. */
function offered(line: string, cwd = project): string[] {
  const { out, err } = said('bash', ['--norc', ask, line], cwd);
  assert.equal(err, '');
  return out.split('\n').filter((word) => word !== '');
}

test('targets: behind the colon, where bash begins a word', () => {
  assert.ok(offered('phx run ctid:9').includes('950'));
  assert.ok(!offered('phx run ctid:9').includes('900/define'));
  assert.deepEqual(offered('phx run ctid:950/conf'), ['950/configure']);
  assert.ok(offered('phx run c').includes('ctid:950'));
  assert.deepEqual(offered('phx plan --except tag:g'), ['gpu']);
});

test('commands, options and their values', () => {
  assert.deepEqual(offered('phx re'), ['rehearse', 'report', 'restart']);
  assert.deepEqual(offered('phx twin f'), ['fault']);
  assert.deepEqual(offered('phx run ctid:950 --keep'), ['--keep-going']);
  assert.deepEqual(offered('phx --host '), ['twin', 'local']);
});

test('files where a file is meant', () => {
  assert.deepEqual(offered('phx plan all -o phoenixf'), ['phoenixfile.ts']);
  assert.deepEqual(offered('phx init con'), ['config']);
});

test('outside of a project the commands alone, and no word of complaint', () => {
  assert.deepEqual(offered('phx pl', nowhere), ['plan']);
  assert.deepEqual(offered('phx run ', nowhere), []);
});
