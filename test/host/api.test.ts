/** The API of a node as phx reads it: over real TLS on loopback, with the simulated node behind it. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect, promisify } from 'node:util';
import { workersBy } from '../../src/cli/api.ts';
import type { Io } from '../../src/cli/io.ts';
import { PhxError, UnreachableError } from '../../src/core/error.ts';
import { NodeApi } from '../../src/host/api/node-api.ts';
import { parseNodeTasks } from '../../src/proxmox/node-tasks.ts';
import { parseResources } from '../../src/proxmox/resources.ts';
import { openTwin } from '../../src/twin/twin.ts';
import { type Answer, type Api, nodeAnswers, refuse, say, startApi, token } from '../api-server.ts';
import { tempFolder } from '../temp.ts';

const hardware = {
  node: 'pve1',
  memory: 4096,
  disks: [],
  gpus: 0,
  address: '10.0.0.11/24',
  gateway: '10.0.0.1',
};
const twin = openTwin({ hardware });
await twin.run({ argv: ['qm', 'create', '101', '--name', 'app', '--memory', '512'] });
await twin.run({ argv: ['qm', 'start', '101'] });
await twin.run({ argv: ['qm', 'destroy', '999'] });

type Wish = Partial<ConstructorParameters<typeof NodeApi>[0]>;

function apiOf({ url, fingerprint }: Pick<Api, 'url' | 'fingerprint'>, wish: Wish = {}): NodeApi {
  const hidden = { reveal: () => token };
  const sleep = async (ms: number, signal: AbortSignal) => void (await wait(ms, undefined, { signal }));
  return new NodeApi({ label: 'pve1', url, fingerprint, token: hidden, sleep, ...wish });
}

/** What asking comes to; what is thrown has to be for people, and must not say the token. */
async function refusal(asking: Promise<unknown>): Promise<PhxError> {
  const error = await asking.then(
    () => assert.fail('it was answered'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof PhxError, inspect(error));
  assert.ok(!inspect(error, { depth: 9 }).includes(token.split('=')[1] ?? ''));
  return error;
}

const factsOf = ({ problem }: PhxError) => Object.fromEntries(problem.facts);

async function told(path: string, ...options: string[]): Promise<unknown> {
  const argv = ['pvesh', 'get', path, ...options, '--output-format', 'json'];
  return JSON.parse((await twin.run({ argv })).stdout);
}

test('the API tells what pvesh tells, and is asked by GET alone', async () => {
  const server = await startApi(nodeAnswers(twin));
  const api = apiOf(server);
  assert.equal(await api.name(), 'pve1');
  const resources = await api.resources();
  assert.deepEqual(resources, parseResources(await told('/cluster/resources')));
  assert.deepEqual([...resources.guests], [[101, { node: 'pve1', status: 'running' }]]);
  const tasks = await api.tasks('pve1', { limit: 5, guest: 101 });
  assert.deepEqual(tasks, parseNodeTasks(await told('/nodes/pve1/tasks', '--vmid', '101', '--limit', '5')));
  assert.deepEqual(
    tasks.map(({ type, status, user }) => [type, status, user]),
    [
      ['qmstart', 'OK', 'root@pam'],
      ['qmcreate', 'OK', 'root@pam'],
    ],
  );
  assert.deepEqual(
    [await api.may('VM.Audit', '/vms/101'), await api.may('VM.Config', '/vms/101')],
    [true, false],
  );
  assert.deepEqual(new Set(server.asked.map(({ method }) => method)), new Set(['GET']));
  api.close();
  await server.stop();
});

test('whoever shows another certificate is told with both fingerprints, and gets no token', async () => {
  const server = await startApi(nodeAnswers(twin));
  const wanted = Array(32).fill('AB').join(':');
  const error = await refusal(apiOf(server, { fingerprint: wanted.toLowerCase() }).resources());
  assert.deepEqual(factsOf(error), { wanted, shown: server.fingerprint });
  assert.equal(error.problem.command, 'pvenode cert info');
  assert.ok(!(error instanceof UnreachableError), 'nobody goes on by another way');
  assert.deepEqual(server.asked, []);
  await server.stop();
});

test('without a fingerprint somebody trusted has to vouch for the certificate', async () => {
  const server = await startApi(nodeAnswers(twin));
  const { fingerprint: _, ...without } = { label: 'pve1', url: server.url, fingerprint: '' };
  const sleep = async (ms: number, signal: AbortSignal) => void (await wait(ms, undefined, { signal }));
  const api = new NodeApi({ ...without, token: { reveal: () => token }, sleep });
  const error = await refusal(api.resources());
  assert.match(error.problem.title, /certificate of the API of pve1 is not trusted/);
  assert.equal(factsOf(error).shown, server.fingerprint);
  assert.match(String(factsOf(error).why), /SELF_SIGNED/);
  assert.deepEqual(server.asked, []);
  await server.stop();
});

/** Who is trusted is read when a process starts. */
async function askTrusting(certificate: string, url: string): Promise<string> {
  const file = join(tempFolder(), 'trusted.pem');
  writeFileSync(file, certificate);
  const path = new URL('../../src/host/api/node-api.ts', import.meta.url).href;
  const script = `
    import { NodeApi } from '${path}';
    const sleep = (_, signal) => new Promise((_, reject) => signal.addEventListener('abort', reject));
    const api = new NodeApi({ label: 'pve1', url: '${url}', token: { reveal: () => '${token}' }, sleep });
    console.log(await api.name().catch(({ problem }) => problem.title + ' ' + problem.facts.join(' ')));
    api.close();`;
  const words = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: file };
  return (await promisify(execFile)(process.execPath, words, { env })).stdout.trim();
}

test('whom this machine trusts needs no fingerprint, at the addresses that the certificate is for', async () => {
  const server = await startApi(nodeAnswers(twin));
  assert.equal(await askTrusting(server.certificate, server.url), 'pve1');
  const elsewhere = await askTrusting(server.certificate, server.url.replace('127.0.0.1', 'localhost'));
  assert.match(elsewhere, /is not trusted here.*ALTNAME/);
  assert.equal(server.asked.length, 1);
  await server.stop();
});

test('a wrong token, and a right that is missing, are told as such', async () => {
  const server = await startApi(nodeAnswers(twin, { '/vms': ['VM.Audit'] }));
  const other = { reveal: () => token.replace(/=.*/, '=00000000-0000-4000-8000-000000000000') };
  const wrong = await refusal(apiOf(server, { token: other }).resources());
  assert.equal(wrong.problem.title, 'The API of pve1 does not take the token');
  assert.equal(factsOf(wrong).said, '401 invalid token value!');
  const api = apiOf(server);
  const unnamed = await refusal(api.name());
  assert.deepEqual(
    [factsOf(unnamed).missing, unnamed.problem.command],
    ['Sys.Audit on /', 'pveum acl modify / --tokens … --roles PVEAuditor'],
  );
  const unlisted = await refusal(api.tasks('pve1', { limit: 5 }));
  assert.equal(factsOf(unlisted).missing, 'Sys.Audit on /nodes/pve1');
  assert.ok(
    !server.asked.some(({ path }) => path.endsWith('/tasks')),
    'a list of its own tasks alone is no answer',
  );
  await server.stop();
});

interface Odd {
  readonly name: string;
  readonly answer: Answer;
  readonly says: RegExp;
  /** Another way may be tried. */
  readonly away?: true;
}

const odd: readonly Odd[] = [
  {
    name: 'a page',
    answer: (_, __, answer) => answer.end('<html>'),
    says: /is not what Proxmox VE answers.*no JSON/s,
  },
  { name: 'no data', answer: (_, __, answer) => answer.end('{"errors":1}'), says: /there is no data in it/ },
  {
    name: 'other data',
    answer: (_, __, answer) => say(answer, 200, { id: 1 }),
    says: /something else in it/,
  },
  {
    name: 'odd rows',
    answer: (_, __, answer) => say(answer, 200, [{ type: 'lxc' }]),
    says: /something else in it/,
  },
  {
    name: 'no such path',
    answer: (_, __, answer) => refuse(answer, 501, 'no handler'),
    says: /knows no \/api2/,
  },
  {
    name: 'a question of the wrong form',
    answer: (_, __, answer) => refuse(answer, 400, 'odd'),
    says: /refuses/,
  },
  {
    name: '500',
    answer: (_, __, answer) => refuse(answer, 500, 'oops'),
    says: /fault of its own.*500 oops/s,
    away: true,
  },
  {
    name: '595',
    answer: (_, __, answer) => refuse(answer, 595, 'No route to host'),
    says: /could not reach/,
    away: true,
  },
  { name: '596', answer: (_, __, answer) => refuse(answer, 596, 'timeout'), says: /in time/, away: true },
  {
    name: '599',
    answer: (_, __, answer) => refuse(answer, 599, 'Too many'),
    says: /could not be asked/,
    away: true,
  },
  {
    name: 'an echo of the token',
    answer: (_, __, answer) => refuse(answer, 400, `bad ${token} and ${token.split('=')[1]}`),
    says: /400 bad <secret> and <secret>/,
  },
  {
    name: 'half an answer',
    answer: (_, __, answer) =>
      answer.writeHead(200, { 'content-length': '99' }).write('{"data":', () => answer.destroy()),
    says: /cannot be reached/,
    away: true,
  },
];

for (const { name, answer, says, away } of odd)
  test(`an answer that is none is one clear error: ${name}`, async () => {
    const server = await startApi(answer);
    const error = await refusal(apiOf(server).resources());
    assert.match(`${error.problem.title}\n${error.problem.facts.join('\n')}`, says);
    assert.equal(error instanceof UnreachableError, away === true);
    await server.stop();
  });

test('whoever does not answer in time, or is not there, is out of reach', async () => {
  const waited: number[] = [];
  /** The time for an answer is over at once, that for a connection never, or the other way round. */
  const over = (which: number) => async (ms: number, signal: AbortSignal) => {
    if (!waited.includes(ms)) waited.push(ms);
    if (waited.indexOf(ms) !== which)
      await once(signal, 'abort').then(() => Promise.reject(new Error('ended')));
  };
  const silent = await startApi(() => {});
  const late = await refusal(apiOf(silent, { sleep: over(1) }).resources());
  assert.deepEqual([factsOf(late).why, waited], ['no answer within 35 seconds', [10_000, 35_000]]);
  await silent.stop();

  const mute = createServer().listen(0, '127.0.0.1').unref();
  await once(mute, 'listening');
  const { port } = mute.address() as { port: number };
  const nobody = { url: `https://127.0.0.1:${port}`, fingerprint: silent.fingerprint };
  const unconnected = await refusal(apiOf(nobody, { sleep: over(0) }).resources());
  assert.equal(factsOf(unconnected).why, 'no connection within 10 seconds');

  const refused = await refusal(apiOf(silent).resources());
  assert.match(String(factsOf(refused).why), /ECONNREFUSED/);
  for (const error of [late, unconnected, refused]) assert.ok(error instanceof UnreachableError);
});

test('what is at work has no end yet; it is told in one line where a long command has lost its connection', async () => {
  let now = 1_800_000_000_000;
  const busy = openTwin({ hardware, clock: () => now, killRun: () => {} });
  busy.addFault({ match: 'qm create 102', nth: 1, kill: 'during' });
  void busy.run({ argv: ['qm', 'create', '102', '--memory', '512'] }).catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  const server = await startApi(nodeAnswers(busy));
  const sleep = async (ms: number, signal?: AbortSignal) =>
    void (await wait(ms, undefined, signal ? { signal } : {}));
  const io = { env: { PHX_API: token }, sleep } as unknown as Io;
  const { url, fingerprint } = server;
  const { tell } = workersBy(io, 'home', { url, fingerprint, token: { secret: 'env:PHX_API' } });
  const command = { argv: ['qm', 'clone', '102', '950'] };
  const [task] = await apiOf(server).tasks('pve1', { running: true, limit: 5 });
  assert.deepEqual(
    [task?.type, task?.id, task?.status, task?.ended],
    ['qmcreate', '102', 'running', undefined],
  );
  const said = 'no connection to home; by its API ';
  assert.equal(await tell(command), `${said}at work is qmcreate since 08:00:00 UTC on guest 102`);
  now += 3_600_000;
  assert.equal(await tell(command), `${said}nothing is at work on guest 102`);
  assert.equal(await tell({ argv: ['vzdump', '--all'] }), undefined);
  await server.stop();
  assert.equal(await tell(command), undefined, 'whoever cannot be asked says nothing');
});
