/** The settings of `#cloud-config` that the twin makes true inside a VM; all others are noted. From cloud-init's documentation. */

import type { Json } from '../core/json.ts';
import { dirOf, makeDirs, normalPath, putFile } from './files.ts';
import { unitName } from './guest-layers.ts';
import type { GuestTree } from './state.ts';

export type Settings = Readonly<Record<string, Json | undefined>>;

/** Without an effect that the twin could show. */
const harmless = new Set([
  ...['chpasswd', 'disable_root', 'final_message', 'fqdn', 'growpart', 'hostname', 'local-hostname'],
  ...['manage_etc_hosts', 'package_reboot_if_required', 'package_update', 'package_upgrade', 'password'],
  ...['preserve_hostname', 'resize_rootfs', 'ssh_authorized_keys', 'ssh_pwauth', 'user'],
]);

type Note = (line: string) => void;
type Part = (tree: GuestTree, value: Json, note: Note) => void;

/** Makes true what the settings say, in the order in which cloud-init's modules run. */
export function applyCloudConfig(tree: GuestTree, settings: Settings, note: Note): void {
  setHostname(tree, settings);
  defaultUser(tree, settings);
  for (const [key, part] of Object.entries(parts)) {
    const value = settings[key];
    if (value !== undefined && value !== null) part(tree, value, note);
  }
  for (const key of Object.keys(settings))
    if (settings[key] !== undefined && !harmless.has(key) && !Object.hasOwn(parts, key))
      note(`${key} has no effect here`);
}

function words(value: Json | undefined): string[] {
  const list = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return list.filter((one) => typeof one === 'string' || typeof one === 'number').map(String);
}

function record(value: Json | undefined): Settings {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Settings) : {};
}

function setHostname(tree: GuestTree, settings: Settings): void {
  if (settings.preserve_hostname === true) return;
  const fqdn = words(settings.fqdn)[0];
  const name = words(settings.hostname ?? fqdn ?? settings['local-hostname'])[0]?.replace(/\..*$/, '');
  if (name === undefined) return;
  putFile(tree.files, '/etc/hostname', `${name}\n`);
  if (settings.manage_etc_hosts === true || settings.manage_etc_hosts === 'localhost')
    putFile(tree.files, '/etc/hosts', `127.0.1.1 ${fqdn ?? name} ${name}\n127.0.0.1 localhost\n`);
}

/** The distribution's own account, or the one that `user` names instead, with the keys at the top level. */
function defaultUser(tree: GuestTree, settings: Settings): void {
  const users = settings.users;
  if (Array.isArray(users) && !users.includes('default')) return;
  const named = typeof settings.user === 'string' ? settings.user : words(record(settings.user).name)[0];
  const ostype = /^ID=(.*)$/m.exec(tree.files['/etc/os-release']?.text ?? '')?.[1] ?? 'debian';
  addUser(tree, named ?? ostype, {
    ssh_authorized_keys: settings.ssh_authorized_keys,
    sudo: 'ALL=(ALL) NOPASSWD:ALL',
  });
}

function addUser(tree: GuestTree, name: string, settings: Settings): void {
  const passwd = tree.files['/etc/passwd']?.text ?? '';
  const home = name === 'root' ? '/root' : (words(settings.homedir)[0] ?? `/home/${name}`);
  const known = new RegExp(`^${name.replace(/[^\w-]/g, '')}:.*:(\\d+):(\\d+):`, 'm').exec(passwd);
  const ids = [...passwd.matchAll(/^[^:]*:[^:]*:(\d+):/gm)].map(([, id]) => Number(id));
  const id = Number(words(settings.uid)[0] ?? Math.max(999, ...ids.filter((one) => one < 60_000)) + 1);
  if (!known && name !== 'root') {
    const shell = words(settings.shell)[0] ?? '/bin/bash';
    putFile(
      tree.files,
      '/etc/passwd',
      `${passwd}${name}:x:${id}:${id}:${words(settings.gecos)[0] ?? ''}:${home}:${shell}\n`,
    );
  }
  const owner = name === 'root' ? '0:0' : `${id}:${id}`;
  makeDirs(tree.files, home);
  const keys = words(settings.ssh_authorized_keys);
  if (keys.length > 0) {
    makeDirs(tree.files, `${home}/.ssh`, 0o700);
    tree.files[`${home}/.ssh/authorized_keys`] = {
      ...{ text: `${keys.join('\n')}\n`, mode: 0o600 },
      ...(owner === '0:0' ? {} : { owner }),
    };
  }
  const rules = words(settings.sudo);
  if (rules.length === 0) return;
  const path = '/etc/sudoers.d/90-cloud-init-users';
  makeDirs(tree.files, dirOf(path));
  const before = tree.files[path]?.text ?? '';
  const text = rules.map((rule) => `${name} ${rule}\n`).join('');
  if (!before.includes(text)) putFile(tree.files, path, `${before}${text}`, 0o440);
}

const parts: Readonly<Record<string, Part>> = {
  users: (tree, value) => {
    for (const one of Array.isArray(value) ? value : [value]) {
      const name = typeof one === 'string' ? one : words(record(one).name)[0];
      if (name !== undefined && name !== 'default') addUser(tree, name, record(one));
    }
  },
  mounts: (tree, value) => {
    const lines = (Array.isArray(value) ? value : []).map((one) => words(one).join('\t'));
    const before = tree.files['/etc/fstab']?.text ?? '';
    putFile(
      tree.files,
      '/etc/fstab',
      `${before}${lines.map((line) => `${line}\tcomment=cloudconfig\n`).join('')}`,
    );
  },
  timezone: (tree, value) => putFile(tree.files, '/etc/timezone', `${words(value)[0] ?? 'UTC'}\n`),
  write_files: (tree, value, note) => {
    for (const one of Array.isArray(value) ? value : []) writeFile(tree, record(one), note);
  },
  packages: (tree, value) => {
    for (const one of Array.isArray(value) ? value : []) {
      const name = (Array.isArray(one) ? words(one)[0] : words(one)[0])?.split('=')[0];
      if (name !== undefined) installPackage(tree, name);
    }
  },
  runcmd: (tree, value, note) => {
    for (const one of Array.isArray(value) ? value : [])
      if (!runs(tree, Array.isArray(one) ? words(one) : (words(one)[0] ?? '').trim().split(/\s+/)))
        note(`runcmd ${words(one).join(' ')}`);
  },
  script: (_tree, value, note) => note(`script ${words(value)[0] ?? ''}`),
};

/** A package brings its service, as those of Debian do. */
export function installPackage(tree: GuestTree, name: string): void {
  tree.packages[name] ??= '1.0-1';
  if (name === 'qemu-guest-agent') tree.units[name] = true;
}

function writeFile(tree: GuestTree, file: Settings, note: Note): void {
  const path = words(file.path)[0];
  if (path === undefined) return;
  const encoding = words(file.encoding)[0] ?? 'text/plain';
  const raw = words(file.content)[0] ?? '';
  const plain = /^(b64|base64)$/.test(encoding) ? Buffer.from(raw, 'base64').toString('utf8') : raw;
  if (!/^(b64|base64|text\/plain)$/.test(encoding))
    note(`write_files ${path}: ${encoding} is not unpacked here`);
  const at = normalPath(path, '/');
  const before = file.append === true ? (tree.files[at]?.text ?? '') : '';
  makeDirs(tree.files, dirOf(at));
  const mode = words(file.permissions)[0];
  const owner = ownerIn(tree, words(file.owner)[0] ?? 'root:root');
  tree.files[at] = {
    text: before + plain,
    mode: mode === undefined ? 0o644 : Number.parseInt(mode.replace(/^0o/, ''), 8),
    ...(owner === '0:0' ? {} : { owner }),
  };
}

function ownerIn(tree: GuestTree, names: string): string {
  const [user = 'root', group = user] = names.split(':');
  const ids = (file: string, name: string) =>
    /^\d+$/.test(name)
      ? name
      : tree.files[file]?.text.match(new RegExp(`^${name.replace(/[^\w-]/g, '')}:[^:]*:(\\d+)`, 'm'))?.[1];
  const uid = user === 'root' ? '0' : (ids('/etc/passwd', user) ?? '0');
  return `${uid}:${group === 'root' ? '0' : (ids('/etc/group', group) ?? uid)}`;
}

/** `systemctl enable --now X`, `start X` and their like; false for what is not understood. */
function runs(tree: GuestTree, argv: readonly string[]): boolean {
  const [program = '', ...rest] = argv.filter((word) => word !== 'sudo');
  if (program !== 'systemctl') return false;
  const [verb = '', ...names] = rest.filter((word) => !word.startsWith('-'));
  if (verb === 'daemon-reload') return true;
  if (!['enable', 'start', 'restart', 'disable', 'stop'].includes(verb)) return false;
  const active = verb === 'start' || verb === 'restart' || (verb === 'enable' && rest.includes('--now'));
  for (const name of names.map(unitName)) {
    const file = tree.files[`/etc/systemd/system/${name}.service`] !== undefined;
    if (tree.units[name] === undefined && tree.packages[name] === undefined && !file) return false;
    if (active) tree.units[name] = true;
    else if (verb === 'stop' || (verb === 'disable' && rest.includes('--now'))) tree.units[name] = false;
  }
  return true;
}
