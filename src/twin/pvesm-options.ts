/** The options of `pvesm` and of its storage types, from the schemas of Proxmox VE 8.4 and 9.2. Data only. */

import { storageType } from '../proxmox/storage-types.ts';
import { atLeast } from '../proxmox/version.ts';
import type { Spec } from './formats.ts';
import type { Verb } from './options.ts';

const flag: Spec = { type: 'boolean' };
const text: Spec = {};
const count: Spec = { type: 'integer', min: 0 };

const prune: Readonly<Record<string, Spec>> = {
  'keep-all': flag,
  ...Object.fromEntries(
    ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'].map((unit) => [`keep-${unit}`, count]),
  ),
};

/** Options that stay as they were given at creation; `pvesm set` does not know them. */
const fixed: Readonly<Record<string, Spec>> = {
  authsupported: text,
  base: { format: 'pve-volume-id' },
  datastore: text,
  export: { format: 'pve-storage-path' },
  iscsiprovider: text,
  path: { format: 'pve-storage-path' },
  portal: { format: 'pve-storage-portal-dns' },
  share: text,
  target: text,
  thinpool: { format: 'pve-storage-vgname' },
  vgname: { format: 'pve-storage-vgname' },
};

/** What is gone with 9.2, and what came with it. */
const only84: Readonly<Record<string, Spec>> = {
  maxfiles: count,
  server2: { format: 'pve-storage-server', requires: 'server' },
  transport: { values: ['tcp', 'rdma', 'unix'] },
};
const only92: Readonly<Record<string, Spec>> = {
  'saferemove-stepsize': { type: 'integer', values: ['1', '2', '4', '8', '16', '32'] },
  'snapshot-as-volume-chain': flag,
};

const changing: Readonly<Record<string, Spec>> = {
  blocksize: text,
  bwlimit: {
    props: Object.fromEntries(
      ['clone', 'default', 'migration', 'move', 'restore'].map((kind) => [kind, { type: 'number', min: 0 }]),
    ),
  },
  comstar_hg: text,
  comstar_tg: text,
  content: { format: 'pve-storage-content-list' },
  'content-dirs': { format: 'pve-dir-override-list' },
  'create-base-path': flag,
  'create-subdirs': flag,
  'data-pool': text,
  disable: flag,
  domain: { maxLength: 256 },
  'encryption-key': text,
  fingerprint: { pattern: /^([A-Fa-f0-9]{2}:){31}[A-Fa-f0-9]{2}$/ },
  format: { values: ['raw', 'qcow2', 'subvol', 'vmdk'] },
  'fs-name': { format: 'pve-configid' },
  fuse: flag,
  is_mountpoint: text,
  keyring: text,
  krbd: flag,
  lio_tpg: text,
  'master-pubkey': text,
  'max-protected-backups': { type: 'integer', min: -1 },
  mkdir: flag,
  monhost: { format: 'pve-storage-portal-dns-list' },
  mountpoint: { format: 'pve-storage-path' },
  namespace: text,
  nocow: flag,
  nodes: { format: 'pve-node-list' },
  nowritecache: flag,
  options: text,
  password: { maxLength: 256 },
  pool: text,
  port: { type: 'integer', min: 1, max: 65_535 },
  preallocation: { values: ['off', 'metadata', 'falloc', 'full'] },
  'prune-backups': { props: prune, exclusive: 'keep-all' },
  saferemove: flag,
  saferemove_throughput: text,
  server: { format: 'pve-storage-server' },
  shared: flag,
  'skip-cert-verification': flag,
  smbversion: { values: ['default', '2.0', '2.1', '3', '3.0', '3.11'] },
  sparse: flag,
  subdir: { format: 'pve-storage-path' },
  tagged_only: flag,
  username: text,
  'zfs-base-path': { format: 'pve-storage-path' },
};

type Packages = Readonly<Record<string, string>>;

function isNew(packages: Packages): boolean {
  return atLeast(new Map(Object.entries(packages)), '9.2') === true;
}

/** Every option that `pvesm set` and its `--delete` know on a node with these packages. */
export function changeable(packages: Packages): Readonly<Record<string, Spec>> {
  return { ...changing, ...(isNew(packages) ? only92 : only84) };
}

export interface StorageType {
  /** Options that `pvesm add` wants, in the order it asks for them. */
  readonly required: readonly string[];
  readonly content: readonly string[];
  /** Content when none is given. */
  readonly standard: string;
}

const required: Readonly<Record<string, readonly string[]>> = {
  btrfs: ['path'],
  cephfs: [],
  cifs: ['server', 'share'],
  dir: ['path'],
  esxi: ['server', 'username'],
  glusterfs: ['volume'],
  iscsi: ['portal', 'target'],
  iscsidirect: ['portal', 'target'],
  lvm: ['vgname'],
  lvmthin: ['thinpool', 'vgname'],
  nfs: ['export', 'server'],
  pbs: ['datastore', 'server'],
  rbd: ['pool'],
  zfs: ['portal', 'target', 'pool'],
  zfspool: ['pool'],
};

export const storageTypes: Readonly<Record<string, StorageType>> = Object.fromEntries(
  Object.entries(required).map(([type, required]) => {
    const { content = [], standard = '' } = storageType(type) ?? {};
    return [type, { required, content, standard }];
  }),
);

const storage: Spec = { format: 'pve-storage-id', required: true };
const volume: Spec = { format: 'pve-volume-id', required: true };

/** The verb as a node with these packages has it. */
export function pvesmVerb(packages: Packages, name: string): Verb | undefined {
  const options = changeable(packages);
  if (name === 'add') {
    const types = Object.keys(storageTypes).filter((type) => !isNew(packages) || type !== 'glusterfs');
    const old: Readonly<Record<string, Spec>> = isNew(packages) ? {} : { volume: text };
    const args = { type: { values: types, required: true }, storage } as const;
    return { args, options: { ...options, ...fixed, ...old } };
  }
  if (name === 'set') {
    const more: Readonly<Record<string, Spec>> = {
      delete: { format: 'pve-configid-list', maxLength: 4096 },
      digest: { maxLength: 64 },
    };
    return { args: { storage }, options: { ...options, ...more } };
  }
  return Object.hasOwn(pvesmVerbs, name) ? pvesmVerbs[name] : undefined;
}

/** Those that are the same on every version. */
export const pvesmVerbs: Readonly<Record<string, Verb>> = {
  remove: { args: { storage }, options: {} },
  status: {
    args: {},
    options: {
      content: { format: 'pve-storage-content-list' },
      enabled: flag,
      format: flag,
      storage: { format: 'pve-storage-id' },
      target: { format: 'pve-node' },
    },
  },
  list: {
    args: { storage },
    options: {
      content: { format: 'pve-storage-content-list' },
      vmid: { type: 'integer', format: 'pve-vmid' },
    },
  },
  path: { args: { volume }, options: {} },
  extractconfig: { args: { volume }, options: {} },
  'prune-backups': {
    args: { storage },
    options: {
      'dry-run': flag,
      ...prune,
      type: { values: ['qemu', 'lxc'] },
      vmid: { type: 'integer', format: 'pve-vmid' },
    },
  },
  alloc: {
    args: {
      storage,
      vmid: { type: 'integer', format: 'pve-vmid' },
      filename: { required: true },
      size: { pattern: /^\d+[MG]?$/, required: true },
    },
    options: { format: { values: ['raw', 'qcow2', 'subvol', 'vmdk'], requires: 'size' } },
  },
  free: {
    args: { volume: { required: true } },
    options: { delay: { type: 'integer', min: 1, max: 30 }, storage: { format: 'pve-storage-id' } },
  },
};
