/** When backup jobs run next: events as Proxmox reads them, from a moment whose weekday is known. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextEvent } from '../../src/proxmox/calendar-next.ts';

/** A Wednesday. */
const from = Date.UTC(2025, 0, 1, 12, 0, 30);

const cases: readonly (readonly [event: string, next: string])[] = [
  ['*/15', '2025-01-01T12:15'],
  ['0', '2025-01-01T13:00'],
  ['02:30', '2025-01-02T02:30'],
  ['12:00', '2025-01-02T12:00'],
  ['sat 03:00', '2025-01-04T03:00'],
  ['mon..fri 22:00', '2025-01-01T22:00'],
  ['sat..mon 01:00', '2025-01-04T01:00'],
  ['mon,tue 01:00', '2025-01-06T01:00'],
  ['mon', '2025-01-06T00:00'],
  ['8..17:0/30', '2025-01-01T12:30'],
  ['*-*-31 00:00', '2025-01-31T00:00'],
  ['02-29 06:00', '2028-02-29T06:00'],
  ['daily', '2025-01-02T00:00'],
  ['hourly', '2025-01-01T13:00'],
  ['quarterly', '2025-04-01T00:00'],
  ['weekly', '2025-01-06T00:00'],
];

for (const [event, next] of cases) {
  test(`${event} comes next at ${next}`, () => {
    assert.equal(new Date(nextEvent(event, from) ?? 0).toISOString().slice(0, 16), next);
  });
}

test('what has passed for good never comes', () => {
  assert.equal(nextEvent('2020-01-01 00:00', from), undefined);
});
