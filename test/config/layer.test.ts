/** The algebra of layers: what merging does, and the laws it keeps. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { combine, identity, merge, type Patch, patchOf, render } from '../../src/config/layer.ts';
import type { Json } from '../../src/core/json.ts';

const merges: readonly (readonly [name: string, layers: readonly Json[], result: Json])[] = [
  ['nothing', [], {}],
  ['objects deep', [{ a: { x: 1, y: 1 } }, { a: { y: 2, z: 2 } }], { a: { x: 1, y: 2, z: 2 } }],
  ['lists replace', [{ a: [1, 2, 3] }, { a: [4] }], { a: [4] }],
  ['an empty list replaces', [{ a: [1] }, { a: [] }], { a: [] }],
  ['null deletes', [{ a: 1, b: 1 }, { a: null }], { b: 1 }],
  ['null of nothing is nothing', [{ a: null }], {}],
  ['null deletes deep', [{ a: { x: 1, y: 1 } }, { a: { x: null } }], { a: { y: 1 } }],
  ['what is deleted does not come back', [{ a: { x: 1 } }, { a: null }, { a: { y: 2 } }], { a: { y: 2 } }],
  ['an object over a scalar', [{ a: 1 }, { a: { x: 1 } }], { a: { x: 1 } }],
  ['a scalar over an object', [{ a: { x: 1 } }, { a: 1 }], { a: 1 }],
  ['an object over a list', [{ a: [1] }, { a: { x: 1 } }], { a: { x: 1 } }],
  ['nulls in lists stay', [{ a: [null, 1] }], { a: [null, 1] }],
  [
    'keys keep their first place',
    [
      { b: 1, a: 1 },
      { c: 1, b: 2 },
    ],
    { b: 2, a: 1, c: 1 },
  ],
];

for (const [name, layers, result] of merges) {
  test(`merge: ${name}`, () => {
    assert.deepEqual(merge(...layers), result);
    assert.equal(JSON.stringify(merge(...layers)), JSON.stringify(result));
  });
}

test('a key named __proto__ is a key like any other', () => {
  const evil: Json = JSON.parse('{"__proto__":{"polluted":true}}');
  const merged = merge({ a: 1 }, evil) as { polluted?: unknown };
  assert.equal(merged.polluted, undefined);
  assert.ok(Object.hasOwn(merged, '__proto__'));
});

const scalar = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null));
const { layer } = fc.letrec<{ value: Json; layer: Json }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(scalar, { maxLength: 3 }), tie('layer')),
  layer: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), tie('value'), { maxKeys: 3 }),
}));
const patch = layer.map(patchOf);
const same = (a: Patch, b: Patch): void => {
  assert.deepEqual(a, b);
  assert.deepEqual(render(a), render(b));
};

test('combining is associative', () => {
  fc.assert(
    fc.property(patch, patch, patch, (a, b, c) => same(combine(combine(a, b), c), combine(a, combine(b, c)))),
    { numRuns: 2000 },
  );
});

test('the empty layer changes nothing, below or above', () => {
  fc.assert(
    fc.property(patch, (a) => {
      same(combine(identity, a), a);
      same(combine(a, identity), a);
    }),
  );
});

test('a layer over itself is itself', () => {
  fc.assert(fc.property(patch, (a) => same(combine(a, a), a)));
});

test('the upper layer wins: all it sets is in the result', () => {
  fc.assert(
    fc.property(layer, layer, (a, b) => {
      const alone = render(patchOf(b));
      assert.deepEqual(merge(merge(a, b), alone ?? {}), merge(a, b));
    }),
  );
});

test('no layer is changed by merging', () => {
  fc.assert(
    fc.property(layer, layer, (a, b) => {
      const before = JSON.stringify([a, b]);
      merge(a, b);
      assert.equal(JSON.stringify([a, b]), before);
    }),
  );
});
