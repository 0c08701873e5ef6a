/** Our units as the real systemd reads them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calendarProblem } from '../../src/proxmox/calendar.ts';
import { wholeNode } from '../whole-node.ts';
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

test('calendars of the sample are calendars', async () => {
  const { backups, certificates } = (await wholeNode()).hypervisor;
  const schedules = Object.values(backups).map(({ schedule }) => schedule);
  assert.ok(schedules.length >= 2);
  for (const event of [...schedules, certificates.renew?.calendar ?? '']) {
    const { code, said } = judged('', 'none', () => ['systemd-analyze', 'calendar', event]);
    assert.equal(code, 0, said);
  }
});

test('what looks like a calendar event to phx does so to systemd, and what does not does not', () => {
  const code = (event: string) => judged('', 'none', () => ['systemd-analyze', 'calendar', event]).code;
  for (const event of [
    '02:30',
    'mon..fri 22:00',
    'mon,tue 01:00',
    '8..17,22:0/15',
    '*-1..6-01 00:00:30',
    'sun',
    'daily',
  ])
    assert.deepEqual([calendarProblem(event), code(event)], [undefined, 0], event);
  for (const event of ['su 02:00', '25:00', '02:60', '*-13-01', 'sun 02:00 04:00', 'nonsense'])
    assert.ok(calendarProblem(event) !== undefined && code(event) !== 0, event);
});
