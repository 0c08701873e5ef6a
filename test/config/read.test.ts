/** The two readers of JSON5: that they agree, and what each adds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readFast, readLoose } from '../../src/config/fast.ts';
import { formatPath, nearest, parsePath } from '../../src/config/path.ts';
import { readCareful } from '../../src/config/read.ts';

const both = (text: string): void => {
  const fast = readFast(text);
  const careful = readCareful(text);
  assert.ok(fast.ok, text);
  assert.ok(careful !== undefined, text);
  assert.deepEqual(careful.value, fast.value, text);
  assert.equal(careful.duplicates.length > 0, fast.duplicates, text);
};

const texts: readonly string[] = [
  '{}',
  '// a comment: with a colon\n{ a: 1, /* b: 2 */ "c": \'d: e\', }',
  '{ \'it\\\'s\': "a \\"q\\": b", $x_1: [1, 2,], \\u0061b: +1, n: -0x1F }',
  '{ a: .5, b: 5., c: 1e3, d: Infinity, e: -Infinity, f: NaN }',
  "{ a: 'line \\\ncontinued', b: '\\x41\\u0042\\v\\0' }",
  '\ufeff{ a: 1 }',
  '{ a: { a: { a: 1 } }, b: [{ a: 1 }, { a: 2 }] }',
  '{ a: 1, a: 2 }',
  '{ __proto__: { x: 1 } }',
];
for (const text of texts) test(`both readers: ${JSON.stringify(text)}`, () => both(text));

/** Texts of values as people may write them: quotes of both kinds, bare keys, comments, trailing commas. */
const gap = fc.constantFrom('', ' ', '\n', ' // c: "x\n', '/* , : { */');
const quoted = fc.tuple(fc.constantFrom('"', "'"), fc.string({ maxLength: 8 })).map(([quote, inner]) => {
  const escaped = JSON.stringify(inner).slice(1, -1);
  return quote === '"' ? `"${escaped}"` : `'${escaped.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
});
const key = fc.oneof(quoted, fc.constantFrom('a', 'b', '$c', '_d', 'ü', 'net0', 'if', 'e1'));
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('0x1f', '+1', '-0', '.25', '7.', 'Infinity', '-Infinity', 'NaN', '1E2'),
);
const { value } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    quoted,
    number,
    fc.constantFrom('true', 'false', 'null'),
    tie('list'),
    tie('object'),
  ),
  list: fc
    .tuple(fc.array(fc.tuple(gap, tie('value'), gap), { maxLength: 3 }), fc.boolean())
    .map(
      ([items, comma]) =>
        `[${items.map((item) => item.join('')).join(',')}${comma && items.length > 0 ? ',' : ''}]`,
    ),
  object: fc
    .tuple(fc.array(fc.tuple(gap, key, gap, tie('value'), gap), { maxLength: 4 }), fc.boolean())
    .map(
      ([members, comma]) =>
        `{${members.map(([a, name, b, inner, c]) => `${a}${name}${b}:${a}${inner}${c}`).join(',')}${comma && members.length > 0 ? ',' : ''}}`,
    ),
}));

test('both readers agree on generated texts', () => {
  fc.assert(
    fc.property(gap, value, gap, (a, text, b) => both(a + text + b)),
    { numRuns: 1500 },
  );
});

test('what the careful reader does not take is left without positions, not refused', () => {
  for (const text of ['{ a: -.5 }', '{ a: +.5 }', '{ true: 1 }', '{ null: 1 }']) {
    assert.ok(readFast(text).ok);
    assert.equal(readCareful(text), undefined);
  }
});

test('the careful reader knows where keys and values stand', () => {
  const read = readCareful("{\n  a: 1,\n  'b.c': [10,\n    { d: 2 }],\n}");
  assert.deepEqual(Object.fromEntries(read?.spans ?? []), {
    '': { key: { line: 1, column: 1 }, value: { line: 1, column: 1 } },
    a: { key: { line: 2, column: 3 }, value: { line: 2, column: 6 } },
    '["b.c"]': { key: { line: 3, column: 3 }, value: { line: 3, column: 10 } },
    '["b.c"].0': { key: { line: 3, column: 11 }, value: { line: 3, column: 11 } },
    '["b.c"].1': { key: { line: 4, column: 5 }, value: { line: 4, column: 5 } },
    '["b.c"].1.d': { key: { line: 4, column: 7 }, value: { line: 4, column: 10 } },
  });
});

test('values from the command line are JSON5, else text', () => {
  for (const [text, wanted] of [
    ['65536', 65536],
    ['true', true],
    ['null', null],
    ['[0, 1]', [0, 1]],
    ["{ a: 'b' }", { a: 'b' }],
    ['10.0.0.5/24', '10.0.0.5/24'],
    ['', ''],
    ["'7'", '7'],
  ] as const) {
    assert.deepEqual(readLoose(text), wanted);
  }
});

test('paths as text are read back', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (path) => {
      assert.deepEqual(parsePath(formatPath(path)), path);
    }),
  );
  for (const text of ['', '.', 'a.', 'a..b', 'a b', '[x]', 'a["b"', '["a"]b'])
    assert.equal(parsePath(text), undefined);
});

test('near names', () => {
  const known = ['memory', 'cores', 'net0', 'hostname'];
  for (const [name, meant] of [
    ['memroy', 'memory'],
    ['Memory', 'memory'],
    ['core', 'cores'],
    ['net1', 'net0'],
    ['xyz', undefined],
    ['', undefined],
  ] as const) {
    assert.equal(nearest(name, known), meant, name);
  }
});
