/** Calendar events as Proxmox VE takes them: what looks right, and how a wrong one is told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calendarProblem } from '../../src/proxmox/calendar.ts';

test('what Proxmox was seen to take, and what its manual names', () => {
  for (const event of [
    ...['02:30', 'sat 03:00', 'mon..fri 22:00', 'mon,tue 01:00', '*/15', '*/30'],
    ...[
      'daily',
      'weekly',
      'monthly',
      'sun',
      'mon..wed,fri',
      'Saturday 04:00',
      '0:0',
      '12,14:5',
      '8..17,22:0/15',
    ],
    ...['*-*-01 02:00', '2026-12-24', '*-1..6-01/7 00:00:30', 'fri 12-13 08:15', '22:00 UTC'],
  ])
    assert.equal(calendarProblem(event), undefined, event);
});

test('a wrong one is told with the part that is wrong', () => {
  const table: Readonly<Record<string, RegExp>> = {
    nonsense: /'nonsense' is no day/,
    'su 02:00': /'su' is no day/,
    'mon..fri..sun 1:00': /no day/,
    '25:00': /'25:00' is no time/,
    '02:60': /no time/,
    '02:30:61': /no time/,
    '1:2:3:4': /no time/,
    '*/0': /no time/,
    '9..8:00': /no time/,
    '*-13-01': /no date/,
    '*-*-32 02:00': /no date/,
    '*-*-*-01': /no date/,
    'sun 02:00 04:00': /'04:00' is one part too many/,
    ' ': /says nothing/,
  };
  for (const [event, problem] of Object.entries(table))
    assert.match(calendarProblem(event) ?? 'nothing wrong', problem, event);
});
