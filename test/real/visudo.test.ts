/** Our sudoers files as the real visudo reads them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sudoersText } from '../../tasks/hypervisor/sudo.ts';
import { judged, writtenFiles } from './written.ts';

const check = (text: string) => judged(text, 'phx-user', (path) => ['visudo', '-c', '-f', path]);

test('every sudoers file that the host steps write is understood', async () => {
  const files = [...(await writtenFiles())].filter(([path]) => path.startsWith('/etc/sudoers.d/'));
  assert.equal(files.length, 3, files.map(([path]) => path).join());
  for (const [path, text] of files) {
    const { code, said } = check(text);
    assert.equal(code, 0, `${path}: ${said}`);
  }
});

test('names at the edge of what the schema takes are understood', () => {
  for (const name of ['a', '_svc', 'x-1_y', 'abcdefghijklmnopqrstuvwxyz012345'])
    for (const sudo of [true, 'nopasswd'] as const) {
      const { code, said } = check(sudoersText(name, sudo));
      assert.equal(code, 0, `${name}: ${said}`);
    }
});

test('a line that is none is refused', () => {
  const { code, said } = check('heads may do everything\n');
  assert.notEqual(code, 0);
  assert.match(said, /syntax error/);
});
