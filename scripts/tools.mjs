/**
 * The real tools that some tests check our texts with, from Debian's packages: installed with CI=true, otherwise unpacked
 * into .cache/tools, never onto a person's machine. `node scripts/tools.mjs` fetches them and says what it has.
 */

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Program → the Debian package that it comes in. A test in test/real/<program>.test.ts needs that program. */
export const packageOf = {
  visudo: 'sudo',
  testparm: 'samba-common-bin',
  apparmor_parser: 'apparmor',
  ifquery: 'ifupdown2',
  'systemd-analyze': 'systemd',
  shellcheck: 'shellcheck',
  dnsmasq: 'dnsmasq-base',
  debootstrap: 'debootstrap',
  jq: 'jq',
  'cloud-init': 'cloud-init',
  genisoimage: 'genisoimage',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  // The version of the server is Debian's choice: this package needs it.
  postgres: 'postgresql',
  chromium: 'chromium',
  bash: 'bash',
  zsh: 'zsh',
  fish: 'fish',
};

/** Tests that are not named after the program that they need. */
export const programOf = {
  'debian-root': 'debootstrap',
  'postgres-program': 'postgres',
  'postgres-tls': 'postgres',
};

/** Tests that need more than the program that they are named after. */
export const alsoNeeds = { 'cloud-init': ['genisoimage'], sshd: ['ssh'] };

/**
 * Installing these would take over the machine, its network now or all of it at its next boot, or let others in: they are
 * unpacked everywhere.
 */
const neverInstalled = ['ifquery', 'cloud-init', 'sshd', 'postgres'];

/** As root these need a namespace of their own, to change nothing of the machine. */
const inNamespaces = ['debootstrap', 'sshd'];

const folder = resolve('.cache', 'tools');
const root = join(folder, 'root');
const bins = ['usr/sbin', 'usr/bin', 'sbin', 'bin'].map((path) => join(root, path));

/** Where Debian has the programs of PostgreSQL, on the machine and unpacked, of whichever version. */
function postgresBins() {
  return ['/', root].flatMap((at) => {
    const versions = join(at, 'usr', 'lib', 'postgresql');
    return existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, 'bin')) : [];
  });
}

const run = (command, args, options = {}) => spawnSync(command, args, { encoding: 'utf8', ...options });

/** What a process needs to find the unpacked programs and their libraries. */
export function toolEnvironment() {
  const lib = join(root, 'usr', 'lib');
  const own = existsSync(lib) ? readdirSync(lib).filter((name) => name.endsWith('-linux-gnu')) : [];
  const libraries = [
    join(root, 'usr', 'libexec', 'sudo'),
    ...own.flatMap((name) => [join(lib, name), join(lib, name, 'samba'), join(lib, name, 'pulseaudio')]),
  ];
  return {
    PATH: [process.env.PATH, '/usr/sbin', '/sbin', ...postgresBins(), ...bins].join(delimiter),
    LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, ...libraries].filter(Boolean).join(delimiter),
    PYTHONPATH: join(lib, 'python3', 'dist-packages'),
    PHX_TOOLS_ROOT: root,
    ...(existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_FILE: join(folder, 'fonts.conf') }),
  };
}

/** Why this machine cannot run a program that is there; undefined when it can. */
export function whyNot(program) {
  const root = process.getuid?.() === 0;
  if (program === 'debootstrap' && !root) return 'a system in a folder is made and entered by root only';
  if (root && inNamespaces.includes(program)) {
    const entered = run('unshare', ['--mount', '--pid', '--net', '--fork', '--kill-child', 'true']);
    if (entered.status !== 0) return 'this machine does not permit namespaces of its own (unshare)';
  }
  if (!isThere(program)) return `there is no ${program} on this machine`;
  return program === 'postgres' && root ? whyNotPostgres() : undefined;
}

/** It refuses root: there it runs as nobody, who has to be able to read it. */
function whyNotPostgres() {
  const env = { ...process.env, ...toolEnvironment() };
  const asNobody = run(
    'setpriv',
    ['--reuid=65534', '--regid=65534', '--clear-groups', 'postgres', '--version'],
    { env },
  );
  return asNobody.status === 0 ? undefined : 'nobody may not run postgres on this machine, and root must not';
}

/** The programs that are still missing after all that could be done. */
export function provideTools(wanted = Object.keys(packageOf)) {
  const lacking = () => wanted.filter((program) => whyNot(program) !== undefined);
  if (lacking().length === 0) return [];
  if (run('apt-get', ['--version']).status !== 0) return lacking();
  if (process.env.CI === 'true') install(lacking().filter((program) => !neverInstalled.includes(program)));
  if (lacking().length > 0) unpack(lacking());
  return lacking();
}

function isThere(program) {
  const { PATH } = toolEnvironment();
  return PATH.split(delimiter).some((path) => path !== '' && existsSync(join(path, program)));
}

function install(programs) {
  if (programs.length === 0) return;
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => {
    const [command, ...rest] = [...asRoot, 'apt-get', ...args];
    return run(command, rest, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', ...programs.map((program) => packageOf[program]));
}

/** With lists and a cache of our own, so that neither root nor the machine's lists are needed. */
function unpack(programs) {
  const lists = join(folder, 'lists');
  const debs = join(folder, 'debs');
  for (const path of [join(lists, 'partial'), debs, root]) mkdirSync(path, { recursive: true });
  const own = [
    ...['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache::Archives=${debs}`],
    ...['-o', 'APT::Sandbox::User=', '-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache='],
  ];
  run('apt-get', [...own, 'update', '-qq']);
  for (const program of programs) {
    const asked = run('apt-get', [...own, 'install', '-s', '--no-install-recommends', packageOf[program]]);
    const names = [...asked.stdout.matchAll(/^Inst (\S+) /gm)].map(([, name]) => name);
    if (names.length > 0) run('apt-get', [...own, 'download', '-qq', ...names], { cwd: debs });
  }
  for (const deb of readdirSync(debs).filter((name) => name.endsWith('.deb')))
    run('dpkg-deb', ['-x', join(debs, deb), root]);
  for (const bin of bins.filter((path) => existsSync(path))) relink(bin);
  relocate(join(root, 'usr', 'share', 'ifupdown2', 'ifupdown'));
  writeFileSync(join(folder, 'fonts.conf'), fontsConf);
}

/** Where a browser finds the fonts that were unpacked with it, on a machine that has none. */
const fontsConf = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(root, 'usr', 'share', 'fonts')}</dir><cachedir>${join(folder, 'fonts')}</cachedir></fontconfig>
`;

/** ifupdown2 names the folders of its own files in its source; in our copy they lie elsewhere. */
function relocate(modules) {
  if (!existsSync(modules)) return;
  for (const name of ['config.py', 'policymanager.py']) {
    const path = join(modules, name);
    const own = readFileSync(path, 'utf8').replace(
      /'(\/(?:etc\/network|usr\/share)\/ifupdown2)/g,
      `'${root}$1`,
    );
    writeFileSync(path, own);
  }
}

/** Links of a package point to where it would be installed: here, to where it was unpacked, and can be run. */
function relink(bin) {
  for (const entry of readdirSync(bin, { withFileTypes: true })) {
    const path = join(bin, entry.name);
    if (!entry.isSymbolicLink() || !readlinkSync(path).startsWith('/')) continue;
    const target = join(root, readlinkSync(path));
    rmSync(path);
    symlinkSync(target, path);
    if (existsSync(target)) chmodSync(realpathSync(target), 0o755);
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const missing = provideTools();
  for (const program of Object.keys(packageOf))
    console.log(`${missing.includes(program) ? '✗' : '✓'} ${program} (${packageOf[program]})`);
  process.exitCode = missing.length > 0 ? 1 : 0;
}
