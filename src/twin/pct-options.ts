/** The options of `pct`, from the schemas of Proxmox VE 8.4 and 9.2. Data only. */

import { atLeast } from '../proxmox/version.ts';
import type { Spec } from './formats.ts';
import type { Verb } from './options.ts';

const flag: Spec = { type: 'boolean' };
const text: Spec = {};
const needed: Spec = { required: true };
const count: Spec = { type: 'integer', min: 0 };
const vmid: Spec = { type: 'integer', format: 'pve-vmid', required: true };
const snapname: Spec = { format: 'pve-configid', maxLength: 40, required: true };
const storage: Spec = { format: 'pve-storage-id' };

const mount: Readonly<Record<string, Spec>> = {
  volume: { format: 'pve-lxc-mp-string', required: true },
  acl: flag,
  mountoptions: {
    pattern:
      /^(discard|lazytime|noatime|nodev|noexec|nosuid)(;(discard|lazytime|noatime|nodev|noexec|nosuid))*$/,
  },
  quota: flag,
  replicate: flag,
  ro: flag,
  shared: flag,
  size: { format: 'disk-size' },
};

/** Keys of the conf file that `create` and `set` take. */
const conf: Readonly<Record<string, Spec>> = {
  arch: { values: ['amd64', 'i386', 'arm64', 'armhf', 'riscv32', 'riscv64'] },
  cmode: { values: ['shell', 'console', 'tty'] },
  console: flag,
  cores: { type: 'integer', min: 1, max: 8192 },
  cpulimit: { type: 'number', min: 0, max: 8192 },
  cpuunits: { type: 'integer', min: 0, max: 500000 },
  debug: flag,
  description: { maxLength: 8192 },
  'dev[n]': {
    defaultKey: 'path',
    props: {
      path: { format: 'pve-lxc-dev-string' },
      'deny-write': flag,
      gid: count,
      mode: { pattern: /^0[0-7]{3}$/ },
      uid: count,
    },
  },
  features: {
    props: {
      force_rw_sys: flag,
      fuse: flag,
      keyctl: flag,
      mknod: flag,
      mount: { pattern: /^[a-zA-Z0-9_; ]+$/ },
      nesting: flag,
    },
  },
  hookscript: { format: 'pve-volume-id' },
  hostname: { format: 'dns-name', maxLength: 255 },
  lock: {
    values: [
      'backup',
      'create',
      'destroyed',
      'disk',
      'fstrim',
      'migrate',
      'mounted',
      'rollback',
      'snapshot',
      'snapshot-delete',
    ],
  },
  memory: { type: 'integer', min: 16 },
  'mp[n]': {
    defaultKey: 'volume',
    props: { ...mount, backup: flag, mp: { format: 'pve-lxc-mp-string', required: true } },
  },
  nameserver: { format: 'lxc-ip-list' },
  'net[n]': {
    props: {
      name: { pattern: /^[-_.\w]+$/, required: true },
      bridge: { pattern: /^[-_.\w]+$/ },
      firewall: flag,
      gw: { format: 'ipv4' },
      gw6: { format: 'ipv6' },
      hwaddr: { format: 'mac-addr' },
      ip: { format: 'pve-ipv4-config' },
      ip6: { format: 'pve-ipv6-config' },
      link_down: flag,
      mtu: { type: 'integer', min: 64, max: 65535 },
      rate: { type: 'number' },
      tag: { type: 'integer', min: 1, max: 4094 },
      trunks: { pattern: /^\d+(;\d+)*$/ },
      type: { values: ['veth'] },
    },
  },
  onboot: flag,
  ostype: {
    values: [
      'debian',
      'devuan',
      'ubuntu',
      'centos',
      'fedora',
      'opensuse',
      'archlinux',
      'alpine',
      'gentoo',
      'nixos',
      'unmanaged',
    ],
  },
  protection: flag,
  rootfs: { defaultKey: 'volume', props: mount },
  searchdomain: { format: 'dns-name-list' },
  startup: { format: 'pve-startup-order' },
  swap: { type: 'integer', min: 0 },
  tags: { format: 'pve-tag-list' },
  template: flag,
  timezone: { format: 'pve-ct-timezone' },
  tty: { type: 'integer', min: 0, max: 6 },
  unprivileged: flag,
  'unused[n]': { defaultKey: 'volume', props: { volume: { format: 'pve-volume-id', required: true } } },
};

const idmap: Spec = {
  pattern: /^(passthrough|[ug]:\d+:\d+:[1-9]\d*(;[ug]:\d+:\d+:[1-9]\d*)*)$/,
};

/** What came with 9.2; the containers' drives and interfaces with one sub-option more. */
const conf92: Readonly<Record<string, Spec>> = {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the schema excludes just these.
  entrypoint: { pattern: /^[^\x00-\x08\x0a-\x1F\x7F]+$/ },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL stands between variables.
  env: { pattern: /^\w+=[^\x00-\x08\x0a-\x1F\x7F]*(\0\w+=[^\x00-\x08\x0a-\x1F\x7F]*)*$/ },
  'mp[n]': withProps('mp[n]', { idmap, keepattrs: flag }),
  'net[n]': withProps('net[n]', { 'host-managed': flag }),
  rootfs: withProps('rootfs', { idmap }),
};

function withProps(key: string, more: Readonly<Record<string, Spec>>): Spec {
  const own = conf[key] ?? {};
  return { ...own, props: { ...own.props, ...more } };
}

function without(options: Verb['options'], name: string): Verb['options'] {
  return Object.fromEntries(Object.entries(options).filter(([key]) => key !== name));
}

type Packages = Readonly<Record<string, string>>;

function isNew(packages: Packages): boolean {
  return atLeast(new Map(Object.entries(packages)), '9.2') === true;
}

/** Every key that a conf file may hold and `--delete` may name, with `[n]`. */
export function confKeysOf(packages: Packages): ReadonlySet<string> {
  return new Set(Object.keys(isNew(packages) ? { ...conf, ...conf92 } : conf));
}

/** Of both versions; asked for each line of each conf file that is read. */
const specs = { ...conf92, ...conf };

/** What a key of a conf file has to be, also that of 9.2. */
export function confSpec(key: string): Spec | undefined {
  const name = Object.hasOwn(specs, key) ? key : key.replace(/\d+$/, '[n]');
  return Object.hasOwn(specs, name) ? specs[name as keyof typeof specs] : undefined;
}

/** The verb as a node with these packages has it. */
export function pctVerb(packages: Packages, name: string): Verb | undefined {
  const verb = Object.hasOwn(pctVerbs, name) ? pctVerbs[name] : undefined;
  if (!verb || !['create', 'restore', 'set'].includes(name) || !isNew(packages)) return verb;
  const more: Verb['options'] = name === 'set' ? {} : { 'ha-managed': flag };
  return { ...verb, options: { ...verb.options, ...conf92, ...more } };
}

const create: Verb = {
  args: { vmid, ostemplate: { maxLength: 255, required: true } },
  options: {
    ...conf,
    bwlimit: { type: 'number', min: 0 },
    force: flag,
    'ignore-unpack-errors': flag,
    password: { minLength: 5 },
    pool: text,
    restore: flag,
    'ssh-public-keys': text,
    start: flag,
    storage,
    unique: { type: 'boolean', requires: 'restore' },
  },
  highest: { net: 31 },
};

const transfer: Readonly<Record<string, Spec>> = { group: text, perms: text, user: text };

const disks = ['rootfs', ...Array.from({ length: 256 }, (_, n) => `mp${n}`)];
const unused = Array.from({ length: 256 }, (_, n) => `unused${n}`);

export const pctVerbs: Readonly<Record<string, Verb>> = {
  clone: {
    args: { vmid, newid: vmid },
    options: {
      bwlimit: { type: 'number', min: 0 },
      description: text,
      full: flag,
      hostname: { format: 'dns-name' },
      pool: text,
      snapname: { format: 'pve-configid', maxLength: 40 },
      storage,
      target: { format: 'pve-node' },
    },
  },
  config: {
    args: { vmid },
    options: { current: flag, snapshot: { format: 'pve-configid', maxLength: 40 } },
  },
  cpusets: { args: {}, options: {} },
  create,
  delsnapshot: { args: { vmid, snapname }, options: { force: flag } },
  destroy: {
    args: { vmid },
    options: { 'destroy-unreferenced-disks': flag, force: flag, purge: flag },
  },
  df: { args: { vmid }, options: {} },
  exec: { args: { vmid, 'extra-args': text }, options: { 'keep-env': flag }, rest: true },
  fsck: { args: { vmid }, options: { device: { values: disks }, force: flag } },
  list: { args: {}, options: {} },
  listsnapshot: { args: { vmid }, options: {} },
  mount: { args: { vmid }, options: {} },
  console: { args: { vmid }, options: { escape: { pattern: /^\^?[a-z]$/ } } },
  enter: { args: { vmid }, options: { 'keep-env': flag } },
  fstrim: { args: { vmid }, options: { 'ignore-mountpoints': flag } },
  migrate: {
    args: { vmid, target: { format: 'pve-node', required: true } },
    options: {
      bwlimit: { type: 'number', min: 0 },
      online: flag,
      restart: flag,
      'target-storage': text,
      timeout: { type: 'integer' },
    },
  },
  'move-volume': {
    args: { vmid, volume: { values: [...disks, ...unused], required: true } },
    options: {
      storage,
      'target-vmid': { type: 'integer', format: 'pve-vmid' },
      'target-volume': { values: [...disks, ...unused] },
      bwlimit: { type: 'number', min: 0 },
      delete: flag,
      digest: { maxLength: 40 },
      'target-digest': { maxLength: 40 },
    },
    further: ['storage', 'target-vmid', 'target-volume'],
  },
  pending: { args: { vmid }, options: {} },
  pull: { args: { vmid, path: needed, destination: needed }, options: transfer },
  push: { args: { vmid, file: needed, destination: needed }, options: transfer },
  reboot: { args: { vmid }, options: { timeout: count } },
  rescan: { args: {}, options: { dryrun: flag, vmid: { type: 'integer', format: 'pve-vmid' } } },
  resize: {
    args: {
      vmid,
      disk: { values: disks, required: true },
      size: { pattern: /^\+?\d+(\.\d+)?[KMGT]?$/, required: true },
    },
    options: { digest: { maxLength: 40 } },
  },
  // It is the same request with `restore`, which nobody can say there.
  restore: { ...create, options: { ...without(create.options, 'restore'), unique: flag } },
  rollback: { args: { vmid, snapname }, options: { start: flag } },
  set: {
    args: { vmid },
    options: {
      ...conf,
      delete: { format: 'pve-configid-list' },
      digest: { maxLength: 40 },
      revert: { format: 'pve-configid-list' },
    },
    highest: { net: 31 },
  },
  shutdown: { args: { vmid }, options: { forceStop: flag, timeout: count } },
  snapshot: { args: { vmid, snapname }, options: { description: text } },
  start: { args: { vmid }, options: { debug: flag, skiplock: flag } },
  status: { args: { vmid }, options: { verbose: flag } },
  resume: { args: { vmid }, options: {} },
  stop: { args: { vmid }, options: { 'overrule-shutdown': flag, skiplock: flag } },
  suspend: { args: { vmid }, options: {} },
  template: { args: { vmid }, options: {} },
  unmount: { args: { vmid }, options: {} },
  unlock: { args: { vmid }, options: {} },
};
