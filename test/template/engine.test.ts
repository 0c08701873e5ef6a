/** The strict template language: what renders, what is refused and where, and that no value breaks out of a script. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { renderText } from '../../src/template/engine.ts';

const partials = new Map([
  ['greet', { path: 'partials/greet.sh.hbs', text: 'echo {{sh who}}' }],
  ['outer', { path: 'partials/outer.sh.hbs', text: '{{> greet}}\n' }],
  ['put', { path: 'partials/put.sh.hbs', text: 'put_file() { printf \'%s\' "$3"; }\n' }],
]);
const shell = (text: string, values: Record<string, unknown> = {}) =>
  renderText({ path: 'x.sh.hbs', text }, partials, values);

const rendered: [string, Record<string, unknown>, string][] = [
  ['echo {{a}}', { a: 'docker-ce' }, 'echo docker-ce'],
  ['echo {{a}} {{b}} {{c}}', { a: 1, b: true, c: '/opt/x_1.2:3' }, 'echo 1 true /opt/x_1.2:3'],
  ['echo {{sh a}}', { a: 'it\'s $(id) `id` "x"\n;' }, "echo 'it'\\''s $(id) `id` \"x\"\n;'"],
  ['echo {{sh a b}}', { a: ['x', 'y z', 3], b: '' }, "echo 'x' 'y z' 3 ''"],
  ['echo {{sh a}}.', { a: [] }, 'echo .'],
  ['{{option "--model" a}}', { a: 'm n' }, "--model 'm n'"],
  ['{{option "--flag" a}}|{{option "-x" b}}|{{option "-y" c}}', { a: true, b: false, c: null }, '--flag||'],
  ['{{option "--gpu" a}}', { a: 0.9 }, '--gpu 0.9'],
  ['{{#if a}}1{{else}}0{{/if}}{{#unless a}}n{{/unless}}', { a: null }, '0n'],
  ['{{#each a as |item at|}}{{at}}={{sh item}} {{/each}}', { a: ['x', 'y'] }, "0='x' 1='y' "],
  ['{{#each a}}{{@key}}={{sh this}}{{../b}} {{/each}}', { a: { k: 'v' }, b: 7 }, "k='v'7 "],
  ['{{#if (eq a "x")}}same{{/if}}', { a: 'x' }, 'same'],
  ['{{sh (concat a "=" b)}}', { a: 'K', b: 'v w' }, "'K=v w'"],
  ['{{> greet}}', { who: 'a b' }, "echo 'a b'"],
  ['{{> greet who=a}}', { a: 'x' }, "echo 'x'"],
  ['  {{> outer}}', { who: 'x' }, "  echo 'x'"],
  [
    '{{#file "/etc/a.json" mode="600"}}\n{"k": {{json a}} }\n{{/file}}\nx',
    { a: { z: 1, b: "'" } },
    'put_file \'/etc/a.json\' 600 \'{"k": {"b":"\'\\\'\'","z":1} }\n\'\nx',
  ],
  ['{{#file "/a" mode="600" owner="grafana:adm"}}x{{/file}}', {}, "put_file '/a' 600 'x' grafana:adm\n"],
  ['{{#file "/a" owner=who}}x{{/file}}', { who: '472' }, "put_file '/a' 644 'x' 472\n"],
  ['{{sh (json a)}}', { a: ["'"] }, "'[\"'\\''\"]'"],
  ["echo \\{{a}} $x '{{a}}'", { a: 'x' }, "echo {{a}} $x 'x'"],
];

test('renders', async () => {
  for (const [text, values, wanted] of rendered) assert.equal(await shell(text, values), wanted, text);
});

const refused: [string, Record<string, unknown>, RegExp][] = [
  ['a\n{{nope}}', {}, /^x\.sh\.hbs:2: "nope" is not known here$/],
  ['{{sh nope}}', {}, /:1: "nope" is not known here/],
  ['{{sh a nope}}', { a: 1 }, /"nope" is not known/],
  ['{{a.b.c}}', { a: {} }, /"a\.b\.c" is not known/],
  ['{{constructor}}', {}, /"constructor" is not known/],
  ['{{a.__proto__}}', { a: {} }, /is not known/],
  ['{{#if nope}}{{/if}}', {}, /"nope" is not known/],
  ['{{#each nope}}{{/each}}', {}, /"nope" is not known/],
  ['{{a}}', { a: null }, /"a" has no value here: guard it with \{\{#if …\}\}/],
  ['{{sh a}}', { a: null }, /"a" has no value/],
  ['{{a}}', { a: ['x'] }, /is a list, not a plain word: use \{\{sh/],
  ['{{sh a}}', { a: { b: 1 } }, /is an object/],
  ['{{sh a}}', { a: 'x\0y' }, /NUL/],
  ['\n\n{{frob a}}', { a: 1 }, /x\.sh\.hbs:3: there is no helper "frob"/],
  ['{{#with a}}{{/with}}', { a: {} }, /there is no block "with"/],
  ['{{#a}}{{/a}}', { a: {} }, /there is no block "a"/],
  ['{{sh}}', {}, /wants a value/],
  ['{{> nope}}', {}, /there is no partial "nope"/],
  ['{{> (concat "a" "b")}}', {}, /there is no partial/],
  ['{{> outer}}', {}, /^partials\/greet\.sh\.hbs:1: "who" is not known here/],
  ['{{#if a}}', { a: 1 }, /^x\.sh\.hbs:1: /],
  ['{{json a}}', { a: 1 }, /JSON is not safe as a shell word/],
  ['echo "{{sh a}}"', { a: 1 }, /stands inside quotes/],
  ["echo 'x' 'y {{sh a}}'", { a: 1 }, /stands inside quotes/],
  ['cat <<EOF\n{{sh a}}\nEOF', { a: 1 }, /:2: a value inside a here-document/],
  ['{{option "--x;id" a}}', { a: 1 }, /no option name/],
  ['{{#file "/x" mode="rw"}}{{/file}}', {}, /mode/],
  ['{{#file "/x" owner="a b"}}{{/file}}', {}, /wants an owner such as/],
  ['{{#file "/x" owner=who}}{{/file}}', { who: '$(id)' }, /wants an owner such as/],
];

test('refuses, naming template and line', async () => {
  for (const [text, values, wanted] of refused)
    await assert.rejects(shell(text, values), { name: 'TemplateError', message: wanted }, text);
});

const injections = [
  '$(touch x)',
  '`id`',
  'a;b',
  'a b',
  'a|b',
  'a&b',
  "a'b",
  'a"b',
  'a\nb',
  'a>b',
  '<a',
  '*',
  '?',
  '[a]',
  '{a,b}',
  '~',
  '~root',
  '-rf',
  '--',
  '',
  '\\',
  'a\\b',
  '#a',
  'a=b',
  '!x',
  '%n',
  '$HOME',
  '(a)',
  'a\tb',
  'é',
  'a\0b',
  '\u2028',
];

test('a bare value that is not a plain word is refused with the way out', async () => {
  for (const value of injections)
    await assert.rejects(
      shell('echo {{value}}', { value }),
      /"value" .*: use \{\{sh …\}\}/s,
      JSON.stringify(value),
    );
});

test('a here-document may hold plain words, and comments are no code', async () => {
  assert.equal(await shell('cat <<EOF\n{{a}}\nEOF', { a: 'x' }), 'cat <<EOF\nx\nEOF');
  assert.equal(
    await shell("{{!-- don't {{sh nope}} --}}\n# don't\necho {{sh a}}", { a: 'x' }),
    "# don't\necho 'x'",
  );
});

test('text templates may hold JSON anywhere', async () => {
  const text = await renderText({ path: 'x.yaml.hbs', text: 'a: {{json a}}' }, partials, { a: 'b: c' });
  assert.equal(text, 'a: "b: c"');
});

test('bash reads back any text that sh and file have quoted', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((value) => !value.includes('\0'));
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 4 }), text, async (words, value) => {
      const script = await shell(
        '{{> put}}printf \'%s\\0\' {{sh words}} end\n{{#file "/x"}}{{sh value}}{{/file}}',
        {
          words,
          value,
        },
      );
      const out = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
      const quoted = `'${value.replaceAll("'", "'\\''")}'`;
      assert.equal(out, `${[...words, 'end'].join('\0')}\0${quoted}`);
    }),
    { numRuns: 40 },
  );
});
