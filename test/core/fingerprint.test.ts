import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonical, printable } from '../../src/core/digest.ts';
import { differences, fingerprintOf } from '../../src/core/fingerprint.ts';
import type { Json } from '../../src/core/json.ts';

const nothing = {
  revision: '1',
  config: {},
  files: new Map(),
  env: {},
  texts: {},
  secrets: {},
  results: new Map(),
};

test('config is flattened to its leaves, everything else has a colon', () => {
  const fingerprint = fingerprintOf({
    ...nothing,
    config: {
      net0: { ip: '10.0.0.1/24', tag: 3 },
      tags: ['a', 'b'],
      mounts: {},
      gone: undefined as unknown as Json,
    },
    files: new Map([
      ['/x', 'abc'],
      ['/y', undefined],
    ]),
    texts: { script: 'echo' },
    results: new Map([['ctid:900/define', 'dd']]),
  });
  assert.deepEqual(Object.keys(fingerprint), [
    'file:/x',
    'file:/y',
    'mounts',
    'net0.ip',
    'net0.tag',
    'result:ctid:900/define',
    'tags',
    'task:revision',
    'text:script',
  ]);
  assert.equal(fingerprint['net0.ip'], '"10.0.0.1/24"');
  assert.equal(fingerprint['file:/y'], 'absent');
  assert.match(fingerprint['text:script'] ?? '', /^sha256:[0-9a-f]{16}$/);
});

test('long values become digests, short ones stay readable', () => {
  assert.equal(printable('x'.repeat(40)), `"${'x'.repeat(40)}"`);
  assert.match(printable('x'.repeat(400)), /^sha256:/);
});

test('the order of keys never matters, a value always does', () => {
  const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value), (object) => {
      const turned = Object.fromEntries(Object.entries(object).reverse());
      assert.equal(canonical(turned), canonical(object));
      assert.deepEqual(JSON.parse(canonical(object)), JSON.parse(JSON.stringify(object)));
    }),
  );
});

test('differences name what came, went and changed', () => {
  assert.deepEqual(differences({ a: '1', b: '2', c: '3' }, { a: '1', b: '4', d: '5' }), [
    { key: 'b', from: '2', to: '4' },
    { key: 'c', from: '3' },
    { key: 'd', to: '5' },
  ]);
});
