/** The memory of checked configurations: when it answers, and that nothing goes wrong with it aloud. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cacheKey, readCache, schemaVersion } from '../../src/config/cache.ts';
import { jsonSchemas } from '../../src/config/json-schema.ts';
import { tempFolder } from '../temp.ts';
import { ct, load } from './project.ts';

const files = { 'config/guests/101-a.json5': ct(101) };
const records = (dir: string): string[] => readdirSync(join(dir, 'config'));

test('the second load is answered from memory, and is the same', async () => {
  const cacheDir = tempFolder();
  const first = await load(files, { cacheDir });
  const [name = ''] = records(cacheDir);
  assert.equal(statSync(join(cacheDir, 'config', name)).mode & 0o777, 0o600);
  const second = await load(files, { cacheDir });
  assert.deepEqual(second.fleet, first.fleet);
  assert.deepEqual(second.problems, first.problems);
  assert.deepEqual(second.files, first.files);
  assert.equal((await second.origins()).get('guests.101.memory')?.line, 5);
  assert.deepEqual(records(cacheDir), [name]);
});

test('another content, environment or --set is another record', async () => {
  const cacheDir = tempFolder();
  await load(files, { cacheDir });
  await load({ 'config/guests/101-a.json5': ct(101, '  cores: 2,') }, { cacheDir });
  await load(files, { cacheDir, set: ['guests.101.memory=1024'] });
  await load({ ...files, 'config/env/lab/defaults.json5': '{}' }, { cacheDir, env: 'lab' });
  await load({ 'config/guests/101-b.json5': ct(101) }, { cacheDir });
  assert.equal(records(cacheDir).length, 5);
  const { fleet } = await load(files, { cacheDir, set: ['guests.101.memory=1024'] });
  assert.equal(fleet.guests['101']?.memory, 1024);
});

test('only the newest few are kept', async () => {
  const cacheDir = tempFolder();
  for (let memory = 100; memory < 112; memory++)
    await load(files, { cacheDir, set: [`guests.101.memory=${memory}`] });
  assert.equal(records(cacheDir).length, 8);
});

test('an error is not remembered', async () => {
  const cacheDir = tempFolder();
  await assert.rejects(load({ 'config/guests/101-a.json5': '{' }, { cacheDir }));
  assert.throws(() => records(cacheDir));
});

for (const [what, spoil] of [
  ['torn', (text: string) => text.slice(0, -20)],
  ['empty', () => ''],
  ['changed', (text: string) => text.replace('"memory":512', '"memory":513')],
  ['no JSON', () => 'x\ny'],
] as const) {
  test(`a ${what} record is ignored and replaced`, async () => {
    const cacheDir = tempFolder();
    await load(files, { cacheDir });
    const path = join(cacheDir, 'config', records(cacheDir)[0] ?? '');
    const good = readFileSync(path, 'utf8');
    writeFileSync(path, spoil(good));
    assert.equal((await load(files, { cacheDir })).fleet.guests['101']?.memory, 512);
    assert.equal(readFileSync(path, 'utf8'), good);
  });
}

test('a cache that cannot be written is no error', async () => {
  const cacheDir = tempFolder();
  writeFileSync(join(cacheDir, 'config'), 'a file where the directory should be');
  assert.equal((await load(files, { cacheDir })).fleet.guests['101']?.memory, 512);
  const closed = join(cacheDir, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o500);
  assert.equal((await load(files, { cacheDir: closed })).fleet.guests['101']?.memory, 512);
  assert.equal(readCache('/nowhere', 'k'), undefined);
});

test('a known content loads neither the schemas nor a JSON5 reader', () => {
  const dir = tempFolder();
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const script = join(dir, 'load.mts');
  const text = `import { loadConfig } from ${JSON.stringify(join(root, 'src/config/load.ts'))};
const { fleet } = await loadConfig({ root: ${JSON.stringify(root)}, cacheDir: ${JSON.stringify(join(dir, 'cache'))} });
console.log(Object.keys(fleet.guests).length);`;
  writeFileSync(script, text);
  const loaded = (name: string): string[] => {
    const coverage = join(dir, name);
    const env = { ...process.env, NODE_V8_COVERAGE: coverage };
    const out = execFileSync(process.execPath, ['--import', import.meta.resolve('tsx'), script], {
      env,
      encoding: 'utf8',
    });
    assert.equal(out.trim(), '19');
    return readdirSync(coverage)
      .flatMap(
        (file) =>
          (JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { result: { url: string }[] }).result,
      )
      .map((entry) => entry.url)
      .filter((url) => /zod|json5|momoa|config\/(build|schema|check)/.test(url) && !url.endsWith('.json5'));
  };
  const cold = loaded('cold');
  for (const name of ['zod', 'json5', 'momoa', 'src/config/build.ts']) {
    assert.ok(
      cold.some((url) => url.includes(name)),
      name,
    );
  }
  assert.deepEqual(loaded('warm'), []);
});

test('the version of the records is raised with the schemas', () => {
  const key = cacheKey(
    [...jsonSchemas()].map(([path, text]) => ({ path, text, role: { kind: 'defaults' } })),
    null,
    [],
  );
  const message = 'the schemas have changed: raise schemaVersion in cache.ts, then put the new key here';
  assert.deepEqual([schemaVersion, key.slice(0, 16)], [18, 'caf7d0f67dda1fba'], message);
});
