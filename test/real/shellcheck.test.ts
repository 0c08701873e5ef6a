/** Our shell scripts as shellcheck reads them: the facts sweep, the guest probe, layers, and the sample's own scripts. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { guestProbeScript } from '../../src/proxmox/guest-probe.ts';
import { sweepScript } from '../../src/proxmox/sweep.ts';
import { repository, sampleFleet, tasksOf } from '../bench.ts';
import { judged } from './written.ts';

function complaints(text: string, shell: 'sh' | 'bash', leave: readonly string[] = []): string {
  const options = ['--shell', shell, '--severity', 'warning', '--format', 'gcc'];
  const excluded = leave.length > 0 ? ['--exclude', leave.join(',')] : [];
  return judged(text, 'script', (path) => ['shellcheck', ...options, ...excluded, path]).said;
}

test('the facts sweep and the guest probe', () => {
  assert.equal(complaints(sweepScript, 'sh'), '');
  assert.equal(complaints(guestProbeScript, 'sh'), '');
});

test('every layer of the sample fleet, rendered', async () => {
  const scripts = (await tasksOf(await sampleFleet())).flatMap(({ id, texts }) =>
    texts?.script === undefined ? [] : [[id, texts.script] as const],
  );
  assert.ok(scripts.length > 20);
  for (const [id, script] of scripts) assert.equal(complaints(script, 'bash'), '', id);
});

test('scripts of the project itself', () => {
  const folder = join(repository, '.ci');
  for (const name of readdirSync(folder))
    assert.equal(complaints(readFileSync(join(folder, name), 'utf8'), 'bash'), '', name);
});

test('a script with a mistake is told', () => {
  assert.match(complaints('cd /tmp/x\nrm -rf $1/*\nif [ "$a" = "b" ; then :; fi\n', 'bash'), /error|warning/);
});
