/** Pinned versions: laid under what a guest's parameters say, written as a file that says the same when it is read. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Guest } from '../../src/config/fleet.ts';
import { movePins, printPins, readPins } from '../../src/config/pins-file.ts';
import { brief, ct, load, problemsOf } from './project.ts';

const guest = 'config/guests/100-a.json5';
const file = (pins: string) => `{ '100': { pins: { ${pins} } } }`;
const built = async (own: string, pins: string, env?: string): Promise<Guest | undefined> => {
  const path = env === undefined ? 'config/pins.json5' : `config/env/${env}/pins.json5`;
  const { fleet } = await load({ [guest]: ct(100, own), [path]: file(pins) }, { env });
  return fleet.guests['100'];
};

test('a pin gives a feature and the application a version that they do not name', async () => {
  const own = "  layers: ['docker', { name: 'ollama', params: { port: 1 } }], app: { name: 'qdrant' },";
  const pins = "'feature:ollama': { version: '2.0' }, 'app:qdrant': { version: '1.16' }";
  const { layers, app } = (await built(own, pins)) ?? {};
  assert.deepEqual(layers, [
    { name: 'docker', params: {} },
    { name: 'ollama', params: { version: '2.0', port: 1 } },
  ]);
  assert.deepEqual(app, { name: 'qdrant', params: { version: '1.16' } });
});

test('what the parameters name themselves counts, and an environment has pins of its own', async () => {
  const own = "  app: { name: 'qdrant', params: { version: '1.0' } },";
  assert.deepEqual((await built(own, "'app:qdrant': { version: '1.16' }"))?.app?.params, { version: '1.0' });
  const bare = "  app: 'qdrant',";
  assert.deepEqual((await built(bare, "'app:qdrant': { version: '3' }", 'lab'))?.app?.params, {
    version: '3',
  });
});

test('phx config tells that a version comes from the pins', async () => {
  const pins = file("'app:qdrant': { version: '1.16' }");
  const config = await load({ [guest]: ct(100, "  app: 'qdrant',"), 'config/pins.json5': pins });
  const origin = (await config.origins()).get('guests.100.app.params.version');
  assert.deepEqual([origin?.layer, origin?.file, origin?.line], ['pins', 'config/pins.json5', 1]);
});

const wrong: readonly (readonly [pins: string, told: RegExp])[] = [
  ["{ '100': { pins: { qdrant: { version: '1' } } } }", /a layer such as app:qdrant/],
  ["{ '100': { pins: { 'app:qdrant': { version: 1 } } } }", /version/],
  ["{ '100': { memory: 1 } }", /memory/],
  ["{ '9x': { pins: {} } }", /the id of a guest/],
];

for (const [pins, told] of wrong) {
  test(`an error in the file is told: ${pins}`, async () => {
    const problems = await problemsOf({ [guest]: ct(100), 'config/pins.json5': pins });
    assert.ok(
      problems.some(
        (problem) => problem.severity === 'error' && told.test(`${problem.message} ${problem.hint}`),
      ),
      problems.map((problem) => `${brief(problem)} (${problem.hint})`).join('\n'),
    );
    assert.ok(problems.every((problem) => problem.file === 'config/pins.json5'));
  });
}

test('pins of a guest that is gone are a warning', async () => {
  const pins = "{ '101': { pins: { 'app:qdrant': { version: '1' } } } }";
  const problems = await problemsOf({ [guest]: ct(100), 'config/pins.json5': pins });
  assert.deepEqual(problems.map(brief), [
    'config/pins.json5:1:10 these are pins of guest 101, which there is not',
  ]);
  assert.equal(problems[0]?.severity, 'warning');
});

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
const pinsByGuest = fc.dictionary(
  fc.integer({ min: 100, max: 999 }).map(String),
  fc.dictionary(
    name.map((one) => `app:${one}`),
    fc.dictionary(name, fc.string({ minLength: 1 }), { minKeys: 1 }),
    { minKeys: 1 },
  ),
);

test('a file that was written is read as it was meant, whatever versions are called', () => {
  fc.assert(
    fc.property(pinsByGuest, (pins) => {
      assert.deepEqual(readPins(printPins(pins)), JSON.parse(JSON.stringify(pins)));
      assert.equal(printPins(readPins(printPins(pins))), printPins(pins));
    }),
  );
});

test('moving one version leaves the others', () => {
  const pins = {
    '9': { 'app:a': { x: '1', y: '1' }, 'feature:b': { v: '1' } },
    '8': { 'app:a': { x: '1' } },
  };
  assert.deepEqual(movePins(pins, 9, { 'app:a': { x: '2' } }), {
    '9': { 'app:a': { x: '2', y: '1' }, 'feature:b': { v: '1' } },
    '8': { 'app:a': { x: '1' } },
  });
  assert.deepEqual(readPins(undefined), {});
});
