/** The completions of zsh, typed into a zsh at a terminal of its own: what TAB writes and lists. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nowhere, place, project, said } from './completions.ts';

/** Where the parts of a zsh lie that was unpacked and not installed. */
const unpacked = `
module_path+=(${place.tools}/usr/lib/*/zsh/*(N))
fpath+=(${place.tools}/usr/share/zsh/functions/**/*(N/))
`;

/** What somebody has in their .zshrc; and a key that shows the line as it stands, without running it. */
const inner = join(place.bin, 'inner.zsh');
writeFileSync(
  inner,
  `${unpacked}
autoload -Uz compinit; compinit -u -D
source ${place.bin}/phx.zsh
LISTMAX=1000
finish() { print -r -- "<LINE>$BUFFER</LINE>"; exit }
zle -N finish; bindkey '^X' finish
PROMPT='READY>'
`,
);

const outer = `${unpacked}
zmodload zsh/zpty || exit 9
zpty inner zsh -f -i
zpty -w inner 'source ${inner}'
zpty -r inner seen '*READY>*' || exit 8
zpty -w -n inner "$1"$'\\t\\x18'
zpty -r inner seen '*</LINE>*' || exit 7
print -r -- "$seen"
`;

/** What is seen behind this line and a TAB: the line that it became, and all that was written meanwhile. */
function typed(line: string, cwd = project): { line: string; seen: string } {
  const { out, err } = said('zsh', ['-f', '-c', outer, 'zsh', line], cwd);
  assert.equal(err, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told
  const seen = out.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r', '');
  return { line: /<LINE>(.*)<\/LINE>/.exec(seen)?.[1] ?? assert.fail(seen), seen };
}

test('targets, listed with the names of the guests', () => {
  const { line, seen } = typed('phx run ctid:95');
  assert.equal(line, 'phx run ctid:95');
  assert.match(seen, /^ctid:950 {2}vllm-qwen2-5-7b-awq/m);
  assert.match(seen, /^ctid:953 {2}/m);
  assert.equal(typed('phx run ctid:950/conf').line, 'phx run ctid:950/configure ');
});

test('commands and options', () => {
  assert.equal(typed('phx twin f').line, 'phx twin fault ');
  assert.equal(typed('phx run ctid:950 --keep').line, 'phx run ctid:950 --keep-going ');
});

test('files where a file is meant', () => {
  assert.equal(typed('phx plan all -o phoenixf').line, 'phx plan all -o phoenixfile.ts ');
});

test('outside of a project the commands alone, and no word of complaint', () => {
  assert.equal(typed('phx pl', nowhere).line, 'phx plan ');
  const { line, seen } = typed('phx run ctid:', nowhere);
  assert.equal(line, 'phx run ctid:');
  assert.doesNotMatch(seen, /phx project|✗/);
});
