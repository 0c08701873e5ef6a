/** Secrets: where they come from, and that no print shows them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import {
  isSecretRef,
  maskSecrets,
  resolveSecret,
  Secret,
  SecretError,
  type SecretSources,
} from '../../src/config/secrets.ts';

const value = 'correct horse';
const ran: (readonly string[])[] = [];
const sources: SecretSources = {
  env: (name) => ({ PW: value, EMPTY: '' })[name],
  readFile: async (path) => ({ '/run/pw': `${value}\n` })[path],
  run: async (argv) => {
    ran.push(argv);
    return argv[0] === 'pass' ? { exit: 0, stdout: `${value}\r\n` } : { exit: 3, stdout: value };
  },
};

for (const secret of ['env:PW', 'file:/run/pw', 'exec:pass show "my vault/x" \'y z\'w']) {
  test(`resolves ${secret}`, async () => {
    assert.equal((await resolveSecret({ secret }, sources)).reveal(), value);
  });
}

test('a program gets words, not a shell', () => {
  assert.deepEqual(ran, [['pass', 'show', 'my vault/x', 'y zw']]);
});

const failures = [
  ['env:NONE', 'the secret env:NONE is not there: NONE is not set'],
  ['env:EMPTY', 'the secret env:EMPTY is empty'],
  ['file:/nowhere', 'the secret file:/nowhere is not there: there is no file /nowhere'],
  ['exec:false x', 'the secret exec:false x is not there: the program ended with exit code 3'],
  ['exec:pass "open', 'a reference to a secret cannot be understood'],
  [value, 'a reference to a secret cannot be understood'],
] as const;
for (const [secret, message] of failures) {
  test(`fails for ${secret.startsWith('e') || secret.startsWith('f') ? secret : 'a literal'}`, async () => {
    await assert.rejects(resolveSecret({ secret }, sources), (error) => {
      assert.ok(error instanceof SecretError);
      assert.equal(error.message, message);
      assert.doesNotMatch(`${error.message} ${error.hint}`, /horse/);
      return true;
    });
  });
}

test('a secret is never printed', () => {
  const secret = new Secret(value);
  const prints = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: [secret] }, { depth: 9, showHidden: true }),
    secret.toString(),
    Object.entries(secret).join(),
  ];
  for (const print of prints) assert.doesNotMatch(print, /horse/);
  assert.equal(prints[0], '<secret>');
});

test('a digest depends on the value and on the key, and shows neither', () => {
  const digest = new Secret(value).digest('k1');
  assert.match(digest, /^[0-9a-f]{64}$/);
  assert.equal(new Secret(value).digest('k1'), digest);
  assert.equal(new Secret(value).digest(new TextEncoder().encode('k1')), digest);
  assert.notEqual(new Secret(value).digest('k2'), digest);
  assert.notEqual(new Secret('other').digest('k1'), digest);
});

test('secrets are masked in a text, the longer ones first', () => {
  const secrets = [new Secret('abc'), new Secret('abcdef')];
  assert.equal(maskSecrets('x abcdef y abc z', secrets), 'x <secret> y <secret> z');
});

test('references are told from other values', () => {
  for (const ref of [{ secret: 'env:A' }, { secret: 'file:/a' }, { secret: 'exec:a' }])
    assert.ok(isSecretRef(ref));
  for (const other of ['env:A', null, {}, { secret: 'a' }, { secret: 'env:A', more: 1 }, { secret: 1 }]) {
    assert.ok(!isSecretRef(other));
  }
});
