/** Our shell scripts as shellcheck reads them: the facts sweep, the guest probe, layers, and the sample's own scripts. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { guestProbeScript } from '../../src/proxmox/guest-probe.ts';
import { printLayerScript } from '../../src/proxmox/guest-script.ts';
import { printTakeBack, printUninstall } from '../../src/proxmox/guest-uninstall.ts';
import { sweepScript } from '../../src/proxmox/sweep.ts';
import { describe, render } from '../../src/template/catalog.ts';
import { repository, sampleFleet, tasksOf } from '../bench.ts';
import { tempFolder } from '../temp.ts';
import { catalog, context, variants } from '../template/variants.ts';

interface Script {
  /** What it is, for people. */
  readonly name: string;
  readonly text: string;
}

/** What there is to say against any of them. Equal texts are read once, and all of them by few processes. */
function complaints(shell: 'sh' | 'bash', scripts: readonly Script[]): string {
  const folder = tempFolder();
  const names = new Map(scripts.map(({ name, text }) => [text, name]));
  const paths = [...names].map(([text, name], at) => {
    const path = join(folder, `${at} ${name.replace(/[^\w{}:"',. -]/g, '_').slice(0, 150)}`);
    writeFileSync(path, text);
    return path;
  });
  const options = ['--shell', shell, '--severity', 'warning', '--format', 'gcc'];
  const share = 25;
  return Array.from({ length: Math.ceil(paths.length / share) }, (_, at) => {
    const some = paths.slice(at * share, (at + 1) * share);
    const { error, status, stdout, stderr } = spawnSync('shellcheck', [...options, ...some], {
      ...{ encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 26 },
    });
    assert.equal(error, undefined);
    assert.ok(status === 0 || stdout !== '', `shellcheck: exit ${status} ${stderr}`);
    return stdout + stderr;
  }).join('');
}

test('the facts sweep and the guest probe', () => {
  const scripts = [
    { name: 'sweep', text: sweepScript },
    { name: 'probe', text: guestProbeScript },
  ];
  assert.equal(complaints('sh', scripts), '');
});

test('every layer of the sample fleet, rendered', async () => {
  const scripts = (await tasksOf(await sampleFleet())).flatMap(({ id, texts }) =>
    texts?.script === undefined ? [] : [{ name: id, text: texts.script }],
  );
  assert.ok(scripts.length > 20);
  assert.equal(complaints('bash', scripts), '');
});

test('every shipped script with every set of parameters, and what takes it back', async () => {
  const scripts: Script[] = [];
  for (const name of catalog.templates.keys()) {
    for (const params of variants(name)) {
      const { body, provides, uninstall } = await render(catalog, describe(catalog, name), params, context);
      const layer = { name, digest: 'd', origin: 950 };
      const back = uninstall === undefined ? {} : { uninstall };
      const sent = printLayerScript({ layer, provides, body, ...back });
      const kept = uninstall === undefined ? '' : printUninstall(layer, provides, uninstall);
      for (const text of [sent, kept].filter((one) => one !== ''))
        scripts.push({ name: `${name} ${JSON.stringify(params)}`, text });
    }
  }
  assert.ok(scripts.length > 80, String(scripts.length));
  assert.equal(complaints('bash', scripts), '');
});

test('what takes a layer back, as it is sent', () => {
  const layer = { name: 'feature:docker', digest: 'd', origin: 950, uninstall: true } as const;
  assert.equal(complaints('bash', [{ name: layer.name, text: printTakeBack(layer) }]), '');
});

test('scripts of the project itself', () => {
  const folders = [join(repository, '.ci'), join(repository, 'templates', 'checks')];
  const scripts = folders.flatMap((folder) =>
    readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') })),
  );
  assert.equal(complaints('bash', scripts), '');
});

test('a script with a mistake is told, by its name, also among others', () => {
  const good = { name: 'good', text: 'true\n' };
  const bad = { name: 'bad', text: 'cd /tmp/x\nrm -rf $1/*\nif [ "$a" = "b" ; then :; fi\n' };
  assert.match(complaints('bash', [good, bad, good]), /1 bad:\d+:\d+: (error|warning)/);
});
