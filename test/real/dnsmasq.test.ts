/** Our name server's configuration as the real dnsmasq reads it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judged, textOf, writtenFiles } from './written.ts';

const check = (text: string) => judged(text, 'phx.conf', (path) => ['dnsmasq', '--test', '-C', path]);

test('what the host step writes is understood, and names the guests', async () => {
  const text = textOf(await writtenFiles(), '/etc/dnsmasq.d/phx.conf');
  const { code, said } = check(text);
  assert.equal(code, 0, said);
  assert.match(text, /^host-record=Nginx-VscodeRag\.lab\.example,Nginx-VscodeRag,10\.0\.0\.153$/m);
});

test('a line that it does not know is refused', () => {
  assert.notEqual(check('no-resolve\n').code, 0);
});
