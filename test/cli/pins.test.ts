/** Which versions can be moved, what a release is called, and what a person may ask for. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedFor, nameOf, pinnedOf, releaseUrl, versionIn } from '../../src/cli/pins.ts';
import { wrongValue } from '../../src/template/metadata.ts';
import { sampleFleet } from '../bench.ts';
import { catalog } from '../template/variants.ts';

const tags: readonly (readonly [tag: string, answer: string, told: string])[] = [
  ['v{}', '{"tag_name":"v1.15.5"}', '1.15.5'],
  ['n8n@{}', '{"tag_name":"n8n@1.113.3"}', '1.113.3'],
  ['{}', '{"tag_name":"b6710"}', 'b6710'],
  [
    'v{}',
    '{"tag_name":"docker-v29.0.1"}',
    'the latest release of o/n is called docker-v29.0.1, not v<version>',
  ],
  ['v{}', '{"tag_name":"v"}', 'the latest release of o/n is called v, not v<version>'],
  ['v{}', '{"message":"rate limit"}', 'o/n named no release'],
  ['v{}', '<html>', 'o/n answered no JSON'],
];

for (const [tag, answer, told] of tags) {
  test(`a release tagged ${tag} that answers ${answer}`, () => {
    const read = versionIn({ github: 'o/n', tag }, answer);
    assert.equal('version' in read ? read.version : read.problem, told);
  });
}

test("each pin of a shipped template has a default that its own source's tag could be made of", () => {
  const pins = [...catalog.templates.values()]
    .flatMap(({ params }) => Object.values(params))
    .filter(({ pin }) => pin);
  assert.ok(pins.length >= 14, String(pins.length));
  for (const spec of pins) {
    const { pin, default: version } = spec;
    if (!pin) continue;
    const answer = JSON.stringify({ tag_name: pin.tag.replace('{}', String(version)) });
    assert.deepEqual(versionIn(pin, answer), { version });
    assert.equal(wrongValue(spec, version), undefined);
    assert.match(releaseUrl(pin), /^https:\/\/api\.github\.com\/repos\/[^/]+\/[^/]+\/releases\/latest$/);
  }
});

const fleetWith = (...set: string[]) => sampleFleet(set);

test('versions of a guest: what counts now, and what stands in the way of another', async () => {
  const bare = await fleetWith();
  const told = (pins: ReturnType<typeof pinnedOf>) =>
    pins.map((pin) => [nameOf(pin), pin.now, pin.stated, pin.sealed]);
  assert.deepEqual(told(pinnedOf(catalog, bare, bare, [952])), [
    ['feature:docker.version', '28.4.0', false, false],
    ['feature:docker.compose', '2.39.2', false, false],
    ['app:qdrant.version', '1.15.4', false, false],
  ]);
  const pinned = await fleetWith('guests.952.pins={"app:qdrant":{version:"1.16.0"}}');
  assert.deepEqual(told(pinnedOf(catalog, pinned, bare, [952])).at(-1), [
    ...['app:qdrant.version', '1.16.0'],
    ...[false, false],
  ]);
  const stated = await fleetWith('guests.952.app.params.version=1.14.0');
  assert.deepEqual(told(pinnedOf(catalog, stated, stated, [952])).at(-1), [
    ...['app:qdrant.version', '1.14.0'],
    ...[true, false],
  ]);
  const sum = 'a'.repeat(64);
  const summed = await fleetWith(`guests.955.layers=[{name:"ollama",params:{sha256:"${sum}"}}]`);
  assert.deepEqual(told(pinnedOf(catalog, summed, summed, [955])), [
    ['feature:ollama.version', '0.12.3', false, true],
  ]);
});

test('what a person asks for has to be there, and to be a version', async () => {
  const fleet = await fleetWith();
  const pins = pinnedOf(catalog, fleet, fleet, [952, 956]);
  const asked = askedFor(['feature:docker.version=29.0.0'], pins);
  assert.deepEqual(
    [...asked].map(([pin, version]) => [pin.guest, nameOf(pin), version]),
    [
      [952, 'feature:docker.version', '29.0.0'],
      [956, 'feature:docker.version', '29.0.0'],
    ],
  );
  assert.throws(() => askedFor(['app:qdrant.versio=1.0'], pins), /no named guest has such a version/);
  assert.throws(() => askedFor(['app:qdrant.version'], pins), /no named guest has such a version/);
  assert.throws(() => askedFor(['app:qdrant.version=new'], pins), /must be a version such as 1\.2\.3/);
});
