/** Our shell scripts as shellcheck reads them: the facts sweep, the guest probe, layers, and the sample's own scripts. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { guestProbeScript } from '../../src/proxmox/guest-probe.ts';
import { printLayerScript } from '../../src/proxmox/guest-script.ts';
import { printTakeBack, printUninstall } from '../../src/proxmox/guest-uninstall.ts';
import { sweepScript } from '../../src/proxmox/sweep.ts';
import { describe, render } from '../../src/template/catalog.ts';
import { repository, sampleFleet, tasksOf } from '../bench.ts';
import { catalog, context, variants } from '../template/variants.ts';
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

test('every shipped script with every set of parameters, and what takes it back', async () => {
  let seen = 0;
  for (const name of catalog.templates.keys()) {
    for (const params of variants(name)) {
      const { body, provides, uninstall } = await render(catalog, describe(catalog, name), params, context);
      const layer = { name, digest: 'd', origin: 950 };
      const back = uninstall === undefined ? {} : { uninstall };
      const sent = printLayerScript({ layer, provides, body, ...back });
      const kept = uninstall === undefined ? '' : printUninstall(layer, provides, uninstall);
      for (const script of [sent, kept].filter((text) => text !== '')) {
        assert.equal(complaints(script, 'bash'), '', `${name} ${JSON.stringify(params)}`);
        seen++;
      }
    }
  }
  assert.ok(seen > 80, String(seen));
});

test('what takes a layer back, as it is sent', () => {
  const layer = { name: 'feature:docker', digest: 'd', origin: 950, uninstall: true } as const;
  assert.equal(complaints(printTakeBack(layer), 'bash'), '');
});

test('scripts of the project itself', () => {
  const folders = [join(repository, '.ci'), join(repository, 'templates', 'checks')];
  for (const folder of folders)
    for (const name of readdirSync(folder))
      assert.equal(complaints(readFileSync(join(folder, name), 'utf8'), 'bash'), '', name);
});

test('a script with a mistake is told', () => {
  assert.match(complaints('cd /tmp/x\nrm -rf $1/*\nif [ "$a" = "b" ; then :; fi\n', 'bash'), /error|warning/);
});
