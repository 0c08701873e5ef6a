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
