/** Addresses of history databases: what the client is given, what people are shown, what is a secret. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, holdsPassword, secretsOf } from '../../src/history/address.ts';

test('a place is told without users, passwords and options', () => {
  const places = [
    'postgres://anna:geheim@db.example.net:5433/phx?sslmode=verify-full',
    'postgresql://db.example.net/phx?password=geheim',
    'postgres://%2Frun%2Fpostgresql/phx',
    'postgres:///phx?host=/run/postgresql',
    'postgres:///phx',
  ].map((text) => addressOf(text, 'anna')?.place);
  assert.deepEqual(places, [
    'db.example.net:5433/phx',
    'db.example.net/phx',
    '/run/postgresql/phx',
    '/run/postgresql/phx',
    'localhost/phx',
  ]);
});

test('what is no address of PostgreSQL is none', () => {
  for (const text of ['', 'phx', 'mysql://db/phx', '/run/postgresql', 'postgres://u:p@/phx'])
    assert.equal(addressOf(text, 'anna'), undefined, text);
});

test('who connects is the one who works, unless the address names another', () => {
  const user = (text: string) => new URL(addressOf(text, 'anna')?.url ?? '').searchParams.get('user');
  assert.equal(user('postgres://%2Frun%2Fpostgresql/phx'), 'anna');
  assert.equal(user('postgres://bob@db/phx'), null);
  assert.equal(user('postgres:///phx?user=bob'), 'bob');
});

test('who asks for TLS gets the name of the server verified, also where the client means to do less one day', () => {
  const mode = (options: string) =>
    new URL(addressOf(`postgres://db/phx${options}`, 'a')?.url ?? '').searchParams.get('sslmode');
  assert.deepEqual(
    ['?sslmode=prefer', '?sslmode=require', '?sslmode=verify-ca', '?sslmode=verify-full'].map(mode),
    ['verify-full', 'verify-full', 'verify-full', 'verify-full'],
  );
  assert.deepEqual(['', '?sslmode=disable', '?sslmode=no-verify'].map(mode), [null, 'disable', 'no-verify']);
  assert.equal(mode('?sslmode=require&uselibpqcompat=true'), 'require');
});

test('a password is known wherever it stands, and as it is written and meant', () => {
  assert.ok(holdsPassword('postgres://anna:geheim@db/phx'));
  assert.ok(holdsPassword('postgres://db/phx?password=geheim'));
  assert.ok(holdsPassword('postgres://anna:geheim@/phx'), 'what cannot be read may hold one');
  assert.ok(!holdsPassword('postgres://anna@db/phx?sslmode=disable'));
  const secrets = secretsOf('postgres://anna:ge%23heim@db/phx?password=andere');
  for (const part of ['ge%23heim', 'ge#heim', 'andere']) assert.ok(secrets.includes(part), part);
});
