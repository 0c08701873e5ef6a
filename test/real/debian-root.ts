/**
 * A real Debian in a folder, for scripts that guests are sent: made once by debootstrap from the archive that this machine
 * uses itself, kept in .cache/tools, entered as a copy. No init runs in it: a stub notes what systemctl is asked to do.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guestScriptArgv } from '../../src/proxmox/guest-script.ts';
import { repository } from '../bench.ts';
import { tempFolder } from '../temp.ts';

const minutes = 60_000;
const tools = join(repository, '.cache', 'tools');
/** Counts up whenever the root is made in another way. */
const edition = 1;

const search = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function must(argv: readonly string[], env: Record<string, string> = {}): string {
  const [program = '', ...args] = argv;
  const ended = spawnSync(program, args, {
    ...{ encoding: 'utf8', timeout: 10 * minutes, maxBuffer: 64 * 1024 * 1024 },
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...env },
  });
  assert.equal(ended.error, undefined, `${program}: ${ended.error?.message}`);
  assert.equal(
    ended.status,
    0,
    `${argv.join(' ')}\n${ended.stdout.slice(-2000)}${ended.stderr.slice(-2000)}`,
  );
  return ended.stdout;
}

/** Where this machine's own apt gets its packages: uri, suite and component, of its release alone. */
function archives(): { uri: string; suite: string; component: string }[] {
  const format = '$(CREATED_BY) $(REPO_URI) $(CODENAME) $(COMPONENT)';
  const lines = must(['apt-get', 'indextargets', '--format', format]).split('\n');
  const all = lines.flatMap((line) => {
    const [kind, uri = '', suite = '', component = ''] = line.split(' ');
    return kind === 'Packages' ? [{ uri, suite, component }] : [];
  });
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  const own = all.filter(({ suite }) => suite === release || suite.startsWith(`${release}-`));
  assert.ok(own.length > 0, `apt knows no archive of ${release}`);
  return own;
}

/** The one root that all copies are made of. */
function pristine(): string {
  const from = archives();
  const first = from.find(({ suite, component }) => !suite.includes('-') && component === 'main');
  assert.ok(first, 'apt knows no main archive of this release');
  const path = join(tools, `debian-${first.suite}-${edition}`);
  if (existsSync(path)) return path;
  const half = `${path}.half`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(tools, { recursive: true });
  const unpacked = join(tools, 'root', 'usr', 'share', 'debootstrap');
  const options = ['--variant=minbase', '--include=ca-certificates,iproute2'];
  must(
    ['debootstrap', ...options, first.suite, half, first.uri],
    existsSync(unpacked) ? { DEBOOTSTRAP_DIR: unpacked } : {},
  );
  const lines = from.map(({ uri, suite, component }) => `deb ${uri} ${suite} ${component}\n`);
  writeFileSync(join(half, 'etc/apt/sources.list'), lines.join(''));
  const settings = must(['apt-config', 'dump']).split('\n');
  const kept = settings.filter((line) => /^Acquire::(https?::Proxy|Check-|ForceIPv)/.test(line));
  writeFileSync(join(half, 'etc/apt/apt.conf.d/90machine'), kept.map((line) => `${line}\n`).join(''));
  writeFileSync(join(half, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  writeFileSync(join(half, 'usr/local/bin/systemctl'), stub, { mode: 0o755 });
  renameSync(half, path);
  return path;
}

/** Units run when they were started, and stop when they are told to. */
const stub = `#!/bin/sh
echo "$*" >>/var/log/systemctl
mkdir -p /run/stub
for unit; do :; done
case $1 in
  is-active) [ -e "/run/stub/$unit" ] ;;
  start | restart) touch "/run/stub/$unit" ;;
  reload) [ -e "/run/stub/$unit" ] ;;
  disable | stop) rm -f "/run/stub/$unit" ;;
  cat) [ -e "/etc/systemd/system/$unit.service" ] ;;
esac
`;

export class DebianRoot {
  readonly path = join(tempFolder(), 'root');

  constructor() {
    const from = pristine();
    must(['cp', '-a', '--reflink=auto', from, this.path]);
    if (existsSync('/etc/resolv.conf')) cpSync('/etc/resolv.conf', join(this.path, 'etc/resolv.conf'));
  }

  /** Runs an argv in it, in namespaces of its own; \`alone\`: with no network but its own loopback. */
  run(argv: readonly string[], stdin = '', alone = false): { exit: number | null; said: string } {
    const enter =
      'mount -t proc proc "$0/proc" && { [ "$1" = no ] || ip link set lo up; } && shift && exec chroot "$0" "$@"';
    const names = ['--mount', '--pid', '--fork', '--kill-child', ...(alone ? ['--net'] : [])];
    const inside = ['env', '-i', `PATH=${search}`, 'HOME=/root', ...argv];
    const outside = ['sh', '-c', enter, this.path, alone ? 'yes' : 'no', ...inside];
    const ended = spawnSync('unshare', [...names, ...outside], {
      ...{ encoding: 'utf8', input: stdin, timeout: 8 * minutes, maxBuffer: 64 * 1024 * 1024 },
      env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C.UTF-8' },
    });
    assert.equal(ended.error, undefined, ended.error?.message);
    return { exit: ended.status, said: `${ended.stdout}${ended.stderr}` };
  }

  /** A line of shell that has to end well; what it said. */
  sh(line: string, alone = false): string {
    const { exit, said } = this.run(['bash', '-c', line], '', alone);
    assert.equal(exit, 0, `${line}\n${said}`);
    return said.trim();
  }

  /** A script as phx sends it. */
  send(script: string, alone = false): string {
    const { exit, said } = this.run(guestScriptArgv, script, alone);
    assert.equal(exit, 0, said.slice(-3000));
    return said;
  }

  /** From now on: what \`since\` tells. */
  mark(): void {
    writeFileSync(join(this.path, 'var/log/systemctl'), '');
    this.sh('touch /var/log/mark');
  }

  /** Files that were written since the mark, besides the markers of the layer itself; and what units were told. */
  since(): string[] {
    const spared = ['/proc', '/run', '/tmp', '/var/log', '/var/lib/phx/uninstall'];
    const prune = spared.map((path) => `-path ${path}`).join(' -o ');
    const files = this.sh(
      `find / \\( ${prune} \\) -prune -o \\( -type f -o -type l \\) -newer /var/log/mark ! -path /var/lib/phx/layers -print`,
    );
    const told = readFileSync(join(this.path, 'var/log/systemctl'), 'utf8').split('\n');
    const changing = told.filter((line) => /^(re)?(start|load)|^stop|^disable/.test(line));
    return [...files.split('\n'), ...changing].filter((line) => line !== '');
  }
}
