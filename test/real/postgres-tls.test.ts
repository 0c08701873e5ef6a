/** TLS to the history of a team in a real PostgreSQL: who is believed, who is refused, and that no password is ever told. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { PhxError } from '../../src/core/error.ts';
import { addressOf } from '../../src/history/address.ts';
import { Connection, HistoryUnreachable } from '../../src/history/connection.ts';
import { makeCertificate } from '../certificate.ts';
import { Postgres } from '../postgres.ts';
import { tempFolder } from '../temp.ts';

const made = makeCertificate('db');
const server = await Postgres.start(made);
after(() => server.stop());

const password = 'geheim-4711';
server.sql('postgres', `alter role phx password '${password}'`);

const folder = tempFolder();
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const own = file('own.crt', made.cert);
const other = file('other.crt', makeCertificate('db').cert);

/** How it is told whether the session is encrypted: `t`, or the error. */
async function asked(options: string, at = '127.0.0.1', word = password): Promise<unknown> {
  const address = addressOf(`postgres://phx:${word}@${at}:${server.port}/postgres${options}`, 'anna');
  assert.ok(address);
  // Nothing is masked: what is told holds no password by itself.
  const connection = new Connection({ address, mask: (text) => text });
  try {
    await connection.open();
    const [row] = await connection.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    return row;
  } catch (error) {
    return error;
  } finally {
    await connection.close();
  }
}

function refused(error: unknown, title: string, why: RegExp): void {
  assert.ok(error instanceof PhxError, inspect(error));
  const { problem } = error;
  assert.equal(problem.title, title);
  assert.match(Object.fromEntries(problem.facts).why ?? '', why);
  assert.equal(Object.fromEntries(problem.facts).database?.includes('postgres'), true);
  assert.doesNotMatch(`${inspect(problem)}${error.message}`, new RegExp(password));
}

const stranger = 'The history database does not prove that it is the right one';

test('the right certificate and the right name: the session is encrypted', async () => {
  for (const mode of ['verify-full', 'verify-ca', 'require', 'prefer'])
    assert.deepEqual(await asked(`?sslmode=${mode}&sslrootcert=${own}`), { ssl: true }, mode);
});

test('another certificate is refused, whichever TLS was asked for', async () => {
  for (const mode of ['verify-full', 'verify-ca', 'require', 'prefer']) {
    const error = await asked(`?sslmode=${mode}&sslrootcert=${other}`);
    refused(error, stranger, /self-signed certificate|unable to verify/);
    assert.ok(error instanceof HistoryUnreachable, 'with --history local a run goes on');
    refused(await asked(`?sslmode=${mode}`), stranger, /self-signed certificate/);
  }
});

test('a certificate for another name is refused, also with verify-ca and require', async () => {
  for (const mode of ['verify-full', 'verify-ca', 'require'])
    refused(await asked(`?sslmode=${mode}&sslrootcert=${own}`, '127.0.0.2'), stranger, /127\.0\.0\.2/);
});

test('no-verify encrypts and believes anybody', async () => {
  assert.deepEqual(await asked('?sslmode=no-verify', '127.0.0.2'), { ssl: true });
});

test('without TLS a server that wants it refuses, and one that has none is refused by whoever wants it', async () => {
  for (const options of ['', '?sslmode=disable'])
    refused(await asked(options), 'The history database refused us', /no encryption/);
  server.setTls('off');
  for (const mode of ['verify-full', 'require', 'no-verify']) {
    const error = await asked(`?sslmode=${mode}&sslrootcert=${own}`);
    refused(error, 'The history database cannot be reached', /does not support SSL/);
  }
  server.setTls('on');
});

test('a certificate file that is not there, or is none, is told by its name', async () => {
  const missing = join(folder, 'none.crt');
  refused(
    await asked(`?sslmode=verify-full&sslrootcert=${missing}`),
    'The history database cannot be reached',
    /none\.crt/,
  );
});

test('a wrong password is told as such, and not which', async () => {
  const error = await asked(`?sslmode=verify-full&sslrootcert=${own}`, '127.0.0.1', `${password}0`);
  refused(error, 'The history database refused us', /password authentication failed for user "phx"/);
});
