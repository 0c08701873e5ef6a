/** `phx update` by the built program: versions move, and stay where they are not ours to move. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtFleet } from './rig.ts';

const pins = 'config/pins.json5';

test('versions move to the latest ones: shown first, then run, and once', () => {
  const project = builtFleet();
  const check = project.phx('update', 'ctid:952', '--check');
  assert.equal(check.code, 6, check.err);
  assert.match(check.out, /app:qdrant\.version +1\.15\.4 → 1\.15\.5/);
  assert.throws(() => project.read(pins), /ENOENT/, 'looking writes nothing');

  const updated = project.phx('update', 'ctid:952', '--plain');
  assert.equal(updated.code, 0, updated.out);
  assert.match(updated.out, /✓ feature:docker[\s\S]*✓ app[\s\S]*✓ health/);
  assert.match(project.read(pins), /'952': \{ pins: \{ 'app:qdrant': \{ version: '1\.15\.5' \}/);
  assert.match(
    project.phx('config', 'ctid:952').out,
    /app\.params\.version: '1\.15\.5' +# config\/pins\.json5:4/,
  );
  assert.deepEqual(project.run(['all']).commands, []);
  assert.equal(project.phx('update', 'ctid:952', '--check').code, 0);
});

test('one version to another one, by name; one that a guest names itself stays', () => {
  const project = builtFleet();
  const asked = project.phx('update', 'ctid:952', '--to', 'app:qdrant.version=1.14.0', '--json');
  assert.equal(asked.code, 0, asked.err);
  const [first] = asked.out.split('\n');
  assert.deepEqual(JSON.parse(first ?? ''), {
    ...{ type: 'pin', task: 'ctid:952/app', param: 'version', from: '1.15.4', to: '1.14.0' },
  });
  assert.doesNotMatch(project.read(pins), /docker/);

  project.edit(
    project.guest(952),
    "app: { name: 'qdrant', params: {",
    "app: { name: 'qdrant', params: { version: '1.13.0',",
  );
  const stated = project.phx('update', 'ctid:952', '--to', 'app:qdrant.version=1.15.5');
  assert.deepEqual([stated.code, /own parameters name 1\.13\.0/.test(stated.out)], [8, true]);
  assert.match(project.read(pins), /'app:qdrant': \{ version: '1\.14\.0' \}/);
});

test('a project that does not answer is told, and nothing moves', () => {
  const project = builtFleet();
  project.phx(
    'twin',
    'fault',
    'curl',
    '--exit',
    '6',
    '--stderr',
    'curl: (6) Could not resolve host: api.github.com',
  );
  const lost = project.phx('update', 'ctid:957');
  assert.equal(lost.code, 1);
  assert.match(lost.out, /app:llamacpp\.version +b6475 +\(.*Could not resolve host/);
  assert.throws(() => project.read(pins), /ENOENT/);
});

test('a version that leaves a guest unwell is taken back, and so is its pin; the guests after it stay as they are', () => {
  const project = builtFleet();
  const asked = ['update', 'ctid:952', 'ctid:956', '--to', 'feature:docker.version=28.5.0'];
  const asking = 'pct exec 952 --keep-env 0 -- sh -s -- http:http://localhost:6333/healthz';
  project.phx('twin', 'fault', asking, '--exit', '1');
  const failed = project.phx(...asked, '--plain');
  assert.equal(failed.code, 1, failed.out);
  assert.match(failed.out, /gone back to +safety-1; feature:docker is as before\n +now +it is well again/);
  assert.match(failed.out, /The pins of ctid:952 are back: feature:docker\.version 28\.4\.0/);
  assert.doesNotMatch(failed.out, /ctid:956 +feature:docker /);
  assert.throws(() => project.read(pins), /ENOENT/);
  assert.deepEqual(project.run(['all']).commands, [], 'all is as it was');
});

test('where there would be no way back, an update is refused until it is wanted all the same', () => {
  const project = builtFleet();
  project.edit(
    'config/profiles/service.json5',
    "  rollback: 'on-failure',\n  safety: { by: 'dataset' },\n",
    '',
  );
  const refused = project.phx('update', 'ctid:952');
  assert.equal(refused.code, 8);
  assert.match(refused.err, /data in mp0 would go back in time[\s\S]*--no-way-back/);
  assert.throws(() => project.read(pins), /ENOENT/);
  assert.equal(project.phx('update', 'ctid:952', '--no-way-back').code, 0);
});
