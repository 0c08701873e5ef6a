/** Our block in an authorized_keys file, and which keys a file lacks. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingKeys, ownKeys, withKeys, withOwnKeys } from '../../src/proxmox/authorized-keys.ts';

const key = 'ssh-ed25519 AAAAone anna@desk';
const other = 'ssh-rsa AAAAtwo anna@lap';

test('a block is put at the end, replaced in place of itself, and taken out without a trace', () => {
  const person = '# mine\nssh-rsa OWN me\n';
  const text = withOwnKeys(person, [key]);
  assert.ok(text.startsWith(person));
  assert.deepEqual(ownKeys(text), [key]);
  assert.equal(withOwnKeys(text, [key]), text);
  assert.deepEqual(ownKeys(withOwnKeys(text, [other])), [other]);
  assert.equal(withOwnKeys(text, []), person);
  assert.equal(withOwnKeys(`${text}ssh-rsa LATER me\n`, []), `${person}ssh-rsa LATER me\n`);
  assert.equal(withOwnKeys('', []), '');
});

test('a file that ends without a line break gets one before the next key', () => {
  assert.ok(withOwnKeys('ssh-rsa OWN me', [key]).startsWith('ssh-rsa OWN me\n# Managed'));
  assert.equal(withKeys('ssh-rsa OWN me', [key]), `ssh-rsa OWN me\n${key}\n`);
});

test('a block without its end is a comment that somebody broke: nothing of it is taken for ours', () => {
  const broken = withOwnKeys('', [key]).split('\n').slice(0, 2).join('\n');
  assert.equal(ownKeys(broken), undefined);
  assert.ok(withOwnKeys(broken, [other]).startsWith(broken));
});

test('a key is the same whatever stands before and after it, but not in a comment', () => {
  assert.deepEqual(missingKeys('from="10.0.0.0/8" ssh-ed25519 AAAAone else\n', [key, other]), [other]);
  assert.deepEqual(missingKeys(`#${key}\n`, [key]), [key]);
});
