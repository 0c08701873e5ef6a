/** YAML as it is written: read back it says the same, whatever texts look like. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../../src/core/json.ts';
import { parseYaml, printYaml } from '../../src/template/yaml.ts';

test('any value is read back as it was written', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as Json;
      assert.deepEqual(parseYaml(printYaml(plain)), plain);
    }),
  );
});

const odd = [
  'yes',
  'no',
  'null',
  '~',
  '0644',
  '1e3',
  'a: b',
  '- x',
  '#c',
  ' lead',
  'two\nlines\n',
  "it's",
  '"q"',
  '',
  '@x',
  '%x',
  '1:20',
];

for (const text of odd) {
  test(`a text stays a text: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseYaml(printYaml({ key: text, list: [text] })), { key: text, list: [text] });
  });
}

for (const text of ['yes', 'off', '0644', '1:20', '1_000', '2001-01-01', '=', '<<'])
  test(`what a reader of YAML 1.1 takes for no text is quoted: ${text}`, () => {
    assert.equal(printYaml(text), `"${text}"\n`);
  });

test('what such a reader refuses, or takes for the end of a line, is escaped', () => {
  const text = 'a\u007f\u0085\u2028\ufeff\u{1f600}';
  assert.equal(printYaml({ text }), 'text: "a\\x7f\\x85\\u2028\\ufeff\u{1f600}"\n');
  assert.deepEqual(parseYaml(printYaml({ text })), { text });
});

test('long lines are not folded, and equal parts are written out', () => {
  const line = 'word '.repeat(60).trim();
  const part = { a: [1] };
  assert.equal(
    printYaml({ line, one: part, two: part }),
    `line: ${line}\none:\n  a:\n    - 1\ntwo:\n  a:\n    - 1\n`,
  );
});
