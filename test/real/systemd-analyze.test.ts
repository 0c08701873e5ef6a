/** Our units as the real systemd reads them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judged, writtenFiles } from './written.ts';

/** Programs of a unit exist on a node, not on the machine of this test. */
const elsewhere = /Command .* is not executable: No such file or directory|^$/;

test('every unit that the host steps write is understood', async () => {
  const units = [...(await writtenFiles())].filter(([path]) => path.startsWith('/etc/systemd/system/'));
  assert.ok(units.length >= 3, units.map(([path]) => path).join());
  for (const [path, text] of units) {
    const name = path.replace(/^.*\//, '');
    const { said } = judged(text, name, (file) => ['systemd-analyze', 'verify', '--man=no', file]);
    const complaints = said.split('\n').filter((line) => line.includes(name) && !elsewhere.test(line));
    assert.deepEqual(complaints, [], path);
  }
});

test('a key that systemd does not know is told', () => {
  const unit =
    '[Unit]\nDescription=x\nBefroe=pve-guests.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n';
  const { said } = judged(unit, 'phx-test.service', (file) => [
    'systemd-analyze',
    'verify',
    '--man=no',
    file,
  ]);
  assert.match(said, /Befroe/);
});

test('calendars of the sample are calendars', () => {
  const { code, said } = judged('', 'none', () => ['systemd-analyze', 'calendar', 'hourly']);
  assert.equal(code, 0, said);
});
