/** The shipped checks as bash and jq run them, with docker, curl and the driver's tool played by small scripts. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCheckScript } from '../../src/proxmox/check-script.ts';
import { repository } from '../bench.ts';
import { Bench } from '../proxmox/shell.ts';

const folder = join(repository, 'templates', 'checks');
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');

const bench = new Bench();

/** Runs a check where these programs answer; the last argument of curl is the address. */
function check(name: string, args: readonly string[], programs: Readonly<Record<string, string>>) {
  for (const [program, script] of Object.entries(programs)) bench.program(program, script);
  const { PATH = '', LD_LIBRARY_PATH = '' } = process.env;
  const env = { PATH: `${bench.root}.bin:${PATH}`, LD_LIBRARY_PATH };
  const { exit, stdout, stderr } = bench.run(['bash', '-s', '--', ...args], textOf(name), { env });
  return `${exit}: ${(exit === 0 ? stdout : stderr).trim().split('\n').at(-1)}`;
}

/** curl whose answer is chosen by the address. */
const pages = (cases: string) =>
  `for last; do :; done; case $last in ${cases} *) echo "curl: no page $last" >&2; exit 22 ;; esac`;

test('Docker: a greeting, a name, the storage driver', () => {
  const hello = (docker: string) => check('docker-hello.sh', [], { docker });
  assert.equal(hello('echo; echo Hello from Docker!'), '0: a container was started, said hello and is gone');
  assert.match(hello('echo moin'), /^1: .*did not say hello/);
  assert.equal(hello('echo no daemon >&2; exit 1'), '1: no daemon');
  const network = (docker: string) => check('docker-network.sh', ['a.example'], { docker });
  assert.equal(network(''), '0: a container finds a.example and gets an answer');
  assert.match(network('case "$*" in *nslookup*) exit 1 ;; esac'), /^1: inside .* a\.example is not found/);
  assert.match(network('case "$*" in *wget*) exit 1 ;; esac'), /^1: inside .* a\.example does not answer/);
  assert.match(network('exit 125'), /^1: busybox.* cannot be started/);
  const storage = (docker: string) => check('docker-storage.sh', ['fuse-overlayfs'], { docker });
  assert.equal(storage('echo fuse-overlayfs'), '0: the storage driver is fuse-overlayfs');
  assert.equal(storage('echo vfs'), '1: the storage driver is vfs, not fuse-overlayfs');
});

test('a model: an answer, a vector, a text of half its context', () => {
  const chat = (curl: string) => check('chat-completion.sh', ['8000', 'm'], { curl });
  const answer = '{"choices":[{"message":{"content":"Hello.\\n"}}]}';
  assert.match(
    chat(pages(`*:8000/v1/chat/completions) printf '%s' '${answer}' ;;`)),
    /^0: m answered: Hello\./,
  );
  assert.match(chat('echo \'{"choices":[]}\''), /^1: no answer in/);
  assert.match(chat(pages('')), /^22: curl: no page/);
  const vector = (curl: string) => check('embedding.sh', ['8000', 'm'], { curl });
  assert.equal(vector('echo \'{"data":[{"embedding":[0.1,0.2]}]}\''), '0: m made a vector of 2 numbers');
  assert.match(vector('echo \'{"data":[{"embedding":[]}]}\''), /^1: no vector in/);
  const context = (kind: string, used: number) =>
    check('model-context.sh', ['8000', 'm', '100', kind], {
      curl: pages(
        `*/v1/models) echo '{"data":[{"id":"m","max_model_len":100}]}' ;; *completions|*embeddings) echo '{"usage":{"prompt_tokens":${used}}}' ;;`,
      ),
    });
  assert.equal(context('chat', 58), '0: m took 58 of 100 tokens');
  assert.equal(context('embedding', 58), '0: m took 58 of 100 tokens');
  assert.match(context('chat', 3), /^1: a text of half the context was not taken/);
  const models = 'echo \'{"data":[{"id":"m","max_model_len":64}]}\'';
  const other = (model: string) =>
    check('model-context.sh', ['8000', model, '100', 'chat'], { curl: models });
  assert.equal(other('m'), '1: the context of m is 64 tokens, not 100');
  assert.equal(other('n'), '1: the server does not offer n');
});

test('services: Portainer, Qdrant, Prometheus, the gateway', () => {
  const portainer = (docker: string) =>
    check('portainer.sh', ['9443'], { docker, curl: 'echo \'{"Version":"2.33.1"}\'' });
  assert.equal(
    portainer('echo portainer/portainer-ce:2'),
    '0: Portainer 2.33.1 runs as portainer/portainer-ce:2',
  );
  assert.equal(portainer(''), '1: no container portainer runs');
  const qdrant = (status: string) =>
    check('qdrant.sh', ['6333'], {
      curl: pages(
        `*/readyz) ;; */collections) echo '{"status":"${status}","result":{"collections":[{"name":"a"}]}}' ;;`,
      ),
    });
  assert.equal(qdrant('ok'), '0: Qdrant is ready and has 1 collections');
  assert.equal(qdrant('error'), '1: the collections are not told');
  const prometheus = (health: string) =>
    check('prometheus-targets.sh', ['9090'], {
      curl: `echo '{"data":{"activeTargets":[{"health":"up"},{"health":"${health}","scrapeUrl":"http://a","lastError":"refused"}]}}'`,
    });
  assert.equal(prometheus('up'), '0: 2 targets are reached');
  assert.equal(prometheus('down'), '1: not reached: http://a: refused');
  const gateway = (curl: string, nginx = '') => check('gateway.sh', ['/a', '/b'], { curl, nginx });
  assert.equal(gateway('printf 401'), '0: there is somebody behind each of 2 paths');
  assert.equal(gateway(pages('*/a) printf 502 ;; *) printf 200 ;;')), '1: nobody answers behind /a (502)');
  assert.equal(gateway('printf 200', 'echo "[emerg] no such host" >&2; exit 1'), '1: [emerg] no such host');
});

test('the cards, and what confines a container', () => {
  const gpu = (script: string) => check('gpu.sh', ['2'], { 'nvidia-smi': script });
  assert.equal(gpu('echo 580.76.05'), '1: 1 cards are seen, not 2');
  assert.equal(gpu(''), '1: 0 cards are seen, not 2');
  assert.equal(gpu('echo No devices were found; exit 6'), '1: No devices were found');
  // This machine has no driver: the text is compared with a file that is not there.
  assert.match(gpu('echo 1; echo 1'), /^1: the driver in here is 1, the node has another/);
  const confined = check('confined.sh', ['910'], {
    'lxc-info': 'echo self',
    cat: 'echo "lxc-910_</var/lib/lxc> (enforce)"',
  });
  assert.equal(confined, '0: container 910 is confined by lxc-910_</var/lib/lxc> (enforce)');
  const free = check('confined.sh', ['910'], { 'lxc-info': 'echo self', cat: 'echo unconfined' });
  assert.equal(free, '1: container 910 is not confined');
});

test('each says in its head what it needs', () => {
  for (const name of readdirSync(folder)) {
    const needs = parseCheckScript(textOf(name), ['1', '2', '3', '4']);
    assert.ok(needs && needs.length > 0, name);
    for (const need of needs) assert.match(need, /^(dns|(unit|port|file):\S+)$/, name);
  }
});
