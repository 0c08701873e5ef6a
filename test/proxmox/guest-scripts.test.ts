/** The scripts that run inside guests, for real: layers applied by bash, questions answered by every shell. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { layersPath, parseLayers, printLayer } from '../../src/proxmox/guest-layer.ts';
import { guestProbeArgv, guestProbeScript, parseGuestProbe } from '../../src/proxmox/guest-probe.ts';
import { guestScriptArgv, printLayerScript } from '../../src/proxmox/guest-script.ts';
import { printTakeBack } from '../../src/proxmox/guest-uninstall.ts';
import { Bench, shells } from './shell.ts';

/** A guest whose /var/lib/phx lies below the bench's root. */
class Guest extends Bench {
  readonly layers = join(this.root, layersPath);

  apply(name: string, digest: string, body: string, origin = 950, uninstall?: string) {
    const back = uninstall === undefined ? {} : { uninstall };
    return this.send(printLayerScript({ layer: { name, digest, origin }, provides: [], body, ...back }));
  }

  takeBack(name: string) {
    return this.send(printTakeBack({ name, digest: '1', origin: 950, uninstall: true }));
  }

  send(script: string) {
    const here = script.replaceAll('/var/lib/phx', join(this.root, '/var/lib/phx'));
    assert.notEqual(here, script);
    return this.run(guestScriptArgv, here, { env: { TMPDIR: this.root } });
  }

  /** Names of the scripts that are kept. */
  get kept(): string[] {
    const folder = join(this.root, 'var/lib/phx/uninstall');
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  get lines(): string[] {
    return existsSync(this.layers) ? parseLayers(readFileSync(this.layers, 'utf8')).map(printLayer) : [];
  }
}

test('a layer leaves its line once; applied again it goes to the end', () => {
  const guest = new Guest();
  for (const name of ['feature:base', 'feature:docker', 'app:web']) guest.apply(name, '1', 'true');
  assert.deepEqual(guest.lines, ['feature:base 1 950', 'feature:docker 1 950', 'app:web 1 950']);
  assert.equal(guest.apply('feature:base', '2', 'true', 951).exit, 0);
  assert.equal(guest.apply('feature:base', '2', 'true', 951).exit, 0);
  assert.deepEqual(guest.lines, ['feature:docker 1 950', 'app:web 1 950', 'feature:base 2 951']);
  assert.deepEqual(readdirSync(join(guest.root, 'var/lib/phx')), ['layers']);
  assert.equal(statSync(join(guest.root, 'var/lib/phx')).mode & 0o777, 0o755);
});

for (const shell of shells) {
  test(`a layer written for any shell is applied by ${shell.join(' ')}; one that fails leaves no line`, () => {
    const guest = new Guest();
    const apply = (name: string, body: string) => {
      const text = printLayerScript({ layer: { name, digest: '1', origin: 950 }, provides: [], body });
      const here = text.replaceAll('/var/lib/phx', join(guest.root, '/var/lib/phx'));
      return guest.run([...shell, '-s'], here);
    };
    assert.equal(apply('identity', 'for one in a b; do echo "$one"; done').exit, 0);
    assert.notEqual(apply('feature:broken', 'false\ntrue').exit, 0);
    assert.deepEqual(guest.lines, ['identity 1 950']);
  });
}

test('the script that takes a layer back is kept beside its line, and for root alone', () => {
  const guest = new Guest();
  assert.equal(
    guest.apply('feature:docker', '1', 'true', 950, `echo "it's gone" >&2\nfalse || true`).exit,
    0,
  );
  assert.deepEqual(guest.lines, ['feature:docker 1 950 uninstall']);
  assert.deepEqual(guest.kept, ['feature:docker']);
  const folder = join(guest.root, 'var/lib/phx/uninstall');
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(join(folder, 'feature:docker')).mode & 0o777, 0o700);
  const ended = guest.takeBack('feature:docker');
  assert.deepEqual([ended.exit, ended.stderr, guest.lines, guest.kept], [0, "it's gone\n", [], []]);
});

test('a layer that lost its script is remembered without one; one that was never applied keeps none', () => {
  const guest = new Guest();
  guest.apply('feature:docker', '1', 'true', 950, 'true');
  guest.apply('feature:docker', '2', 'true');
  assert.deepEqual([guest.lines, guest.kept], [['feature:docker 2 950'], []]);
  assert.equal(guest.apply('feature:web', '1', 'false', 950, 'true').exit, 1);
  assert.deepEqual([guest.lines, guest.kept], [['feature:docker 2 950'], []]);
});

test('a script that cannot take its layer back leaves line and script, and the others alone', () => {
  const guest = new Guest();
  guest.apply('feature:docker', '1', 'true', 950, 'echo no >&2; exit 9');
  guest.apply('feature:docker-gpu', '1', 'true', 950, 'true');
  assert.equal(guest.takeBack('feature:docker').exit, 9);
  assert.deepEqual(guest.kept, ['feature:docker', 'feature:docker-gpu']);
  assert.equal(guest.takeBack('feature:docker-gpu').exit, 0);
  assert.deepEqual([guest.lines, guest.kept], [['feature:docker 1 950 uninstall'], ['feature:docker']]);
  assert.equal(guest.takeBack('feature:none').exit, 127, 'there is no script for it');
});

test('a name that begins like another is another layer', () => {
  const guest = new Guest();
  guest.apply('feature:docker-gpu', '1', 'true');
  guest.apply('feature:docker', '1', 'true');
  assert.deepEqual(guest.lines, ['feature:docker-gpu 1 950', 'feature:docker 1 950']);
});

test('a body that fails leaves no marker, keeps the others, and its exit code comes through', () => {
  const guest = new Guest();
  guest.apply('feature:base', '1', 'true');
  for (const [body, code] of [
    ['exit 7', 7],
    ['false\ntrue', 1],
    ['false | true', 1],
    ['echo "$undefined_variable"', 1],
    ['phx-no-such-program', 127],
    ['if then', 2],
  ] as const) {
    assert.equal(guest.apply('feature:docker', '1', body).exit, code, body);
    assert.deepEqual(guest.lines, ['feature:base 1 950'], body);
  }
  guest.apply('feature:base', '2', 'false');
  assert.deepEqual(guest.lines, ['feature:base 1 950'], 'a failed update dropped the former marker');
});

test('a body runs in a subshell of its own, without standard input, its output comes back', () => {
  const guest = new Guest();
  const body = 'cd /; umask 022; set +e\nread -r line || echo closed\necho "$DEBIAN_FRONTEND" >&2\n# the end';
  const ended = guest.apply('feature:odd', '1', body);
  assert.deepEqual([ended.exit, ended.stdout, ended.stderr], [0, 'closed\n', 'noninteractive\n']);
  assert.deepEqual(guest.lines, ['feature:odd 1 950']);
});

test('a body may hold what a shell reads: quotes, here-documents, dollars', () => {
  const guest = new Guest();
  const body = `cat <<'EOF'\n$HOME 'a' "b" \\\\ )\nEOF\necho "it's $((1 + 1))"`;
  const ended = guest.apply('feature:text', '1', body);
  assert.deepEqual([ended.exit, ended.stdout], [0, `$HOME 'a' "b" \\\\ )\nit's 2\n`]);
});

test('the program takes any script whole from standard input, passes its exit code on, leaves no file', () => {
  const bench = new Bench();
  const run = (script: string) => bench.run(guestScriptArgv, script, { env: { TMPDIR: bench.root } });
  for (const code of [0, 1, 42, 100]) assert.equal(run(`exit ${code}`).exit, code);
  const long = `${'# a comment that fills a pipe\n'.repeat(20_000)}cat; echo end`;
  assert.equal(run(long).stdout, 'end\n');
  assert.equal(run('[ -n "$BASH_VERSION" ] && stat -c %a "$0"').stdout, '600\n');
  assert.deepEqual(readdirSync(bench.root), []);
});

const tools = ['grep', 'cat', 'stat', 'awk', 'sh'];

function ask(bench: Bench, shell: readonly string[], ...questions: string[]): Map<string, string> {
  const argv = [...shell, ...guestProbeArgv(questions).slice(1)];
  const ended = bench.run(argv, guestProbeScript, { alone: true });
  assert.equal(ended.exit, 0, ended.stderr);
  const answers = parseGuestProbe(ended.stdout);
  assert.deepEqual([...answers.keys()], questions);
  return answers;
}

for (const shell of shells) {
  test(`files, packages, units and the boot time, asked by ${shell.join(' ')}`, () => {
    const bench = new Bench();
    bench.only(...tools);
    bench.program('dpkg-query', '[ "$4" = docker-ce ] && printf "%s" "5:28.1"');
    bench.program('systemctl', '[ "$3" = docker ]');
    bench.file('with blank', '');
    const there = `file:${join(bench.root, 'with blank')}`;
    const questions = [
      there,
      'file:/no/such',
      'package:docker-ce',
      'package:none',
      'unit:docker',
      'unit:none',
    ];
    const answers = ask(bench, shell, ...questions, 'boot', 'nonsense:x');
    assert.deepEqual([...answers.values()].slice(0, 6), ['yes', '', '5:28.1', '', 'active', '']);
    assert.match(answers.get('boot') ?? '', /^\d+$/);
    assert.equal(answers.get('nonsense:x'), '');
  });

  test(`address, route and names, asked by ${shell.join(' ')}`, () => {
    const bench = new Bench();
    bench.only(...tools);
    assert.deepEqual([...ask(bench, shell, 'address', 'route', 'dns').values()], ['', '', '']);
    bench.program(
      'ip',
      `case "$*" in
'-o addr show scope global') printf '2: eth0    inet 10.0.0.150/24 brd 10.0.0.255 scope global eth0\\n2: eth0    inet6 fd00::1/64 scope global\\n' ;;
'route show default') echo 'default via 10.0.0.1 dev eth0 onlink' ;;
esac`,
    );
    bench.program('getent', '[ "$1 $2" = "hosts deb.debian.org" ]');
    const answers = ask(bench, shell, 'address', 'route', 'dns');
    assert.deepEqual([...answers.values()], ['10.0.0.150/24', '10.0.0.1', 'yes']);
  });
}

test('a port is open while something listens on it, with ss and without', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  const question = `port:${port}`;
  const bare = new Bench();
  bare.only(...tools);
  const spoken = new Bench();
  spoken.only(...tools);
  spoken.program('ss', `[ "$1 $2" = "-Hltn sport = :${port}" ] && echo LISTEN; exit 0`);
  assert.equal(ask(bare, ['sh'], question).get(question), 'open');
  assert.deepEqual([...ask(spoken, ['sh'], question, 'port:1').values()], ['open', '']);
  await new Promise((resolve) => server.close(resolve));
  assert.equal(ask(bare, ['sh'], question).get(question), '');
});

test('a web page is asked for by curl, else by wget; no answer is no answer', () => {
  const curl = new Bench();
  curl.only(...tools);
  curl.program(
    'curl',
    'for url; do :; done; case $url in *ok) printf 204 ;; *bad) printf 503 ;; *) printf 000; exit 7 ;; esac',
  );
  const answers = ask(curl, ['sh'], 'http:http://h/ok', 'http:http://h/bad', 'http:http://h:1/none');
  assert.deepEqual([...answers.values()], ['204', '503', '']);
  const wget = new Bench();
  wget.only(...tools);
  wget.program('wget', 'for url; do :; done; [ "$url" = http://h/ok ]');
  assert.deepEqual([...ask(wget, ['sh'], 'http:http://h/ok', 'http:http://h/bad').values()], ['200', '']);
});

test('the layer that a guest names is the one in its layer file', () => {
  const guest = new Guest();
  guest.only(...tools);
  guest.apply('feature:base', 'aa', 'true');
  const script = guestProbeScript.replaceAll('/var/lib/phx', join(guest.root, '/var/lib/phx'));
  const { stdout } = guest.run(guestProbeArgv(['layer:feature:base', 'layer:feature']), script);
  assert.deepEqual(
    [...parseGuestProbe(stdout)],
    [
      ['layer:feature:base', 'aa'],
      ['layer:feature', ''],
    ],
  );
});
