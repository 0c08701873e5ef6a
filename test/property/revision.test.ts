/** A step whose commands change needs a new revision: else what it did before counts as done, and is never mended. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { complaints, fixture, type Kind, kindsNow } from './revisions.ts';

const was = JSON.parse(readFileSync(fixture, 'utf8')) as Readonly<Record<string, Kind>>;

test('each kind of step sends what its revision was recorded with', async () => {
  assert.deepEqual(complaints(was, await kindsNow()), []);
});

test('the record knows the commands of every kind that sends any', () => {
  const silent = Object.keys(was).filter((name) => was[name]?.commands.length === 0);
  assert.deepEqual(silent, [
    ...['ctid/health', 'ctid/leftovers', 'ctid/network'],
    ...['vmid/agent', 'vmid/health', 'vmid/leftovers'],
  ]);
  for (const [name, { revision }] of Object.entries(was)) assert.match(revision, /^\d+$/, name);
});

test('other commands of the same revision are told, with what to do', () => {
  const kind = (revision: string, told: string, ...commands: string[]): Kind => ({
    revision,
    told,
    commands,
  });
  const before = kind('1', 'a', 'pct start N');
  const told = (after: Kind) => complaints({ 'ctid/start': before }, { 'ctid/start': after }).join();
  assert.equal(told(before), '');
  assert.equal(told(kind('1', 'b', 'pct start N')), '');
  assert.match(told(kind('1', 'a', 'pct start N --debug …')), /raise its revision, then npm run revisions/);
  assert.match(told(kind('1', 'b', 'pct start N --debug …')), /if the step changed, too, raise its revision/);
  assert.equal(told(kind('2', 'a', 'pct boot N')), 'ctid/start has a new revision: npm run revisions');
  assert.deepEqual(complaints({ a: before }, { b: before }), [
    'a is gone: npm run revisions',
    'b is new: npm run revisions',
  ]);
});
