/** `apt-get` and `dpkg-query` on the node, from documentation: packages become installed; only impossible names are refused. */

import { kernelPackage } from './boot.ts';
import { type Call, refuse, type Work } from './call.ts';
import { dirOf, exists, makeDirs, putFile } from './files.ts';
import { workTime } from './latency.ts';
import { nodeHas } from './node-files.ts';
import { packageContents } from './packaged.ts';
import type { TwinState } from './state.ts';

/** Versions of packages that matter; any other one gets `1.0-1`. */
const versions: Readonly<Record<string, string>> = {
  'pve-headers': '8.4.0',
  'proxmox-default-headers': '1.1.0',
  'intel-microcode': '3.20250211.1~deb12u1',
  'amd64-microcode': '3.20240820.1~deb12u1',
  'nfs-kernel-server': '1:2.6.2-4+deb12u1',
  samba: '2:4.17.12+dfsg-0+deb12u1',
  'samba-common': '2:4.17.12+dfsg-0+deb12u1',
  'samba-common-bin': '2:4.17.12+dfsg-0+deb12u1',
  dnsmasq: '2.90-4~deb12u1',
  'dnsmasq-base': '2.90-4~deb12u1',
  'nfs-common': '1:2.6.2-4+deb12u1',
  sudo: '1.9.13p3-1+deb12u1',
  chrony: '4.3-2+deb12u1',
};

const lists = 'Reading package lists...\nBuilding dependency tree...\nReading state information...\n';

export function* apt(call: Call): Work {
  const words = call.args.filter(
    (arg, at) => !arg.startsWith('-') && !['-o', '-c', '-t'].includes(call.args[at - 1] ?? ''),
  );
  const [verb, ...names] = words;
  switch (verb) {
    case 'update':
      yield workTime('apt-get update');
      call.out('Hit:1 http://deb.debian.org/debian bookworm InRelease\nReading package lists...\n');
      return;
    case 'dist-upgrade':
    case 'full-upgrade':
    case 'upgrade':
      yield* upgrade(call, verb !== 'upgrade');
      return;
    case 'install':
    case 'reinstall':
      yield* install(call, names);
      return;
    case 'remove':
    case 'purge':
      yield workTime('apt-get install');
      remove(call, names);
      return;
    case 'autoremove':
    case 'clean':
    case 'autoclean':
      call.out(lists);
      return;
    default:
      refuse(`E: Invalid operation ${verb ?? ''}`, 100);
  }
}

/** Installs what waits in the state; plain `upgrade` leaves out what would be new. `-s` only tells. */
function* upgrade(call: Call, withNew: boolean): Work {
  const dry = call.args.some((arg) =>
    ['-s', '--simulate', '--dry-run', '--just-print', '--no-act'].includes(arg),
  );
  if (!dry) yield workTime('apt-get dist-upgrade');
  const { state } = call;
  const waiting = Object.entries(state.upgrades ?? {});
  const wanted = waiting.filter(([name]) => withNew || state.packages[name] !== undefined);
  const fresh = wanted.filter(([name]) => state.packages[name] === undefined).length;
  const held = waiting.length - wanted.length;
  call.out(
    `${lists}Calculating upgrade...\n${wanted.length - fresh} upgraded, ${fresh} newly installed, 0 to remove and ${held} not upgraded.\n`,
  );
  for (const [name, version] of wanted) {
    const before = state.packages[name];
    if (dry) {
      call.out(
        `Inst ${name}${before === undefined ? '' : ` [${before}]`} (${version} Debian:stable [amd64])\n`,
      );
      continue;
    }
    call.out(`Setting up ${name} (${version}) ...\n`);
    state.packages[name] = version;
    kernelPackage(state, name, true);
    delete state.upgrades?.[name];
  }
}

function* install(call: Call, names: readonly string[]): Work {
  call.out(lists);
  const wanted = names.map((name) => parsePackage(call, name));
  const missing = wanted.filter(({ name }) => call.state.packages[name] === undefined);
  if (missing.length > 0) yield workTime('apt-get install');
  const { packages } = call.state;
  for (const { name, version } of wanted) {
    if (packages[name] !== undefined && version === undefined) {
      call.out(`${name} is already the newest version (${packages[name]}).\n`);
      continue;
    }
    packages[name] = version ?? versions[name] ?? '1.0-1';
    kernelPackage(call.state, name, true);
    bring(call.state, name);
    if (/^nvidia-(driver|open|kernel-dkms|open-kernel-dkms)$/.test(name))
      call.state.nvidia.installed ??= '550.163.01';
    call.out(`Setting up ${name} (${packages[name]}) ...\n`);
  }
  call.out(`0 upgraded, ${missing.length} newly installed, 0 to remove and 0 not upgraded.\n`);
}

/** What comes with a package: what it needs, files that are not there yet, units started and enabled. */
function bring(state: TwinState, name: string): void {
  const content = packageContents[name];
  for (const other of content?.needs ?? [])
    if (state.packages[other] === undefined) {
      state.packages[other] = versions[other] ?? '1.0-1';
      bring(state, other);
    }
  for (const dir of content?.dirs ?? []) makeDirs(state.files, dir);
  for (const [path, { text, mode }] of Object.entries(content?.files ?? {}))
    if (!exists(state.files, path)) {
      makeDirs(state.files, dirOf(path));
      putFile(state.files, path, text, mode);
    }
  for (const unit of content?.units ?? []) state.units[unit] = { active: true, enabled: true };
}

/** `name`, `name=version`, `name:arch`, `name/suite` or a `.deb` file. */
function parsePackage(call: Call, word: string): { name: string; version?: string } {
  if (word.endsWith('.deb')) {
    if (!nodeHas(call.state, word, 'file')) refuse(`E: Unsupported file ${word} given on commandline`, 100);
    const [name = '', version] = word
      .replace(/^.*\//, '')
      .replace(/\.deb$/, '')
      .split('_');
    return { name, version: version ?? '1.0-1' };
  }
  const match = /^([a-z0-9][a-z0-9+.-]+)(?::[a-z0-9]+)?(?:=([\w.+:~-]+)|\/[\w-]+)?$/.exec(word);
  if (!match) return refuse(`E: Unable to locate package ${word}`, 100);
  return { name: match[1] ?? '', ...(match[2] ? { version: match[2] } : {}) };
}

function remove(call: Call, names: readonly string[]): void {
  call.out(lists);
  for (const name of names) {
    if (call.state.packages[name] === undefined)
      call.out(`Package '${name}' is not installed, so not removed\n`);
    else call.out(`Removing ${name} (${call.state.packages[name]}) ...\n`);
    delete call.state.packages[name];
    kernelPackage(call.state, name, false);
    for (const unit of packageContents[name]?.units ?? []) delete call.state.units[unit];
  }
}

/** `dpkg-query -W [-f FORMAT] [NAME…]`: `${Package}`, `${Version}`, `${Status}` and `${db:Status-Status}` are known. */
export function dpkgQuery(call: Call): undefined {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format
  let format = '${Package}\\t${Version}\\n';
  const names: string[] = [];
  for (let at = 0; at < call.args.length; at++) {
    const arg = call.args[at] ?? '';
    if (arg === '-f' || arg === '--showformat') format = call.args[++at] ?? '';
    else if (arg.startsWith('-f')) format = arg.slice(2).replace(/^=/, '');
    else if (arg.startsWith('--showformat=')) format = arg.slice(13);
    else if (!arg.startsWith('-')) names.push(arg);
  }
  const { packages } = call.state;
  for (const name of names.length > 0 ? names : Object.keys(packages).sort()) {
    const version = packages[name];
    if (version === undefined) {
      call.err(`dpkg-query: no packages found matching ${name}\n`);
      call.exit(1);
      continue;
    }
    const fields: Record<string, string> = {
      Package: name,
      Version: version,
      Status: 'install ok installed',
      'db:Status-Status': 'installed',
      'db:Status-Abbrev': 'ii ',
    };
    const text = format.replace(
      /\$\{([^}]+)\}/g,
      (_, field: string) => fields[field.split(';')[0] ?? ''] ?? '',
    );
    call.out(text.replaceAll('\\t', '\t').replaceAll('\\n', '\n'));
  }
}
