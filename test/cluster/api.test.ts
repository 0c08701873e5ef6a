/** Nodes that only their API tells of, or that no ssh reaches: what phx tells of them, what it refuses, and that it never tells a token. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { guestWords, hearOfAway, nodeWords } from '../../src/cli/api-words.ts';
import { explain } from '../../src/cli/explain.ts';
import type { Io } from '../../src/cli/io.ts';
import { parse } from '../../src/cli/parse.ts';
import { exitCodes } from '../../src/core/error.ts';
import type { Problem } from '../../src/core/event.ts';
import type { Host } from '../../src/core/host.ts';
import { hearOf } from '../../src/host/api/absent.ts';
import { NodeApi } from '../../src/host/api/node-api.ts';
import { Cluster } from '../../src/host/cluster.ts';
import { openTwinCluster, type TwinCluster } from '../../src/twin/cluster.ts';
import { type Api, nodeAnswers, startApi, token } from '../api-server.ts';
import { ClusterProject } from './project.ts';

const project = new ClusterProject();
project.run(['all']);

/** The nodes of the project, in this process. */
const hardware = { memory: 4096, disks: [], gpus: 0, address: '10.0.0.11/24', gateway: '10.0.0.1' };
const stateFile = join(project.root, '.cache', 'twin', 'cluster.json');
const names = ['pve1', 'pve2', 'pve3'];
const cluster: TwinCluster = openTwinCluster({
  ...{ stateFile, nodes: Object.fromEntries(names.map((node) => [node, { ...hardware, node }])) },
});
const servers = new Map<string, Api>();
for (const name of names) servers.set(name, await startApi(nodeAnswers(cluster.node(name))));
after(() => Promise.all([...servers.values()].map((server) => server.stop())));

const server = (name: string) => servers.get(name) as Api;
const apiAt = ({ url, fingerprint }: Api) =>
  `api: { url: '${url}', token: { secret: 'env:PHX_API' }, fingerprint: '${fingerprint}' }`;
const apiOf = (name: string) => apiAt(server(name));

/** Of the nodes the single one of a project of its own. */
const alone = new ClusterProject();
rmSync(join(alone.root, 'config', 'nodes'), { recursive: true });
for (const name of readdirSync(join(alone.root, 'config', 'guests'))) {
  const path = join(alone.root, 'config', 'guests', name);
  const keys = /\b(node|migrate): '\w+',?|\b(place|ha): \{.*?\},?/g;
  writeFileSync(path, readFileSync(path, 'utf8').replace(keys, ''));
}

/** Nobody listens there, and nothing of this machine's own ssh_config counts. */
const closed = await new Promise<number>((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const address = probe.address();
    probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
  });
});
for (const each of [project, alone])
  each.write('ssh_config', `Host *\n  HostName 127.0.0.1\n  Port ${closed}\n`);
const ssh = "ssh: 'root@node', config: 'ssh_config'";

/** All that was ever printed here. */
let printed = '';

/** The program in this very process, so that the servers can answer it. */
async function phx(nodes: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const place = nodes.includes('cluster: true') ? project : alone;
  const plain = readFileSync(join(place.root, 'phoenixfile.ts'), 'utf8');
  const text = plain.replace(/ {2}(cluster: true,\s+)?nodes: \{[\s\S]*?\n {2}\},\n/, `${nodes}\n`);
  assert.notEqual(text, plain);
  const told = { out: '', err: '' };
  const terminal = (to: 'out' | 'err') => ({
    write: (more: string) => {
      told[to] += more;
    },
    ...{ columns: 80, isTTY: false, colour: false },
  });
  const never = () => new AbortController().signal;
  const io: Io = {
    ...{ cwd: place.root, pid: process.pid, hostname: 'here', interactive: false, clock: Date.now },
    env: { PATH: process.env.PATH, HOME: place.root, PHX_API: token, ...env },
    ...{ out: terminal('out'), err: terminal('err') },
    sleep: async (ms, signal) => void (await wait(ms, undefined, signal ? { signal } : {})),
    ask: () => Promise.reject(new Error('nobody can be asked here')),
    lines: () => assert.fail('nothing is typed here'),
    stop: { drain: never(), abort: never() },
  };
  place.write('phoenixfile.ts', text);
  try {
    const ended = await parse(io, words, '0').catch((error) => explain(io, error, words));
    return { ...told, code: typeof ended === 'number' ? ended : exitCodes[ended] };
  } finally {
    place.write('phoenixfile.ts', plain);
    printed += told.out + told.err;
  }
}

const three = (pve1: string, pve2: string, pve3: string) =>
  `  cluster: true,\n  nodes: { pve1: { ${pve1} }, pve2: { ${pve2} }, pve3: { ${pve3} } },`;
const single = (node: string) => `  nodes: { pve2: { ${node} } },`;

async function states(nodes: string, host: string) {
  const { code, out, err } = await phx(nodes, ['status', '--host', host, '--json']);
  assert.equal(code, 0, err);
  const page = JSON.parse(out);
  const rows: [string, string][] = page.targets.map((row: { target: string; state: string }) => [
    row.target,
    row.state,
  ]);
  return { ...page, states: Object.fromEntries(rows) };
}

test('where no ssh comes through, phx status tells what the APIs do: of the node itself, or of another one', async () => {
  const page = await states(three(`${ssh}, ${apiOf('pve1')}`, ssh, apiOf('pve3')), 'cluster');
  assert.deepEqual(page.states, {
    ...{ hypervisor: 'up (by its API)', 'hypervisor:pve1': 'up (by its API)' },
    ...{ 'hypervisor:pve2': 'up (by the API of pve1)', 'hypervisor:pve3': 'up (by its API)' },
    'ctid:101': 'running on pve1 (by its API)',
    'ctid:102': 'running on pve2 (by the API of pve1)',
    'ctid:103': 'running on pve3 (by its API)',
    'ctid:110': 'running on pve2 (by the API of pve1)',
    'vmid:201': 'running on pve1 (by its API)',
  });
  assert.match(page.host, /^by the API of pve1, pve3: .*cannot be reached/);
});

test('a node that is off is down by the API of another one, and its guests are unknown', async () => {
  const dark = cluster.fork();
  dark.down('pve2');
  const other = await startApi(nodeAnswers(dark.node('pve1')));
  const page = await states(three(apiAt(other), ssh, ssh), 'cluster');
  assert.equal(page.states['hypervisor:pve2'], 'down (by the API of pve1)');
  assert.equal(page.states['ctid:102'], 'unknown on pve2');
  assert.equal(page.states['ctid:101'], 'running on pve1 (by its API)');
  await other.stop();
});

test('beside nodes within reach only those are asked about that are not', async () => {
  const away = { title: 'pve2 cannot be reached', facts: [] };
  const hosts = new Map<string, Host | Problem>([
    ['pve1', cluster.node('pve1')],
    ['pve2', away],
    ['pve3', cluster.node('pve3')],
  ]);
  const seen = await Cluster.begin({ hosts, scopesOf: () => [] });
  const { url, fingerprint, asked } = server('pve1');
  const open = async () =>
    new NodeApi({
      label: 'pve1',
      url,
      fingerprint,
      token: { reveal: () => token },
      sleep: (ms, signal) => wait(ms, undefined, { signal }),
    });
  const apis = { nodes: names, all: new Map([['pve1', open]]), close: async () => {} };
  const heard = await hearOfAway({ cluster: seen }, apis);
  const guest = seen.primary.facts.current().guests.get(102);
  assert.equal(guest?.unknown, true);
  assert.equal(guestWords(102, guest?.node ?? '', heard), 'running on pve2 (by the API of pve1)');
  assert.equal(nodeWords('pve2', heard), 'up (by the API of pve1)');
  const before = asked.length;
  const whole = await Cluster.begin({
    hosts: new Map(names.map((name) => [name, cluster.node(name)])),
    scopesOf: () => [],
  });
  assert.equal((await hearOfAway({ cluster: whole }, apis)).told.size, 0);
  assert.equal(asked.length, before, 'nobody is away');
});

test('each API is asked once, however many are away; one that fails is told, and the next one asked', async () => {
  let times = 0;
  const broken = async () => {
    times++;
    throw new Error('no token');
  };
  const resources = { nodes: new Map(names.map((name) => [name, true])), guests: new Map() };
  const api = { resources: async () => resources } as unknown as NodeApi;
  const heard = await hearOf(
    names,
    new Map([
      ['pve1', broken],
      ['pve2', async () => api],
    ]),
  );
  assert.deepEqual(
    [...heard.told].map(([node, { by }]) => [node, by]),
    names.map((name) => [name, 'pve2']),
  );
  assert.deepEqual([...heard.problems], [['pve1', { title: 'no token', facts: [] }]]);
  assert.equal(times, 1);
});

test('a single node with its API alone is looked at, and never changed', async () => {
  const page = await states(single(apiOf('pve2')), 'pve2');
  assert.equal(page.states['ctid:102'], 'running (by its API)');
  assert.equal(page.states['ctid:101'], 'absent', 'it lives elsewhere');
  assert.equal(page.states.hypervisor, 'up (by its API)');
  const text = await phx(single(apiOf('pve2')), ['status', '--host', 'pve2']);
  assert.match(
    text.out,
    /^phx · by the API of pve2: there is no other way\n {2}hypervisor {2}up \(by its API\)\n/,
  );
  assert.match(text.out, /^ {2}ctid:102 {4}running \(by its API\)$/m);
  for (const words of [
    ['run', 'ctid:102'],
    ['plan', 'ctid:102'],
    ['exec', 'hypervisor', '--', 'true'],
  ]) {
    const { code, err, out } = await phx(single(apiOf('pve2')), [
      ...words.slice(0, 1),
      '--host',
      'pve2',
      ...words.slice(1),
    ]);
    assert.equal(code, 8, out);
    assert.match(err, /Node pve2 is only looked at, by its API[\s\S]*root over ssh[\s\S]*ssh: 'root@…'/);
  }
  assert.ok(!existsSync(join(alone.root, '.cache', 'run.lock')));
});

test('a cluster with APIs alone is looked at, and never changed', async () => {
  const all = three(apiOf('pve1'), apiOf('pve2'), apiOf('pve3'));
  const { code, err } = await phx(all, ['run', 'all', '--host', 'cluster']);
  assert.equal(code, 8);
  assert.match(err, /Node pve1 is only looked at, by its API/);
  assert.equal((await states(all, 'cluster')).states['ctid:102'], 'running on pve2 (by its API)');
  const one = await states(all, 'pve3');
  assert.deepEqual(
    [one.states['hypervisor:pve1'], one.states['hypervisor:pve3']],
    ['out of reach', 'up (by its API)'],
    'the others were left out',
  );
});

test('a guest that the token may not see is unknown, and not absent', async () => {
  const shy = await startApi(
    nodeAnswers(cluster.node('pve2'), { '/': ['Sys.Audit'], '/vms/110': ['VM.Audit'] }),
  );
  const page = await states(single(apiAt(shy)), 'pve2');
  assert.deepEqual([page.states['ctid:102'], page.states['ctid:110']], ['unknown', 'running (by its API)']);
  await shy.stop();
});

test('phx tasks has one answer by pvesh and by the APIs, also by that of another node', async () => {
  const asked = async (nodes: string, ...words: string[]) => {
    const { code, out, err } = await phx(nodes, ['tasks', '--json', ...words]);
    assert.equal(code, 0, err);
    return JSON.parse(out);
  };
  const simulated = three(ssh, ssh, ssh);
  for (const words of [[], ['ctid:110'], ['hypervisor:pve2', '-n', '3'], ['--running']]) {
    const own = await asked(simulated, '--host', 'twin', ...words);
    const byApi = three(apiOf('pve1'), `${ssh}, ${apiOf('pve2')}`, ssh);
    assert.deepEqual(await asked(byApi, '--host', 'cluster', ...words), own, words.join(' '));
    if (words.includes('--running')) assert.deepEqual(own.tasks, []);
    else assert.ok(own.tasks.length >= 2 && own.away.length === 0, words.join(' '));
  }
  const { out } = await phx(single(apiOf('pve2')), ['tasks', 'ctid:102', '--host', 'pve2']);
  assert.match(out, /UTC +[\d.]+s {2}pve2 {2}vzstart +102 {2}root@pam {2}OK\n/);
});

test('a node that nobody can ask makes the answer of phx tasks a part, which is said', async () => {
  const { code, out, err } = await phx(three(apiOf('pve1'), ssh, ssh), ['tasks', '--host', 'pve3']);
  assert.deepEqual([code, out], [1, 'no task\n']);
  assert.match(err, /pve3: pve3 cannot be reached/);
  const wrong = await phx(three(ssh, ssh, ssh), ['tasks', 'ctid']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /There are no tasks of ctid/);
  const nowhere = await phx(three(ssh, ssh, ssh), ['tasks', '--host', 'pve9']);
  assert.match(nowhere.err, /The cluster has no node pve9/);
});

test('a token that is missing, is none, or is another one, is told; another certificate ends it', async () => {
  const one = single(`${ssh}, ${apiOf('pve2')}`);
  const words = ['tasks', '--host', 'pve2'];
  const none = await phx(one, words, { PHX_API: token.replace('!', '=') });
  assert.match(none.err, /The token for the API of pve2 is not written like one[\s\S]*env:PHX_API/);
  const empty = await phx(one, words, { PHX_API: '' });
  assert.match(empty.err, /env:PHX_API is empty/);
  const other = await phx(one, words, { PHX_API: token.replace(/[0-9a-f]{4}$/, '0000') });
  assert.match(other.err, /does not take the token/);
  const swapped = one.replace(server('pve2').fingerprint, server('pve1').fingerprint);
  const stranger = await phx(swapped, words);
  assert.match(
    stranger.err,
    new RegExp(`wanted +${server('pve1').fingerprint}\\n +shown +${server('pve2').fingerprint}`),
  );
  const unseen = await phx(swapped, ['status', '--host', 'pve2']);
  assert.match(unseen.err, /another certificate[\s\S]*pve2 cannot be reached/);
  assert.match(unseen.err, /api +phx status and phx tasks ask it; what changes the node needs root over ssh/);
  for (const { code } of [none, empty, other, stranger, unseen]) assert.equal(code, 1);
});

test('a token in the phoenixfile is refused, and not kept', async () => {
  const held = single(apiOf('pve2').replace("{ secret: 'env:PHX_API' }", `'${token}'`));
  const { code, err } = await phx(held, ['status', '--host', 'pve2']);
  assert.equal(code, 3);
  assert.match(err, /nodes\.pve2\.api\.token is \{ secret: 'env:PHX_API' \}/);
});

test('the token is in nothing that was printed or written', () => {
  const value = token.slice(token.indexOf('=') + 1);
  assert.ok(printed.length > 1000);
  assert.ok(!printed.includes(value));
  const files = [project, alone].flatMap(({ root }) =>
    readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
  );
  const own = files.filter(({ parentPath }) => !parentPath.includes('node_modules'));
  assert.ok(own.some(({ parentPath }) => parentPath.includes('.cache')));
  for (const { parentPath, name } of own)
    assert.ok(!readFileSync(join(parentPath, name), 'latin1').includes(value), name);
  for (const { asked } of servers.values()) assert.ok(asked.every(({ method }) => method === 'GET'));
});
