/** AppArmor profiles and tunables as the real parser reads them. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { judged, textOf, writtenFiles } from './written.ts';

/** Where the parser's own abstractions and tunables lie: unpacked beside it, or installed. */
const base = [join(process.env.PHX_TOOLS_ROOT ?? '', 'etc', 'apparmor.d'), '/etc/apparmor.d'].find((path) =>
  existsSync(join(path, 'tunables')),
);

const check = (text: string, name = 'profile') =>
  judged(text, name, (path) => ['apparmor_parser', '-Q', '-K', '-I', base ?? '', path]);

test('the profile of the sample fleet can be compiled', async () => {
  const text = textOf(await writtenFiles(), '/etc/apparmor.d/phx-lxc-docker');
  assert.match(text, /^# Managed by phx/);
  const { code, said } = check(text);
  assert.equal(code, 0, said);
});

test('the tunable for homes is one that profiles can use', async () => {
  const tunable = textOf(await writtenFiles(), '/etc/apparmor.d/tunables/home.d/phx');
  const text = `@{HOMEDIRS}=/home/\n${tunable}\nprofile x {\n  @{HOMEDIRS}/** r,\n}\n`;
  const { code, said } = check(text);
  assert.equal(code, 0, said);
});

test('a rule without its end is refused', () => {
  const { code, said } = check('profile x {\n  /bin/** r\n}\n');
  assert.notEqual(code, 0);
  assert.match(said, /syntax error/);
});
