/** The small shell of the twin, in a guest and as a hookscript: what it runs, and what it only notes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseShell, runShell } from '../../src/twin/shell.ts';
import { all, furnished, run, template } from './node.ts';

/** Script, its arguments → what it prints, its exit code. */
const scripts: readonly (readonly [string, readonly string[], string, number])[] = [
  ['#!/bin/sh\n# a remark\necho HOOK $1 "$2  x"\n', ['h', '9', 'pre'], 'HOOK 9 pre  x\n', 0],
  ['[ "$2" = pre ] && exit 3; exit 0', ['h', '9', 'pre'], '', 3],
  ['[ "$2" = pre ] && exit 3', ['h', '9', 'post'], '', 1],
  ['test -z "$1" || ! false && echo "it\'s" \'$1\' a\\ b', ['h', 'x'], "it's $1 a b\n", 0],
  ['echo a $1 b; echo "$1" >&2; echo no >/dev/null', ['h', ''], 'a b\n!\n', 0],
  ['if [ $# -gt 1 ]; then echo many; elif false; then echo x; else echo few; fi', ['h', '1'], 'few\n', 0],
  ['case "$2" in\n  pre-*|x) echo start ;;\n  *) echo other\nesac', ['h', '9', 'pre-start'], 'start\n', 0],
  ['case "$2" in pre-*) echo start ;; *) echo other ;; esac', ['h', '9', 'post-stop'], 'other\n', 0],
  ['name=web; echo -n "$name$?"; false; exit', ['h'], 'web0', 1],
  ['logger -t x y && echo done', ['h'], '<logger -t x y>done\n', 0],
];

for (const [script, args, output, exit] of scripts)
  test(`small shell: ${script.split('\n').join(' ↵ ')}`, () => {
    const parsed = parseShell(script);
    assert.ok(parsed);
    let said = '';
    const out = (text: string) => {
      said += text;
    };
    const code = runShell(parsed, {
      ...{ args, out, err: (text) => out(`!${text}`), has: () => false },
      run: (argv) => {
        out(`<${argv.join(' ')}>`);
        return 0;
      },
    });
    assert.deepEqual([said, code], [output, exit]);
  });

test('what the small shell cannot read it does not begin', () => {
  for (const script of [
    'ls | wc',
    'echo `id`',
    'echo $(id)',
    'for i in 1 2; do echo; done',
    'echo x > /f',
    'echo "',
    'echo *',
    'fi',
    '(id)',
    'sleep 1 &',
  ])
    assert.equal(parseShell(script), undefined, script);
});

test('a hookscript is run around start and stop; a failure before the start stops it, a later one is told', async () => {
  const twin = await furnished();
  await all(
    twin,
    `pct create 101 ${template} --storage quickOS-lxc`,
    'pvesm set local --content iso,vztmpl,backup,snippets',
  );
  const path = '/var/lib/vz/snippets/h.sh';
  await twin.writeFile(path, '#!/bin/sh\necho $2\nlogger $2\ncase $2 in post-*) exit 2;; esac\n', {
    mode: 0o755,
  });
  await all(twin, 'pct set 101 --hookscript local:snippets/h.sh');
  const told = `hookscript error for 101 on post-start: command '${path} 101 post-start' failed: exit code 2\n\n`;
  assert.equal((await run(twin, 'pct start 101')).stdout, `pre-start\npost-start\n${told}`);
  assert.equal((await run(twin, 'pct shutdown 101')).stdout, 'pre-stop\n');
  const phases = ['pre-start', 'post-start', 'pre-stop', 'post-stop'];
  assert.deepEqual(
    twin.state().events.filter((event) => event.startsWith('hookscript')),
    phases.map((phase) => `hookscript: logger ${phase}`),
  );
  await twin.writeFile(path, '#!/bin/sh\nexit 4\n', { mode: 0o755 });
  const refused = await run(twin, 'pct start 101');
  assert.match(refused.stderr, /^hookscript error for 101 on pre-start: command .* failed: exit code 4 \n$/);
  assert.equal(await all(twin, 'pct status 101'), 'status: stopped\n');
});

test('of what a hookscript of another language was called with, the last hundred calls are kept', async () => {
  const twin = await furnished();
  const path = '/var/lib/vz/snippets/h.py';
  await all(
    twin,
    `pct create 101 ${template} --storage quickOS-lxc`,
    'pvesm set local --content iso,vztmpl,backup,snippets',
  );
  await twin.writeFile(path, '#!/usr/bin/python3\n', { mode: 0o755 });
  await all(twin, 'pct set 101 --hookscript local:snippets/h.py');
  for (let at = 0; at < 40; at++) await all(twin, 'pct start 101', 'pct stop 101');
  const { events } = twin.state();
  assert.equal(events.length, 100);
  assert.equal(events.at(-1), `hookscript: ${path} 101 post-stop`);
});
