/** The history of a team in a real PostgreSQL: several machines, lost connections, schemas of other versions. */

import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PhxError } from '../../src/core/error.ts';
import type { RunEvent } from '../../src/core/event.ts';
import { execute } from '../../src/core/execute.ts';
import { TaskGraph } from '../../src/core/graph.ts';
import type { Host } from '../../src/core/host.ts';
import type { Journal, JournalEntry } from '../../src/core/journal.ts';
import { LockedError } from '../../src/core/lock.ts';
import { onlySite } from '../../src/core/site.ts';
import { StampOverlay } from '../../src/core/stamp.ts';
import type { Task } from '../../src/core/task.ts';
import { bareTerms } from '../../src/core/terms.ts';
import { addressOf } from '../../src/history/address.ts';
import { PostgresHistory } from '../../src/history/postgres.ts';
import { ended, intent, keepsHistory, noted, outcome } from '../history/behaviour.ts';
import { postgres } from '../postgres.ts';
import { tempFolder } from '../temp.ts';

const server = await postgres();
const opened: PostgresHistory[] = [];
after(async () => {
  for (const history of opened) await history.close();
});

/** One workstation with a cache of its own. */
interface Machine {
  readonly name: string;
  readonly folder: string;
}

const machine = (name: string): Machine => ({ name, folder: tempFolder() });

async function open(
  url: string,
  { name, folder }: Machine,
  { looks = false, sleep = async () => {} }: { looks?: boolean; sleep?: (ms: number) => Promise<void> } = {},
): Promise<PostgresHistory> {
  const address = addressOf(url, 'phx');
  assert.ok(address);
  const who = `anna@${name}`;
  const files = { folder: join(folder, 'journal'), isAtWork: () => false, who };
  const setup = {
    address,
    project: 'p',
    files,
    notes: join(folder, 'history'),
    sleep,
    mask: (text: string) => text,
  };
  const history = await PostgresHistory.open(setup, { looks });
  opened.push(history);
  return history;
}

const writer = (run: string, who = 'anna@a') => ({
  ...{ who, owner: { pid: 7, host: 'a', started: '1', run, since: 1000 } },
});

/** What a promise is rejected with: title, facts and hint, in one text. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof PhxError, String(error));
  const { title, facts, hint } = error.problem;
  return [title, ...facts.map((fact) => fact.join(' ')), hint].join('\n');
}

const stored = (url: string) =>
  server.sql(url, "select run || ':' || sequence from phx.entries order by 1").split('\n');

keepsHistory('PostgreSQL, seen from another machine', async () => {
  const url = server.database();
  const machines = [await open(url, machine('a')), await open(url, machine('b'))] as const;
  return { writer: machines[0], reader: machines[1] };
});

test('many phx that meet at an empty database all succeed, and make its schema once', async () => {
  const url = server.database();
  await Promise.all(Array.from({ length: 8 }, (_, at) => open(url, machine(String(at)))));
  assert.equal(server.sql(url, 'select count(*), max(version) from phx.schema_versions'), '1|1');
  assert.equal(server.sql(url, 'select count(*) from phx.identity'), '1');
});

test('a migration that fails leaves nothing, and the next one does it all', async () => {
  const url = server.database();
  server.sql(url, 'create schema phx; create table phx.entries (odd text)');
  assert.match(
    await refusal(open(url, machine('a'))),
    /refused what it was asked\n.*relation "entries" already exists/s,
  );
  assert.equal(
    server.sql(url, "select to_regclass('phx.runs') is null and to_regclass('phx.schema_versions') is null"),
    't',
  );
  server.sql(url, 'drop table phx.entries');
  assert.deepEqual(await (await open(url, machine('a'))).runs(), []);
});

test('who only looks sets nothing up', async () => {
  const url = server.database();
  assert.match(
    await refusal(open(url, machine('a'), { looks: true })),
    /is not set up\n.*no run has written to it/s,
  );
  assert.equal(server.sql(url, "select to_regnamespace('phx') is null"), 't');
});

test('a database of a newer phx is refused, by who looks and by who writes', async () => {
  const url = server.database();
  await open(url, machine('a'));
  server.sql(url, 'insert into phx.schema_versions (version) values (99)');
  for (const looks of [true, false])
    assert.match(
      await refusal(open(url, machine('a'), { looks })),
      /^The history database is of a newer phx\ndatabase .*\nits schema 99\nknown here up to 1\n.*Update phx/,
    );
});

test('one writer a host, whichever machine it is at: another is told who it is, until that one has ended or is gone', async () => {
  const url = server.database();
  const [a, b] = [await open(url, machine('a')), await open(url, machine('b'))];
  await a.takeTurn('node', writer('1'));
  assert.equal(await b.isAtWork('1'), true);
  const refused = await b.takeTurn('node', writer('2', 'bob@b')).catch((error: unknown) => error);
  assert.ok(refused instanceof LockedError);
  assert.deepEqual(
    [refused.exit, refused.holder.host, refused.holder.run, refused.holder.since],
    ['locked', 'anna@a', '1', 1000],
  );
  await b.takeTurn('another node', writer('2', 'bob@b'));
  await a.close();
  await b.takeTurn('node', writer('2', 'bob@b'));
  assert.deepEqual([await b.isAtWork('1'), await b.isAtWork('2')], [false, true]);
});

/** A run of three tasks, one after the other, that send a command each. */
async function threeTasks(journal: Journal, during: (command: string) => Promise<void>) {
  const sent: string[] = [];
  const events: RunEvent[] = [];
  const task = (id: string, before?: string): Task<object> => ({
    ...{ id, target: id, title: id, revision: '1', config: {}, touches: [] },
    dependencies: before === undefined ? [] : [{ task: before, kind: 'order' }],
    run: async (context) => {
      await context.run(['do', id]);
      return undefined;
    },
  });
  const graph = new TaskGraph([task('a/x'), task('b/x', 'a/x'), task('c/x', 'b/x')]);
  const host = {
    run: async ({ argv }: { argv: readonly string[] }) => {
      sent.push(argv.join(' '));
      await during(argv[1] ?? '');
      return { exit: 0, stdout: '', stderr: '', ms: 1 };
    },
  } as unknown as Host;
  const all = new Set(graph.order);
  const never = new AbortController().signal;
  const result = await execute<object>({
    ...{ graph, journal, run: '1', jobs: 1, keepGoing: true, widths: new Map(), terms: bareTerms },
    selection: { shown: all, demanded: all, forced: new Set() },
    sites: onlySite(host, { current: () => ({}), refresh: async () => ({}) }),
    stamps: new StampOverlay({ get: () => undefined, put: () => {}, all: () => [], commit: () => {} }),
    ...{ clock: () => 0, time: { now: () => 0, sleep: async () => {} }, random: () => 'x' },
    ...{ stop: { drain: never, abort: never }, digestFile: () => undefined, env: () => undefined },
    diagnose: () => undefined,
    emit: (event) => void events.push(event),
  });
  await journal.write({ at: 9, entry: 'ended', exit: result.failed > 0 ? 'failed' : 'ok' });
  const failures = events.flatMap((event) => (event.type === 'failed' ? [event.error] : []));
  return { sent, failures, result };
}

const start = { at: 0, run: '1', words: ['run'], host: 'node' };

test('a run that loses the database sends nothing more, and what it did is sent up once by the next one', async () => {
  const url = server.database();
  const a = machine('a');
  const history = await open(url, a);
  await history.takeTurn('node', writer('1'));
  const said: string[] = [];
  const journal = await history.begin(start, (text) => said.push(text));
  const { sent, failures } = await threeTasks(journal, async (id) => {
    if (id === 'b/x') await server.stop();
  });
  await journal.close();
  assert.deepEqual(sent, ['do a/x', 'do b/x']);
  assert.deepEqual(
    failures.map(({ title }) => title),
    ['What is meant to be done cannot be noted in the history database'],
  );
  assert.match(failures[0]?.hint ?? '', /next run that reaches the database sends it up/);
  assert.match(said[0] ?? '', /^waiting for the history database: /);
  assert.match(said.at(-1) ?? '', /^\d entries of the history stay here/);

  await server.start();
  const b = await open(url, machine('b'));
  const before = await b.read('1');
  assert.deepEqual(
    before?.map(({ entry }) => entry),
    ['begin', 'intent', 'outcome', 'intent'],
    'no intent is missing',
  );
  for (let times = 0; times < 2; times++) {
    const next = await open(url, a);
    await next.takeTurn('node', writer(`2${times}`));
    await next.close();
  }
  const whole = await b.read('1');
  assert.deepEqual(
    whole?.map(({ entry }) => entry),
    ['begin', 'intent', 'outcome', 'intent', 'outcome', 'intent', 'ended'],
  );
  // Also where nobody remembers that it was sent.
  const forgetful = { ...machine('a'), folder: tempFolder() };
  const text = readFileSync(join(a.folder, 'journal', '1.jsonl'), 'utf8');
  await noted(await open(url, forgetful), '0', [intent(1, 't', 'x'), ended(2)]);
  appendFileSync(join(forgetful.folder, 'journal', '1.jsonl'), text);
  const again = await open(url, forgetful);
  await again.takeTurn('node', writer('3'));
  assert.deepEqual(await b.read('1'), whole);
});

test('a database that comes back in time is waited for, and everything arrives in its order', async () => {
  const url = server.database();
  let pauses = 0;
  const history = await open(url, machine('a'), {
    sleep: async () => {
      if (++pauses === 3) await server.start();
    },
  });
  await history.takeTurn('node', writer('1'));
  const said: string[] = [];
  const journal = await history.begin(start, (text) => said.push(text));
  const { sent, failures } = await threeTasks(journal, async (id) => {
    if (id === 'a/x') await server.stop();
  });
  await journal.close();
  assert.deepEqual([sent.length, failures], [3, []]);
  assert.deepEqual(
    said.map((text) => text.replace(/: .*/s, '')),
    ['waiting for the history database', 'the history database is reached again'],
  );
  const b = await open(url, machine('b'));
  assert.deepEqual(
    (await b.read('1'))?.map(({ entry }) => entry),
    ['begin', 'intent', 'outcome', 'intent', 'outcome', 'intent', 'outcome', 'ended'],
  );
  assert.equal(await b.isAtWork('1'), true, 'the turn was taken again');
});

test('where another run has begun after the connection was lost, the first one ends', async () => {
  const url = server.database();
  const [a, b] = [await open(url, machine('a')), await open(url, machine('b'))];
  await a.takeTurn('node', writer('1'));
  const journal = await a.begin(start, () => {});
  await journal.write(intent(1, 't', 'do', 'one'));
  server.sql(url, `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'`);
  await b.takeTurn('node', writer('2', 'bob@b'));
  const said = await refusal((async () => journal.write(intent(2, 't', 'do', 'two')))());
  assert.match(said, /cannot be noted in the history database\nowner process 7 of bob@b\nrun 2\n/);
  assert.equal((await b.past('node')).intended(['do', 'one']), 1);
  assert.equal((await b.past('node')).intended(['do', 'two']), undefined);
  await journal.close();
});

test('an intent is in the database before its command is sent, whoever dies then', async () => {
  const url = server.database();
  const a = await open(url, machine('a'));
  await a.takeTurn('node', writer('1'));
  const journal = await a.begin(start, () => {});
  const b = await open(url, machine('b'));
  const seen: (number | undefined)[] = [];
  await threeTasks(journal, async (id) => void seen.push((await b.past('node')).intended(['do', id])));
  assert.deepEqual(seen, [0, 0, 0]);
  await journal.close();
});

test('what another machine brought to a good end is settled for everybody', async () => {
  const url = server.database();
  const [a, b, c] = [
    await open(url, machine('a')),
    await open(url, machine('b')),
    await open(url, machine('c')),
  ];
  await noted(a, '1', [intent(5, 't', 'pct', 'create', '900')]);
  assert.equal((await c.past('h')).intended(['pct', 'create', '900']), 5);
  const done: JournalEntry = { at: 7, entry: 'task', task: 't', state: 'done', ms: 1 };
  await noted(b, '2', [
    intent(6, 't', 'pct', 'create', '900'),
    outcome(7, 't', 'pct', 'create', '900'),
    done,
    ended(8),
  ]);
  for (const one of [a, b, c])
    assert.equal((await one.past('h')).intended(['pct', 'create', '900']), undefined);
});

test('what a machine noted without the database is sent up with the numbers of its lines; torn ones have none', async () => {
  const url = server.database();
  const a = machine('a');
  await noted(await open(url, a), '1', [intent(1, 't', 'x'), ended(2)]);
  const text = [{ at: 0, entry: 'begin', run: '2', words: [], host: 'h', who: 'eve@a' }, intent(3, 't', 'y')];
  const lines = [JSON.stringify(text[0]), '{"torn', JSON.stringify(text[1]), JSON.stringify(ended(4))];
  appendFileSync(join(a.folder, 'journal', '2.jsonl'), `${lines.join('\n')}\n`);
  const reader = await open(url, a, { looks: true });
  assert.deepEqual(await reader.runs(), ['1', '2'], 'what was not sent yet is told all the same');
  assert.equal((await reader.read('2'))?.length, 3);
  const next = await open(url, a);
  await next.takeTurn('h', writer('3'));
  assert.deepEqual(stored(url), ['1:0', '1:1', '1:2', '2:0', '2:1', '2:2']);
  assert.equal(server.sql(url, "select who from phx.runs where run = '2'"), 'eve@a');
  assert.deepEqual(readdirSync(join(a.folder, 'history')).length, 1);
});
