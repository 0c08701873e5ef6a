/** The shell functions that the scripts share, run by a real bash against fake tools in a scratch directory. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempFolder } from '../temp.ts';

const folder = fileURLToPath(new URL('../../templates/partials', import.meta.url));
const dir = tempFolder();
beforeEach(() => {
  for (const name of readdirSync(dir)) rmSync(join(dir, name), { recursive: true });
  mkdirSync(join(dir, 'bin'));
});

const library = ['base', 'apt', 'unit', 'secret', 'container']
  .map((name) => readFileSync(join(folder, `${name}.sh.hbs`), 'utf8'))
  .join('\n')
  .replace(/\{\{!--[\s\S]*?--\}\}/g, '')
  .replaceAll('/var/lib/phx', join(dir, 'phx'));

function run(script: string): { exit: number | null; out: string } {
  const text = `set -euo pipefail\ncd ${dir}\nPATH=${dir}/bin:$PATH\nsleep() { :; }\n(\n${library}\n${script}\n)\n`;
  const ended = spawnSync('bash', ['-c', text], { encoding: 'utf8' });
  return { exit: ended.status, out: ended.stdout + ended.stderr };
}

/** A tool that notes how it was called and then does as told. */
function fake(name: string, script = ''): () => string[] {
  writeFileSync(join(dir, 'bin', name), `#!/bin/bash\necho "$*" >>${dir}/${name}.log\n${script}\n`);
  chmodSync(join(dir, 'bin', name), 0o755);
  return () => {
    const log = join(dir, `${name}.log`);
    const calls = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
    rmSync(log, { force: true });
    return calls;
  };
}

test('put_file writes what differs, whole, with its mode', () => {
  const first = run("put_file sub/a 600 'one\n\n'; put_file sub/a 600 'one\n\n'");
  assert.equal(first.out, 'wrote sub/a\n');
  assert.equal(readFileSync(join(dir, 'sub/a'), 'utf8'), 'one\n\n');
  assert.equal(statSync(join(dir, 'sub/a')).mode & 0o777, 0o600);
  run("put_file sub/a 755 'one\n\n'");
  assert.equal(statSync(join(dir, 'sub/a')).mode & 0o777, 0o755);
  assert.deepEqual(readdirSync(join(dir, 'sub')), ['a']);
});

test('put_file replaces a file with text, mode and owner all at once', () => {
  const chown = fake(
    'chown',
    `[ ! -e ${dir}/refuse ] || exit 1; stat -c '%n %a' "$2" >>${dir}/seen; cat "$2" >>${dir}/seen`,
  );
  writeFileSync(join(dir, 'a'), 'old');
  run("put_file a 640 'new' web:adm");
  assert.deepEqual(chown(), ['web:adm a.phx-new', 'web:adm a']);
  assert.equal(
    readFileSync(join(dir, 'seen'), 'utf8'),
    'a.phx-new 600\nnewa 640\nnew',
    'nobody reads it before',
  );
  run("put_file a 640 'new' web:adm; put_file b 644 'x'");
  assert.deepEqual(chown(), ['web:adm a']);
  writeFileSync(join(dir, 'refuse'), '');
  assert.notEqual(run("put_file a 640 'newer' nobody-here").exit, 0);
  assert.equal(readFileSync(join(dir, 'a'), 'utf8'), 'new', 'not with another owner than asked for');
});

test('what others need is not removed', () => {
  fake('dpkg-query', 'for last; do :; done; case $last in gone) exit 1 ;; *) echo "installed 1" ;; esac');
  const plan = join(dir, 'plan');
  const apt = fake('apt-get', `case "$*" in *' -s '*) cat ${plan} ;; esac`);
  writeFileSync(plan, 'Remv a [1]\nRemv b [1]\n');
  assert.equal(run('apt_remove a b gone').exit, 0);
  assert.match(apt().at(-1) ?? '', /force-confold remove a b$/);
  writeFileSync(plan, 'Remv a [1]\nRemv mail-server [1]\n');
  assert.match(run('apt_remove a').out, /^a stays: needed by mail-server/);
  assert.equal(apt().length, 1, 'only looked');
  assert.equal(run('apt_remove gone').exit, 0);
  assert.deepEqual(apt(), []);
});

test('a program that hangs does not hang the wait', () => {
  fake('timeout', 'shift; "$@"');
  assert.equal(run("wait_for 5 'x' true; f() { :; }; wait_for 5 'y' f").exit, 0);
  const hung = run("timeout() { echo bounded >>log; return 124; }; wait_for 0 'the moon' cat");
  assert.equal(hung.exit, 1);
  assert.equal(readFileSync(join(dir, 'log'), 'utf8'), 'bounded\n');
});

test('retry and wait_for end', () => {
  assert.equal(run('retry 3 false').exit, 1);
  assert.equal(run('n=0; f() { n=$((n + 1)); [ $n = 3 ]; }; retry 3 f; echo $n').out, '3\n');
  const waited = run("wait_for 0 'the moon' false");
  assert.equal(waited.exit, 1);
  assert.match(waited.out, /^phx: waited in vain for the moon/);
});

test('fetch keeps no file with another checksum', () => {
  fake('curl', 'while [ "$1" != -o ]; do shift; done; printf hello >"$2"');
  const sum = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
  assert.equal(run(`fetch http://x got ${'0'.repeat(64)} 2>/dev/null`).exit, 1);
  assert.deepEqual(readdirSync(dir).sort(), ['bin', 'curl.log']);
  assert.equal(run(`fetch http://x got ${sum}; fetch http://x got ${sum}`).exit, 0);
  assert.equal(readFileSync(join(dir, 'got'), 'utf8'), 'hello');
});

test('apt is asked only when a package or version is missing', () => {
  fake(
    'dpkg-query',
    'for last; do :; done; case $last in curl) echo "installed 8.5.0-2" ;; old) echo "config-files 1" ;; *) exit 1 ;; esac',
  );
  fake('dpkg');
  const apt = fake('apt-get');
  assert.equal(run('apt_install; apt_install curl curl=8.5.0-2 "curl=8.5.*"').exit, 0);
  assert.deepEqual(apt(), []);
  run('apt_install curl old new "curl=8.6.*"');
  const [update, install] = apt();
  assert.match(update ?? '', / update$/);
  assert.match(install ?? '', / --allow-downgrades old new curl=8\.6\.\*$/);
});

test('a unit is restarted once per change, also when the first try fails', () => {
  const state = join(dir, 'up');
  const systemctl = fake(
    'systemctl',
    `case $1 in is-active) [ -e ${state} ] ;; restart) [ ! -e ${dir}/broken ] && touch ${state} ;; esac`,
  );
  const restarts = () => systemctl().filter((call) => call.startsWith('restart')).length;
  writeFileSync(join(dir, 'conf'), 'one');
  assert.equal(run('settle_unit x conf').exit, 0);
  assert.equal(restarts(), 1);
  run('settle_unit x conf');
  assert.equal(restarts(), 0);
  writeFileSync(join(dir, 'conf'), 'two');
  writeFileSync(join(dir, 'broken'), '');
  assert.notEqual(run('settle_unit x conf').exit, 0);
  rmSync(join(dir, 'broken'));
  assert.equal(restarts(), 1);
  assert.equal(run('settle_unit x conf').exit, 0);
  assert.equal(restarts(), 1, 'the change was never put into effect, so it is tried again');
  rmSync(state);
  run('settle_unit x conf');
  assert.equal(restarts(), 1, 'a stopped unit is started');
});

test('a container is made anew only when its arguments change', () => {
  const label = join(dir, 'label');
  const docker = fake(
    'docker',
    `case "$1 $2" in
      'ps -q') [ ! -e ${label} ] || grep -qF "$(cat ${label})" <<<"$*" && [ -e ${label} ] && echo id || true ;;
      'ps -aq') [ ! -e ${label} ] || echo id ;;
      'image inspect') exit 1 ;;
      'run -d') for a; do case $a in phx.spec=*) echo "$a" >${label} ;; esac; done ;;
    esac`,
  );
  const verbs = () =>
    docker()
      .map((call) => call.split(' ')[0])
      .filter((verb) => !['info', 'image', 'ps'].includes(verb ?? ''));
  assert.equal(run('settle_container web img:1 -p 80:80 -- serve --x').exit, 0);
  assert.deepEqual(verbs(), ['pull', 'run']);
  assert.equal(run('settle_container web img:1 -p 80:80 -- serve --x').exit, 0);
  assert.deepEqual(verbs(), []);
  assert.equal(run('settle_container web img:1 -p 81:80 -- serve --x').exit, 0);
  const calls = docker();
  assert.deepEqual(calls.map((call) => call.split(' ')[0]).slice(-4), ['ps', 'stop', 'rm', 'run']);
  assert.match(
    calls.at(-1) ?? '',
    /^run -d --name web --label phx\.spec=\w{16} --restart unless-stopped -p 81:80 img:1 serve --x$/,
  );
});
