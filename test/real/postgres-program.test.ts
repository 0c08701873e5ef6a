/** The built program with the history of a team in a real PostgreSQL: two workstations, one node, one database. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PastRun } from '../../src/core/history.ts';
import { addressOf } from '../../src/history/address.ts';
import { PostgresHistory } from '../../src/history/postgres.ts';
import { postgres } from '../postgres.ts';
import { program, repository } from '../scenario/program.ts';
import { Project } from '../scenario/rig.ts';
import { tempFolder } from '../temp.ts';

const server = await postgres();

/** Puts the history of a project where an expression of the phoenixfile says. */
function keepAt(project: Project, history: string): Project {
  project.edit('phoenixfile.ts', "  host: 'twin',", `  host: 'twin',\n  history: ${history},`);
  return project;
}

/** The same project on another workstation, with an empty cache but for the node itself. */
function elsewhere(project: Project): Project {
  const other = project.copy();
  rmSync(join(other.root, '.cache'), { recursive: true });
  mkdirSync(join(other.root, '.cache'));
  symlinkSync(join(project.root, '.cache', 'twin'), join(other.root, '.cache', 'twin'));
  return other;
}

/** All that phx has kept there, but for the twin itself. */
function keptIn(folder: string): string {
  if (!existsSync(folder)) return '';
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? keptIn(path) : entry.isFile() ? readFileSync(path, 'utf8') : '';
    })
    .join('\n');
}

const past = (project: Project, ...words: string[]): (PastRun & { ending: string })[] =>
  JSON.parse(project.phx('history', '--json', ...words).out);

test('a run of one workstation is the past of the other: told, shown, and taken back from there', () => {
  const a = keepAt(Project.known(), `'${server.database()}'`);
  const [none] = [a.phx('history')];
  assert.match(
    none?.err ?? '',
    /not set up .*no run has written to it\): only what this machine knows is told/,
  );
  a.run(['hypervisor/timezone']);
  const b = elsewhere(a);
  const [run] = past(b);
  assert.deepEqual(
    [run?.words, run?.ending, run?.who],
    [['run', 'hypervisor/timezone'], 'ok', `${userInfo().username}@${hostname()}`],
  );
  assert.match(
    b.phx('history').out,
    new RegExp(`^${run?.run} .* ok .* ${run?.who} +phx run hypervisor/timezone$`, 'm'),
  );
  assert.match(
    b.phx('history', 'show', run?.run ?? '').out,
    new RegExp(`by ${run?.who}, on twin-.*timedatectl`, 's'),
  );
  assert.deepEqual(b.run(['hypervisor/timezone']).commands, [], 'the node is as it should be');
  assert.match(b.phx('undo').out, new RegExp(`^${run?.run} `));
  const undone = b.phx('undo', run?.run ?? '');
  assert.equal(undone.code, 0, undone.err);
  assert.match(a.phx('undo', run?.run ?? '').err, /was taken back already/);
  assert.deepEqual(
    past(a).map(({ words }) => words[0]),
    ['undo', 'run', 'run'],
  );
  assert.match(a.phx('cache', 'list').out, /3 runs in the history of the team/);
  assert.equal(b.phx('cache', 'prune').code, 0);
  assert.deepEqual(past(a), []);
});

test('half a guest that a killed run left is known as ours on another workstation, and by nobody without the database', () => {
  const a = keepAt(Project.known(), `'${server.database()}'`);
  a.phx('twin', 'fault', 'pct create 900', '--kill', 'during');
  assert.equal(a.phx('run', 'ctid:900/define', '-q').code, null);
  // As if the node told nothing itself.
  assert.equal(a.phx('twin', 'exec', '--', 'rm', '/var/lib/phx/making/900').code, 0);
  const b = elsewhere(a);
  assert.equal(past(b)[0]?.ending, 'died');
  const alone = b.phx('run', 'ctid:900/define', '--history', 'local', '--plain');
  assert.equal(alone.code, 8, alone.out);
  assert.match(alone.out, /half made, and not by a run of ours/);
  const ended = b.phx('run', 'ctid:900/define', '--plain');
  assert.equal(ended.code, 0, `${ended.out}${ended.err}`);
  assert.match(ended.out, /clearing what an interrupted run left of it|pct destroy 900/);
});

test('while somebody is at work on the node from another machine, a run is refused by name, and looking is not', async () => {
  const url = server.database();
  const a = keepAt(Project.known(), `'${url}'`);
  a.run(['hypervisor/timezone']);
  const host = past(a)[0]?.host ?? '';
  const address = addressOf(url, '');
  assert.ok(address);
  const files = { folder: join(tempFolder(), 'journal'), isAtWork: () => false, who: 'eve@laptop' };
  const other = await PostgresHistory.open(
    { address, project: 'phoenix', files, notes: tempFolder(), sleep: async () => {}, mask: (text) => text },
    { looks: false },
  );
  const owner = { pid: 7, host: 'laptop', started: '1', run: '20261124-010203004-1a2b', since: 1000 };
  await other.takeTurn(host, { owner, who: 'eve@laptop' });
  const refused = a.phx('run', 'hypervisor/zfs');
  assert.equal(refused.code, 5);
  assert.match(
    refused.err,
    /Another run is at work on this host\n +owner +process 7 of eve@laptop\n +run +20261124-/,
  );
  assert.equal(a.phx('plan', 'hypervisor/zfs').code, 0);
  await other.close();
  a.run(['hypervisor/zfs']);
});

test('a database that cannot be reached stops who changes the node; --history local goes on, and the next run sends it up', async () => {
  const a = keepAt(Project.known(), `'${server.database()}'`);
  a.run(['hypervisor/timezone']);
  await server.stop();
  const refused = a.phx('run', 'hypervisor/zfs');
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    /The history database cannot be reached\n +database +\/.*\/test\d+\n.*--history local/s,
  );
  const told = a.phx('history');
  assert.match(
    told.err,
    /^The history database cannot be reached \(database .*\): only what this machine knows is told\n$/,
  );
  assert.match(told.out, /phx run hypervisor\/timezone/);
  assert.equal(a.phx('plan', 'hypervisor/zfs').code, 0);
  assert.equal(a.phx('run', 'hypervisor/zfs', '--history', 'local').code, 0);
  await server.start();
  const b = elsewhere(a);
  assert.equal(past(b).length, 1);
  a.run(['hypervisor/zfs']);
  assert.deepEqual(
    past(b).map(({ words, ending }) => `${words.join(' ')}: ${ending}`),
    ['run hypervisor/zfs: ok', 'run hypervisor/timezone: ok'],
  );
  assert.equal(a.phx('run', 'all', '--history', 'there').code, 2);
});

test('the password of the database is nowhere: in no message, log, record or compiled file', async () => {
  const url = server.database().replace('phx@', 'phx:ge%23heim@');
  const a = keepAt(Project.known(), `{ secret: 'env:PHX_HISTORY' }`);
  const env = { PHX_HISTORY: url };
  const said: string[] = [];
  const phx = (given: Readonly<Record<string, string>>, ...words: string[]) => {
    const ended = a.phxWith(given, ...words);
    said.push(ended.out, ended.err);
    return ended;
  };
  assert.equal(phx(env, 'run', 'hypervisor/timezone').code, 0);
  assert.match(phx(env, 'history').out, /phx run hypervisor\/timezone/);
  const unset = phx({}, 'run', 'hypervisor/timezone');
  assert.equal(unset.code, 1);
  assert.match(
    unset.err,
    /address of the history database is not known here\n.*PHX_HISTORY is not set.*--history local/s,
  );
  assert.match(phx({}, 'history').err, /only what this machine knows is told/);
  assert.equal(
    phx({ PHX_HISTORY: 'postgres://phx:ge%23heim@/nowhere' }, 'run', 'hypervisor/timezone').code,
    3,
  );
  assert.equal(phx({ PHX_HISTORY: url.replace('/test', '/none') }, 'run', 'hypervisor/timezone').code, 1);
  await server.stop();
  assert.equal(phx(env, 'run', 'hypervisor/timezone').code, 1);
  await server.start();
  const all = `${said.join('\n')}\n${keptIn(join(a.root, '.cache'))}`;
  for (const word of ['ge%23heim', 'ge#heim']) assert.ok(!all.includes(word), word);
});

test('a password in the phoenixfile itself is refused, and not kept compiled', () => {
  const a = keepAt(Project.known(), `'postgres://phx:geheim@db.example.net/phx'`);
  const refused = a.phx('list');
  assert.equal(refused.code, 3);
  assert.match(refused.err, /history holds a password/);
  assert.doesNotMatch(`${refused.err}${keptIn(join(a.root, '.cache'))}`, /geheim/);
});

test('the client of PostgreSQL is loaded by who needs it alone', () => {
  const a = Project.known();
  const client = readdirSync(join(repository, 'dist')).filter((name) => {
    return name.endsWith('.js') && /SCRAM-SHA-256/.test(readFileSync(join(repository, 'dist', name), 'utf8'));
  });
  assert.equal(client.length, 1, `${client} in ${program}`);
  const loads = (...words: string[]) => {
    const folder = tempFolder();
    const ended = a.phxWith({ NODE_V8_COVERAGE: folder }, ...words);
    assert.equal(ended.code, 0, ended.err);
    const [report = ''] = readdirSync(folder);
    return readFileSync(join(folder, report), 'utf8').includes(`/dist/${client[0]}`);
  };
  assert.equal(loads('--version'), false);
  assert.equal(loads('run', 'hypervisor/timezone'), false);
  keepAt(a, `'${server.database()}'`);
  assert.equal(loads('--version'), false);
  assert.equal(loads('list'), false);
  assert.equal(loads('run', 'hypervisor/timezone'), true);
});
